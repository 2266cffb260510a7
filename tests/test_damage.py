"""No damage to a layer ends a run on our side, is passed over, or reaches a village it can't touch.

The suite takes a seeded part; NUANTU_DAMAGE=all the whole, which takes over an hour of a core, and
NUANTU_DAMAGE=60 some sixty of it.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
from functools import cache

import damage
import damaged_town
import forked
import pytest
from damage import Damage

from gis.layers.columns import LAYERS, TARGETS

HOW_MANY = os.environ.get("NUANTU_DAMAGE", "")
USUAL = 1  # damages in the suite
OTHERS = ("decide", "explain", "extend", "audit", "progress", "gaps", "compare")
NOTHING = ("nan", "None", "<NA>", "NaT", "Traceback")  # no word of these to a reader


def chosen() -> list[Damage]:
    """The damages that are looked at: all, or as many as are asked for, always the same."""
    every = [*damage.singles(), *damage.pairs(100)]
    if HOW_MANY == "all":
        return every
    return random.Random(16).sample(every, int(HOW_MANY or USUAL))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What is decided of the undamaged town, of which there is nothing to say."""
    forked.warm()
    folder = tmp_path_factory.mktemp("whole")
    damaged_town.write(folder / "town", damaged_town.tables())
    check = forked.nuantu("check", folder / "town", "--json", log=folder)
    assert json.loads(check.out)["problems"] == []
    answer = forked.nuantu("decide", folder / "town", "--out", folder / "out", log=folder)
    assert answer.code == 0, answer.err
    return decided(folder)


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def decided(folder):
    """village and part → its row."""
    table = rows(folder / "out" / "planner" / "decisions.csv")
    return {(row["village_code"], row["part"]): row for row in table}


def said(folder):
    return rows(folder / "out" / "planner" / "problems.csv")


@cache
def names_of(layer: str, column: str) -> tuple[str, ...]:
    """What a message may call a column."""
    known = (TARGETS if layer == "targets" else LAYERS[layer]).by_name.get(column)
    return (column, *(known.aliases.split() if known else ()))


def unnamed(one: Damage, err: str) -> list[str]:
    """What a refusal of the damage does not say."""
    lacks = [word for word in NOTHING if word in err]
    names = [name for layer in (one.layer, *one.also)
             for name in (layer, damaged_town.file_of(layer))]  # fmt: skip
    if not any(name in err for name in names):
        lacks.append("the layer")
    if one.also:  # of two damages either may be what is refused
        return lacks
    if one.column and one.column != "geometry" and not any(
        name in err for name in names_of(one.layer, one.column)
    ):  # fmt: skip
        lacks.append("the column")
    if one.row is not None and str(one.row) not in err:
        lacks.append("the row")
    return lacks


def _without_margin(one: Damage, key, row):
    """The row; of a village that a heat source does not feed, without what would turn its route.

    Without a source nothing does: no main has heat.
    """
    if row is None or one.layer != "heat_sources" or key[0] in one.touched:
        return row
    return {name: value for name, value in row.items() if not name.startswith("flip_")}


def changed(one: Damage, before, now, problems) -> list[str]:
    """What is another answer without a word, or where the damage can't reach."""
    other = {
        key[0]
        for key in before
        if _without_margin(one, key, before[key]) != _without_margin(one, key, now.get(key))
    }
    wrong = [f"{code} changed" for code in sorted(other - one.touched)]
    # what is not there is said as what cannot be answered
    silent = one.sound or one.name.endswith(("not there", "no column"))
    if other and not silent and not any(row["layer"] in (one.layer, *one.also) for row in problems):
        wrong.append(f"{sorted(other)} changed without a word")
    return wrong


@pytest.mark.parametrize("one", chosen(), ids=lambda one: one.name)
def test_a_damage_is_named_or_changes_nothing_that_it_cannot_touch(one, whole, tmp_path):
    damaged_town.write(tmp_path / "town", one.tables())
    check = forked.nuantu("check", tmp_path / "town", log=tmp_path)
    run = forked.nuantu("run", tmp_path / "town", "--out", tmp_path / "out", log=tmp_path)
    assert check.code == run.code, run.err
    assert run.code in (0, 1), run.err
    if run.code:
        assert unnamed(one, run.err) == [], run.err
        assert not (tmp_path / "out" / "public").exists()
        return
    assert changed(one, whole, decided(tmp_path), said(tmp_path)) == []


@pytest.mark.parametrize("one", chosen()[::10], ids=lambda one: one.name)
def test_no_other_command_ends_on_our_side(one, tmp_path):
    forked.warm()
    damaged_town.write(tmp_path / "town", one.tables())
    arguments = {"explain": ["甲村"], "compare": ["base", "dear"]}
    for command in OTHERS if HOW_MANY else OTHERS[-1:]:
        out = ["--out", tmp_path / "out"] if command in ("decide", "extend") else []
        more = [*arguments.get(command, []), *out]
        answer = forked.nuantu(command, tmp_path / "town", *more, log=tmp_path)
        # explain names a village that a damage may have taken the name of: wrong usage
        allowed = (0, 1, 2) if command == "explain" else (0, 1)
        assert answer.code in allowed, answer.err


def test_a_town_whose_optional_layers_have_no_row_is_said_layer_by_layer(tmp_path):
    forked.warm()
    tables = damaged_town.tables()
    for layer in damaged_town.OPTIONAL:
        tables[layer].clear()
    damaged_town.write(tmp_path / "town", tables)
    run = forked.nuantu("run", tmp_path / "town", "--out", tmp_path / "out", log=tmp_path)
    assert run.code == 0, run.err
    empty = {row["layer"] for row in said(tmp_path) if row["code"] == "layer_without_rows"}
    assert empty == set(damaged_town.OPTIONAL)
