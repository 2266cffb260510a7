"""The five layers on any folium.Map, in Chromium, network cut: each is seen by its pixels."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pytest
from branca.element import Figure
from folium.plugins import MarkerCluster
from matplotlib import image
from pages.conftest import Reader
from pages.test_hostile import HOSTILE, MARK
from shapely import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    box,
)
from tabs import Tabs

from gis import GapMarkers, HatchedAreas, HeatMains, HouseholdPoints, InputError, VillageLabels

METRIC = "EPSG:4547"
WEST, SOUTH = 110.60, 35.60
SIZES = {"desk": (1366, 768), "phone": (360, 740)}
# A colour that each layer alone draws.
COLOURS = {
    "areas": (0x5A, 0x93, 0xBD),  # ink of electric
    "mains": (0x8F, 0x1D, 0x0C),
    "homes": (0x8A, 0x00, 0xFF),
    "gaps": (0xB2, 0x3A, 0x26),
    "geojson": (0x12, 0xE0, 0x12),
}


def spot(column: int, row: int) -> tuple[float, float]:
    """A place on a grid of some 900 m."""
    return WEST + column * 0.01, SOUTH + row * 0.008


def frame(rows: dict[str, Any], shapes: list[Any]) -> gpd.GeoDataFrame:
    """The frame of degrees in metres, as an office has it."""
    return gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4326").to_crs(METRIC)


def areas(names: tuple[str, str] = ("甲村", "乙村")) -> gpd.GeoDataFrame:
    shapes = [box(*spot(0, 0), *spot(3, 3)), box(*spot(4, 0), *spot(7, 3))]
    return frame({"village": list(names), "approach": ["electric", "central"]}, shapes)


def mains() -> gpd.GeoDataFrame:
    return frame({"status": ["in_service"]}, [LineString([spot(0, 4), spot(7, 4)])])


def homes(n: int = 60) -> gpd.GeoDataFrame:
    places = [Point(*spot(k % 10, 5 + k // 10 * 0.2)) for k in range(n)]
    return frame({"household_id": [f"H{k:03}" for k in range(n)], "heating": ["coal"] * n}, places)


def gaps() -> gpd.GeoDataFrame:
    rows = {"kind": ["built_up"], "rank": [1], "households": [40]}
    return frame(rows, [Point(*spot(9, 1))])


def five() -> dict[str, Any]:
    return {
        "areas": HatchedAreas(areas(), label="village"),
        "mains": HeatMains(mains()),
        "homes": HouseholdPoints(homes(), ids="household_id", colours={"coal": "#8a00ff"}),
        "names": VillageLabels(areas()),
        "gaps": GapMarkers(gaps(), rank="rank", homes="households"),
    }


def sheet(*layers: Any) -> folium.Map:
    made = folium.Map(spot(5, 4)[::-1], tiles=None, zoom_start=13)
    for layer in layers:
        layer.add_to(made)
    return made


class Seen(Reader):
    """A map open in the browser."""

    def pixels(self) -> np.ndarray:
        shot = image.imread(io.BytesIO(self.page.screenshot()))
        return (shot[:, :, :3] * 255).round().astype(int)

    def count(self, colour: tuple[int, int, int]) -> int:
        """Pixels of just this colour."""
        return int((self.pixels() == colour).all(axis=2).sum())

    def comes_to(self, state: Callable[[], bool]) -> bool:
        """Whether the map comes to a state, once markers have faded in or out."""
        for _ in range(50):
            if state():
                return True
            self.page.wait_for_timeout(50)
        return False

    def changed(self, before: np.ndarray) -> int:
        """Pixels of the map that differ, without the list of layers at its right."""
        return int((self.pixels() != before)[:, :1100].any(axis=2).sum())


@pytest.fixture
def show(tabs: Tabs, tmp_path: Path) -> Iterator[Callable[..., Seen]]:
    """Save a map and open it offline."""
    opened: list[Seen] = []

    def go(made: folium.Map | str, size: str = "desk") -> Seen:
        file = tmp_path / f"{len(opened)}.html"
        if isinstance(made, str):
            file.write_text(made, "utf-8")
        else:
            made.save(file)
        seen = Seen(tabs.take(SIZES[size]))
        opened.append(seen)
        seen.page.goto(file.as_uri())
        seen.page.wait_for_timeout(500)  # until points are unpacked and markers have faded in
        return seen

    yield go
    for seen in opened:
        seen.stop()
        tabs.leave(seen.page)


def test_five_layers_beside_folium_own_are_seen(show: Callable[..., Seen]) -> None:
    own = five()
    foreign = folium.GeoJson(
        box(*spot(0, 6), *spot(3, 8)).__geo_interface__,
        name="外来",
        style_function=lambda _: {"color": "#12e012", "weight": 4, "fillOpacity": 0.2},
    )
    cluster = MarkerCluster([spot(6, 7)[::-1], spot(6.02, 7)[::-1]], name="聚合")
    made = sheet(*own.values(), foreign, cluster)
    folium.LayerControl(collapsed=False).add_to(made)
    seen = show(made)
    assert seen.errors == []
    assert seen.outside() == []
    for colour in COLOURS.values():
        assert seen.count(colour) > 20
    assert seen.page.locator(".marker-cluster").inner_text() == "2"
    assert seen.page.locator("svg.labels text").all_text_contents() == ["甲村", "乙村"]

    # Each is switched off and on again: its pixels go and come back.
    assert seen.page.locator(".leaflet-control-layers-overlays label").count() == 7
    names = {
        **dict(zip(own, ("村庄", "热力管网", "住户", "村名", "覆盖缺口"), strict=True)),
        "geojson": "外来",
        "cluster": "聚合",
    }
    full = seen.pixels()
    for key, name in names.items():
        switch = seen.page.locator(".leaflet-control-layers-overlays label", has_text=name)
        switch.click()
        assert seen.comes_to(lambda: seen.changed(full) > 100), key
        if key in COLOURS:
            colour = COLOURS[key]
            assert seen.comes_to(lambda colour=colour: seen.count(colour) == 0), key
        switch.click()
        assert seen.comes_to(lambda: seen.changed(full) == 0), key
    assert seen.errors == []


def test_each_layer_lies_in_its_pane(show: Callable[..., Seen]) -> None:
    """Areas below a GeoJson, mains and homes above it, gaps below markers and popups."""
    seen = show(sheet(*five().values()))
    order = seen.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".leaflet-pane")].map((pane) =>
          [[...pane.classList].at(-1), Number(getComputedStyle(pane).zIndex)]))"""
    )
    panes = ["nuantu-areas", "overlay", "nuantu-mains", "nuantu-homes", "nuantu-names",
        "nuantu-gaps",
             "marker", "tooltip", "popup"]  # fmt: skip
    levels = [order[f"leaflet-{pane}-pane"] for pane in panes]
    assert levels == sorted(set(levels))


def test_on_a_phone_the_legend_is_folded(show: Callable[..., Seen]) -> None:
    seen = show(sheet(*five().values()), "phone")
    assert seen.page.locator(".nuantu-legend summary").all_inner_texts() == [
        "采暖方式", "管网状态", "现用热源", "缺口类型",
    ]  # fmt: skip
    assert seen.page.locator(".nuantu-legend details[open]").count() == 0
    seen.page.locator(".nuantu-legend summary").first.click()
    assert "煤改电" in seen.text(".nuantu-legend")
    assert seen.errors == []


def test_a_pointer_and_a_click_are_told_the_row(show: Callable[..., Seen]) -> None:
    table = homes(1).assign(floor_m2=[80.5], note=[None])
    layer = HouseholdPoints(table, ids="household_id", fields=["floor_m2", "note"], lang="en")
    seen = show(sheet(HatchedAreas(areas(), label="village"), layer))
    at = "({x, y}) => [x, y]"
    place = (
        "(spot) => { const [map] = Object.values(window).filter((one) => one instanceof L.Map); "
        "return map.latLngToContainerPoint(spot); }"
    )
    x, y = (
        seen.page.evaluate(f"(s) => ({at})(({place})(s))", list(spot(*p)[::-1]))
        for p in [(0, 5), (1, 1)]
    )
    seen.page.mouse.move(*x)
    assert seen.text(".nuantu-tip").split("\n") == ["H000", "Coal"]
    seen.page.mouse.click(*x)
    said = seen.text(".nuantu-popup")
    assert re.sub(r"\s+", " ", said).startswith("H000 Heats with Coal")
    assert "80.5" in said
    assert "—" in said
    seen.page.mouse.move(*y)
    assert seen.text(".nuantu-tip").split("\n") == ["甲村", "煤改电"]


def test_text_stays_text(show: Callable[..., Seen]) -> None:
    """Names, values, classes, headings and the names of layers; the hover and the click too."""
    bad = HOSTILE[::7]
    n = len(bad)
    places = [Point(*spot(k % 10, 5 + k // 10 * 0.3)) for k in range(n)]
    column = "<img src=x onerror=" + MARK + ">"
    own = {column: bad, "heating": [bad[k % 40] for k in range(n)], "village": bad}
    points = frame(own, places)
    name = {"name": bad[1] + bad[4]}
    layers = [
        HatchedAreas(
            areas((bad[1], bad[4])), "village", label="village", fields=["village"], **name
        ),
        HeatMains(mains().assign(status=[bad[1]]), label="status", **name),
        HouseholdPoints(points, "heating", ids=column, village="village", fields=[column], **name),
        VillageLabels(areas((bad[1], bad[4])), bold=True, **name),
        GapMarkers(gaps().assign(kind=[bad[1]], rank=[bad[4]]), rank="rank", label="rank", **name),
    ]
    made = sheet(*layers)
    folium.LayerControl(collapsed=False).add_to(made)
    seen = show(made)
    for x in range(400, 1000, 60):
        for y in range(200, 600, 60):
            seen.page.mouse.move(x, y)
            seen.page.mouse.click(x, y)
    seen.page.wait_for_timeout(200)
    assert seen.page.evaluate("window.__ran") is None
    assert seen.errors == []
    assert seen.page.locator("iframe, object, form, body img").count() == 0
    assert bad[1].strip() in seen.page.locator("svg.labels").text_content()


def test_a_notebook_shows_the_map(show: Callable[..., Seen]) -> None:
    made = sheet(*five().values())
    made._repr_html_()
    again = made._repr_html_()  # a cell is run twice
    seen = show(f"<!DOCTYPE html><meta charset=utf-8><body style='margin:0'>{again}</body>")
    assert seen.comes_to(lambda: seen.count(COLOURS["areas"]) > 20)
    assert seen.comes_to(lambda: seen.count(COLOURS["homes"]) > 20)
    assert seen.errors == []
    assert unescape(again).count("nuantu.folium = {") == 1


def test_empty_frames_and_missing_and_multiple_geometries(show: Callable[..., Seen]) -> None:
    empty = gpd.GeoDataFrame(
        {"approach": [], "village": [], "status": [], "heating": [], "kind": []}, geometry=[]
    )
    nothing = [
        HatchedAreas(empty), HeatMains(empty), HouseholdPoints(empty), VillageLabels(empty),
        GapMarkers(empty),
    ]  # fmt: skip
    several = MultiPolygon([box(*spot(0, 0), *spot(1, 1)), box(*spot(2, 0), *spot(3, 1))])
    mixed = GeometryCollection([several, Point(*spot(0, 0)), LineString([spot(0, 0), spot(1, 1)])])
    villages = frame(
        {"village": ["甲", "乙", "丙"], "approach": ["electric", None, "gas"]},
        [several, mixed, None],
    )
    lines = frame(
        {"status": ["in_service"]},
        [MultiLineString([[spot(0, 4), spot(3, 4)], [spot(5, 4), spot(7, 4)]])],
    )
    points = frame(
        {"heating": ["coal", "gas"]}, [MultiPoint([spot(0, 5), spot(1, 5), spot(2, 5)]), Point()]
    )
    with pytest.warns(UserWarning, match="not drawn") as warned:
        drawn = [
            HatchedAreas(villages),
            HeatMains(lines),
            HouseholdPoints(points, colours={"coal": "#8a00ff"}),
            VillageLabels(villages),
        ]
    assert [str(one.message).split("\n")[1] for one in warned] == [
        "Villages: 1 of 3 rows have no geometry and are not drawn.",
        "Households: 1 of 2 rows have no geometry and are not drawn.",
        "Village names: 1 of 3 rows have no geometry and are not drawn.",
    ]
    seen = show(sheet(*nothing, *drawn))
    assert seen.errors == []
    assert seen.count(COLOURS["mains"]) > 20
    assert seen.count(COLOURS["homes"]) > 20
    legend = seen.text(".nuantu-legend")
    assert "未填" in legend  # the route of 乙 is unknown, not undecided
    assert "煤改气" not in legend  # 丙 is not drawn


def test_a_layer_in_a_group_and_one_not_shown_at_first(show: Callable[..., Seen]) -> None:
    group = folium.FeatureGroup(name="组")
    HatchedAreas(areas()).add_to(group)
    made = sheet(group, HeatMains(mains(), show=False, control=False))
    folium.LayerControl(collapsed=False).add_to(made)
    seen = show(made)
    assert seen.errors == []
    assert seen.count(COLOURS["areas"]) > 20
    assert seen.count(COLOURS["mains"]) == 0
    assert seen.page.locator(".leaflet-control-layers-overlays label").count() == 1


def test_names_keep_clear_of_each_other_and_of_marks(show: Callable[..., Seen]) -> None:
    point = frame(
        {"village": ["第一村"], "name": ["第二村"], "kind": ["built_up"]}, [Point(*spot(5, 4))]
    )
    layers = [VillageLabels(point), VillageLabels(point, "name", name="其他"), GapMarkers(point)]
    seen = show(sheet(*layers))
    boxes = seen.page.evaluate(
        """() => [...document.querySelectorAll(
            ".leaflet-pane text.label, .leaflet-pane .gap-mark")].map((one) => {
          const { left, top, right, bottom } = one.getBoundingClientRect();
          return [left, top, right, bottom];
        })"""
    )
    assert len(boxes) == 3
    for n, a in enumerate(boxes):
        for b in boxes[n + 1 :]:
            assert a[2] <= b[0] + 3 or b[2] <= a[0] + 3 or a[3] <= b[1] + 3 or b[3] <= a[1] + 3


def test_a_map_of_a_hundred_thousand_homes_is_small() -> None:
    """0.9 MB with an id, a village and a class for each."""
    rng = np.random.default_rng(2)
    n = 100_000
    village = np.sort(rng.integers(0, 150, n))
    lon = 110.6 + (village % 15) * 0.02 + rng.normal(0, 0.002, n)
    lat = 35.5 + (village // 15) * 0.02 + rng.normal(0, 0.0016, n)
    table = {
        "household_id": [f"14088200{v:04}-{k % 700:05}" for k, v in enumerate(village)],
        "village": [f"村{v}" for v in village],
        "heating": rng.choice(["coal", "central", "electric", "gas"], n, p=[0.4, 0.2, 0.3, 0.1]),
    }
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, lat), crs=4326)
    layer = HouseholdPoints(points, ids="household_id", village="village")
    page = sheet(layer).get_root().render()
    assert len(page.encode("utf-8")) < 900_000


def test_a_map_in_another_projection_takes_no_points() -> None:
    group = folium.FeatureGroup()
    HouseholdPoints(homes()).add_to(group)
    made = folium.Map(tiles=None, crs="EPSG4326")
    group.add_to(made)
    with pytest.raises(InputError, match="this one is EPSG4326"):
        made.get_root().render()


def test_bounds_are_those_of_the_frame() -> None:
    layer = HatchedAreas(areas())
    made = sheet(layer)
    (south, west), (north, east) = made.get_bounds()
    assert (west, south) == pytest.approx(spot(0, 0), abs=1e-6)
    assert (east, north) == pytest.approx(spot(7, 3), abs=1e-6)
    assert isinstance(made.get_root(), Figure)
