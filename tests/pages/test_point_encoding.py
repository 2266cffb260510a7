"""Household points: packed small, unpacked exactly, found under the pointer."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages.conftest import Reader, write
from pages.made_city import city, households
from pages.made_ground import ground

from gis.pages.model import Edition
from gis.pages.point_encoding import Points, encode_points


def integers(stream: bytes, n: int) -> list[int]:
    """Zigzag varints of differences, read the slow way."""
    out, value, shift, before = [], 0, 0, 0
    for byte in stream:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            before += (value >> 1) ^ -(value & 1)
            out.append(before)
            value = shift = 0
    assert len(out) == n
    return out


def streams(made: dict[str, Any]) -> Iterator[bytes]:
    raw = gzip.decompress(base64.b64decode(made["data"]))
    start = 0
    for size in made["sizes"]:
        yield raw[start : start + size]
        start += size
    assert start == len(raw)


def codes(made: dict[str, Any], classes: list[bytes]) -> dict[str, list[int]]:
    """The fields, point by point."""
    return {
        name: [one["kinds"][kind][column] for kind in stream]
        for one, stream in zip(made["classes"], classes, strict=True)
        for column, name in enumerate(one["fields"])
    }


def names(made: dict[str, Any], stem: bytes, number: bytes, rank: bytes) -> list[str]:
    """The ids, point by point: of each stem's numbers in order the one of that rank."""
    n = made["n"]
    numbers = iter(integers(number, n))
    own = [[next(numbers) for _ in range(times)] for _, _, times in made["stems"]]
    found = []
    for i, s in enumerate(integers(stem, n)):
        text, width, _ = made["stems"][s]
        k = own[s][int.from_bytes(rank[i::n], "little")]
        found.append(text + str(k).zfill(width) if width else text)
    return found


def some(n: int = 500) -> Points:
    rng = np.random.default_rng(3)
    return Points(
        lon=rng.uniform(110.5, 110.9, n),
        lat=rng.uniform(-35.8, 35.8, n),
        village=rng.integers(-1, 144, n),
        categories={"heating": (["coal", "electric"], rng.integers(0, 2, n))},
        ids=tuple(f"户{k}" for k in range(n)),
    )


def place(points: Points, k: int) -> tuple[int, int, int]:
    return round(points.lon[k] * 1e5), round(points.lat[k] * 1e5), int(points.village[k])


def test_every_point_comes_back_with_its_village_field_and_id() -> None:
    points = some()
    made = encode_points(points)
    lon, lat, village, stem, number, rank, *classes = streams(made)
    heating = codes(made, classes)["heating"]
    ids = names(made, stem, number, rank)
    found = sorted(
        zip(
            ids,
            integers(lon, 500), integers(lat, 500), integers(village, 500), heating,
            strict=True,
        )
    )  # fmt: skip
    wanted = sorted(
        (points.ids[k], *place(points, k), points.categories["heating"][1][k]) for k in range(500)
    )
    assert found == wanted
    assert sum(made["fields"]["heating"]["counts"]) == 500


def test_fields_share_a_byte_as_long_as_it_can_tell_them_apart() -> None:
    rng = np.random.default_rng(4)
    n = 4000
    sizes = {"a": 6, "b": 8, "c": 5, "d": 200, "e": 256}
    fields = {name: rng.integers(0, size, n) for name, size in sizes.items()}
    spot = np.full(n, 110.0)
    keys = {name: [str(k) for k in range(size)] for name, size in sizes.items()}
    points = Points(
        spot, spot, np.zeros(n, int), {name: (keys[name], fields[name]) for name in sizes}
    )
    made = encode_points(points)
    assert [one["fields"] for one in made["classes"]] == [["a", "b", "c"], ["d"], ["e"]]
    found = codes(made, list(streams(made))[6:])
    assert found == {name: values.tolist() for name, values in fields.items()}


def test_more_keys_than_a_byte_tells_apart_are_refused() -> None:
    spot, keys = np.full(2, 110.0), [str(k) for k in range(257)]
    with pytest.raises(ValueError, match="257 keys"):
        encode_points(Points(spot, spot, np.zeros(2, int), {"a": (keys, np.array([0, 256]))}))


def test_no_points_and_no_ids() -> None:
    none = np.empty(0)
    made = encode_points(Points(none, none, none.astype(int), {}))
    assert made["n"] == 0
    assert list(streams(made)) == [b""] * 6
    assert made["stems"] == []


def test_ids_of_any_form_come_back() -> None:
    ids = (
        "A-007",
        "A-7",
        "A-009",
        "A-008",
        "A-007",
        "no number",
        "x\ny12",
        "",
        "樊村1234567890123",
        "9",
    )
    spot = np.full(len(ids), 110.0)
    made = encode_points(Points(spot, spot, np.zeros(len(ids), int), {}, ids))
    _, _, _, stem, number, rank = streams(made)
    assert sorted(names(made, stem, number, rank)) == sorted(ids)


def test_a_point_without_a_place_is_refused() -> None:
    place = np.array([np.nan])
    with pytest.raises(ValueError, match="without a position"):
        encode_points(Points(place, place, np.array([0]), {}))


def test_a_hundred_thousand_take_less_than_a_megabyte(editions: dict[str, Edition]) -> None:
    areas = {row["village_code"]: area for row, area in ground()[1]}
    villages = [dict(village) for village in editions["planner"].villages]
    made = encode_points(households(villages, areas, 100_000))
    assert len(made["data"]) < 700_000


def test_hover_and_click_find_the_household(site: Path, visit: Callable[..., Reader]) -> None:
    reader = visit(site / "planner" / "approach.html", "#map=15.00/35.59200/110.71200")
    reader.page.wait_for_selector("html[data-points=drawn]")
    spot = reader.page.evaluate(
        """() => {
          const view = nuantu.views[0];
          const hit = (x, y) => nuantu.points.nearest(view, L.point(x, y)) >= 0;
          for (let x = 100; x < 600; x += 3) {
            for (let y = 100; y < 600; y += 3) {
              if (!hit(x, y) || !hit(x + 2, y + 2) || !hit(x - 2, y - 2)) continue;
              const box = view.map.getContainer().getBoundingClientRect();
              return [box.left + x, box.top + y];
            }
          }
        }"""
    )
    reader.page.mouse.move(*spot)
    assert "住户 1408" in reader.text(".tip")
    reader.page.mouse.click(*spot)
    assert "现用热源" in reader.text("#card .household")
    assert reader.page.locator("#list tr.chosen").count() == 1
    reader.page.click("[data-key='households.points']")
    assert reader.page.evaluate("nuantu.points.nearest(nuantu.views[0], L.point(0, 0))") == -1


def test_drawn_colours_follow_the_field_chosen(site: Path, visit: Callable[..., Reader]) -> None:
    reader = visit(site / "planner" / "approach.html", "#c=heating")
    reader.page.wait_for_selector("html[data-points=drawn]")
    count = """(hex) => {
      const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
      const canvas = document.querySelector("canvas.points");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let n = 0;
      for (let i = 0; i < data.length; i += 4) {
        n += data[i] === r && data[i + 1] === g && data[i + 2] === b;
      }
      return n;
    }"""
    coal = "#3b3b3b"
    assert reader.page.evaluate(count, coal) > 1000
    reader.page.click("[data-key='points.coal']")
    assert reader.page.evaluate(count, coal) == 0
    assert reader.page.input_value("#colour-by") == "heating"


def test_the_public_edition_has_no_points(tmp_path: Path) -> None:
    folder = write(tmp_path, city("public"))
    for file in folder.iterdir():
        assert '"points":{"n"' not in file.read_text("utf-8")
