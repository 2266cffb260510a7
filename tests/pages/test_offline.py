"""What a Folium map fetches: nothing that a package has, and what it cannot do without is named."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable

import folium
import geopandas as gpd
import pytest
from folium import plugins
from pages.test_map_layers import COLOURS, Seen, areas, sheet, show, spot  # noqa: F401  a fixture
from shapely import Point, box

from gis import HatchedAreas
from gis.pages.render import BaseMap

FOREIGN = {"color": "#12e012", "weight": 4}


def links(made: folium.Map) -> list[str]:
    page = made.get_root().render()
    return re.findall(r'<(?:script src|link rel="stylesheet" href)="([^"]+)"', page)


def test_a_map_with_a_layer_of_ours_links_to_nothing() -> None:
    own = folium.Map(tiles=None)
    assert any(link.startswith("https://") for link in links(own))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        own = sheet(HatchedAreas(areas()), plugins.MarkerCluster())
        assert links(own) == []
        assert links(own) == []  # rendered again


@pytest.mark.parametrize(
    ("layer", "named"),
    [
        (folium.Marker(spot(1, 1)[::-1], icon=folium.Icon()), "folium.Icon"),
        (plugins.HeatMap([spot(1, 1)[::-1]]), "leaflet-heat.js"),
        (plugins.MiniMap(), "Control_MiniMap_js"),
    ],
)
def test_what_needs_the_network_is_named_and_linked(layer: folium.Map, named: str) -> None:
    made = sheet(HatchedAreas(areas()), layer)
    with pytest.warns(UserWarning, match="needs the network") as warned:
        found = links(made)
    assert "打开时需要联网" in str(warned[0].message)
    assert named in str(warned[0].message)
    assert any("jquery" in link for link in found)
    assert not any(link.endswith(("/leaflet.js", "/leaflet.css")) for link in found)


def test_markers_and_popups_of_folium_need_nothing(show: Callable[..., Seen]) -> None:  # noqa: F811
    marker = folium.Marker(spot(5, 6)[::-1], popup="<b>弹窗</b>", tooltip="提示")
    seen = show(sheet(HatchedAreas(areas()), marker))
    assert seen.page.locator(".leaflet-marker-icon").evaluate("(one) => one.naturalWidth") == 25
    seen.page.locator(".leaflet-marker-icon").click()
    assert seen.text(".leaflet-popup-content") == "弹窗"
    assert seen.errors == []


def test_a_geojson_on_the_base_map_of_the_pages_is_drawn(
    show: Callable[..., Seen],  # noqa: F811
) -> None:
    made = BaseMap(0, spot(2, 2)[::-1])
    shape = box(*spot(0, 0), *spot(3, 3)).__geo_interface__
    folium.GeoJson(shape, style_function=lambda _: FOREIGN).add_to(made)
    seen = show(made)
    assert seen.errors == []
    assert seen.outside() == []
    assert seen.count(COLOURS["geojson"]) > 20


def test_a_map_that_prefers_a_canvas_keeps_its_hatching(
    show: Callable[..., Seen],  # noqa: F811
) -> None:
    made = folium.Map(spot(5, 4)[::-1], tiles=None, zoom_start=13, prefer_canvas=True)
    HatchedAreas(areas()).add_to(made)
    point = gpd.GeoDataFrame(geometry=[Point(*spot(9, 1))], crs=4326)
    folium.GeoJson(point, marker=folium.CircleMarker(radius=9, color="#12e012")).add_to(made)
    seen = show(made)
    assert seen.errors == []
    assert seen.count(COLOURS["areas"]) > 20
    assert seen.count(COLOURS["geojson"]) > 20
