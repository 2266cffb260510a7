"""What lies in a file that processes map, and geometries that are made when asked for."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon

from gis.facts.shapes import Shapes
from gis.province.shared_arrays import SharedArrays

GEOMETRIES = np.array(
    [Point(1.1, 2.2), None, LineString([(0, 0), (1 / 3, 5)]), Polygon(), Polygon([(0, 0), (1, 0), (0, 1)])],
    dtype=object,
)  # fmt: skip


def crossed(one):
    return pickle.loads(pickle.dumps(one))  # noqa: S301  # our own


def thing():
    text = pd.Series(["煤", None, "电"] * 5_000, dtype="str")
    return {
        "array": np.arange(70_001, dtype=np.int32),
        "backwards": np.arange(9)[::-1],
        "table": pd.DataFrame({"text": text, "number": np.linspace(0, 1, len(text))}),
        "empty": np.zeros(0),
        "word": "x",
    }


def same(one, two):
    for name in ("array", "backwards"):
        np.testing.assert_array_equal(one[name], two[name])
    pd.testing.assert_frame_equal(one["table"], two["table"])
    assert (one["word"], len(two["empty"])) == (two["word"], 0)


def test_a_thing_is_there_again_and_its_arrays_lie_in_the_file(tmp_path):
    path = tmp_path / "new" / "thing"
    laid = SharedArrays.of(thing(), path)
    assert path.stat().st_size > 4 * 70_001 + 8 * 15_000
    assert len(pickle.dumps(laid)) < 5_000
    same(thing(), laid.get())
    same(thing(), crossed(laid).get())
    assert laid.get() is not laid.get()


def test_what_is_written_to_it_is_seen_by_nobody_else(tmp_path):
    laid = SharedArrays.of(thing(), tmp_path / "thing")
    before = (tmp_path / "thing").read_bytes()
    made = laid.get()
    made["table"].loc[:, "number"] = 7.0
    made["array"][:] = 1
    same(thing(), laid.get())
    same(thing(), crossed(laid).get())
    assert (tmp_path / "thing").read_bytes() == before


def test_a_thing_without_arrays(tmp_path):
    assert SharedArrays.of(("a", 1), tmp_path / "thing").get() == ("a", 1)
    assert len(SharedArrays.of(np.zeros(0), tmp_path / "none").get()) == 0


def test_another_process_reads_it(tmp_path):
    (tmp_path / "laid").write_bytes(pickle.dumps(SharedArrays.of(thing(), tmp_path / "thing")))
    code = "import pickle, sys; made = pickle.load(open(sys.argv[1], 'rb')).get(); print(made['array'].sum())"
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "laid")],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    assert int(said.stdout) == 70_000 * 70_001 // 2


@pytest.mark.parametrize("times", [1, 2])
def test_geometries_cross_bit_by_bit_and_are_made_when_asked_for(times):
    shapes = Shapes(GEOMETRIES)
    for _ in range(times):
        shapes = crossed(shapes)
    assert len(shapes) == 5
    first = shapes.of(np.array([2, 2, 0]))
    assert shapely.to_wkb(first).tolist() == shapely.to_wkb(GEOMETRIES[[2, 2, 0]]).tolist()
    assert first[0] is first[1] is shapes.of(np.array([2]))[0]
    assert shapely.to_wkb(shapes.all()).tolist() == shapely.to_wkb(GEOMETRIES).tolist()
    assert shapes.all()[2] is first[0]


def test_threads_that_ask_at_once_are_given_the_same_objects():
    many = shapely.points(np.arange(3_000), np.arange(3_000))
    shapes = crossed(Shapes(many))
    orders = [np.random.default_rng(n).permutation(3_000) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(shapes.of, orders))
    back = [some[np.argsort(order)] for some, order in zip(found, orders, strict=True)]
    assert all((one == back[0]).all() for one in back)
    assert all(one[at] is back[0][at] for one in back for at in range(3_000))
