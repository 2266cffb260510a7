"""Every layer of the maps is declared once, and has words and a look."""

from __future__ import annotations

import math
import tomllib

import pytest

from gis import i18n
from gis.layers.columns import LAYERS
from gis.pages.drawn_layers import DRAWN, DRAWN_FROM, entry_names

LOOKS = tomllib.loads(i18n.template("colours.toml"))
WHERE = "declare it in DRAWN of gis/pages/drawn_layers.py"
# evidence and decisions, told of households, zones and villages
NOT_DRAWN = {
    "rulings", "zone_rulings", "inspections", "premises", "complaints", "weather",
    "payments", "meters", "sweeps", "lots",
}  # fmt: skip


def test_every_layer_of_a_project_is_drawn_or_is_a_record():
    drawn = {one.layer for one in DRAWN}
    for name in LAYERS:
        assert (name in drawn) != (name in NOT_DRAWN), f"layer {name}: {WHERE}, or list it here"


def test_what_is_drawn_as_it_is_read_is_a_layer_with_those_columns():
    shapes = {"polygon": "area", "line": "line", "point": "point"}
    for one in DRAWN:
        if one.computed or not one.layer:
            continue
        layer = LAYERS[one.layer]
        assert shapes[layer.shapes[0]] == one.shape, one.layer
        assert set(one.properties.values()) <= set(layer.by_name), one.layer


def test_every_entry_has_words_and_a_look():
    legend, terms = i18n.messages("pages")["legend"], i18n.messages("terms")["layer"]
    for one in DRAWN:
        if one.shape == "point" and not one.computed:
            mark = LOOKS["mark"].get(one.name or one.layer)
            assert mark, f"layer {one.layer}: give it a mark in [mark] of maps/looks/colours.toml"
            assert mark.keys() >= {"shape", "size", "fill", "ink", "width"}, one.layer
        if not one.group or one.name == "outline":  # it has no switch
            continue
        for entry in one.entries:
            assert entry.name in legend or one.layer in terms, (
                f"layer {one.layer}: name it in [layer] of maps/words/terms.toml"
            )
            if one.shape != "point":
                assert entry.name in LOOKS["line"], (
                    f"layer {one.layer}: give {entry.name} a line in [line] of colours.toml"
                )


def test_the_order_is_from_the_bottom_up():
    names = [one.name or one.layer for one in DRAWN]
    assert len(set(names)) == len(names)
    assert names[0] == "villages"
    assert names[-1] == "gaps"
    assert entry_names("ground") == (
        "contours", "water", "rivers", "roads", "buildings", "townships", "outline",
    )  # fmt: skip
    known = (
        "gas_unsecured", "gas_secured", "built_up", "zones", "pipes_planned", "pipes_in_service",
        "sources",
    )  # fmt: skip
    assert tuple(name for name in entry_names("network") if name in known) == known
    assert (DRAWN_FROM["pipes_planned"], DRAWN_FROM["verdicts"]) == ("pipes", "zones")


def test_the_public_edition_has_the_layers_that_say_so_and_no_other():
    """By hand: neither households nor what is of the grid, the gas or the heat company."""
    assert {one.name for one in DRAWN if one.public} == {
        "villages", "built_up", "water", "rivers", "roads", "townships", "outline", "zones",
        "pipes",
    }  # fmt: skip


# Machado, Oliveira and Fernandes 2009, full severity, on linear RGB; the last is no deficiency
_SEEN = (
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881)),
    ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900)),
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
)  # fmt: skip


def _lab(colour: str, seen: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    """CIE L*a*b* of a colour as somebody sees it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    r, g, b = (
        min(1.0, max(0.0, sum(w * c for w, c in zip(row, linear, strict=True)))) for row in seen
    )
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize(
    ("table", "one", "other", "least"),
    [
        ("clearance", "not_cleared", "unknown", 40),
        ("clearance", "not_cleared", "cleared", 40),
        ("verdict", "not_cleared", "unconfirmed", 30),
        ("verdict", "not_cleared", "cleared", 30),
    ],
)
def test_who_is_colour_blind_tells_the_not_cleared_from_the_rest(
    table: str, one: str, other: str, least: float
) -> None:
    looks = LOOKS[table]
    for seen in _SEEN:
        first, second = (_lab(looks[key]["fill"], seen) for key in (one, other))
        assert math.dist(first, second) >= least
