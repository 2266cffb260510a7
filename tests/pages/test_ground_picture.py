"""The picture below the maps and the names of streets: where they are, what is said of them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pages.conftest import Reader, write

from gis.editions.page_rows import picture_of
from gis.layers.ground_picture import GroundPicture
from gis.pages.model import Edition, PictureView
from gis.pages.street_labels import line_labels

# One grey pixel as WebP
PIXEL = base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
BOUNDS = (110.6, 35.5, 110.8, 35.7)


def made(**changes: object) -> PictureView:
    told = {
        "webp": PIXEL, "bounds": BOUNDS, "metres_per_pixel": 10.7, "of_file_m": 0.5,
        "taken_on": None, "source": "测绘院", "public_document": "", "synthetic": False,
    } | changes  # fmt: skip
    found = picture_of(GroundPicture(**told))  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.fixture(scope="module")
def folder(editions: dict[str, Edition], tmp_path_factory: pytest.TempPathFactory) -> Path:
    edition = replace(editions["planner"], picture=made())
    return write(tmp_path_factory.mktemp("picture"), edition)


def test_a_picture_lies_below_everything_and_leaves_with_its_switch(
    folder: Path, visit: Callable[..., Reader]
) -> None:
    reader = visit(folder / "approach.html")
    page = reader.page
    shown = ".leaflet-picture-pane img"
    page.wait_for_function(f"document.querySelector('{shown}').naturalWidth === 1")
    corner = page.evaluate(
        """() => { const picture = document.querySelector(".leaflet-picture-pane img");
            const box = picture.getBoundingClientRect();
        const { map } = nuantu.views[0], at = map.getContainer().getBoundingClientRect();
        const place = map.containerPointToLatLng([box.left - at.left, box.top - at.top]);
        return [place.lng, place.lat]; }"""
    )
    assert corner == pytest.approx([BOUNDS[0], BOUNDS[3]], abs=0.001)
    layers = page.evaluate(
        "['picture', 'villages'].map((name) => +nuantu.views[0].map.getPane(name).style.zIndex)"
    )
    assert layers[0] < layers[1]
    legend = reader.text("[data-group='ground']")
    assert "每像素 10.7 米 · 原图 0.5 米 · 拍摄日期未注明 · 测绘院" in legend
    page.click("[data-key='ground.picture']")
    assert page.locator(shown).count() == 0
    assert "off=ground.picture" in page.url
    assert reader.errors == []
    assert reader.outside() == []


def test_a_synthetic_picture_says_so_while_it_is_shown(
    editions: dict[str, Edition], folder: Path, tmp_path: Path, visit: Callable[..., Reader]
) -> None:
    said = "影像为合成，非实景"
    edition = replace(editions["planner"], picture=made(synthetic=True))
    reader = visit(write(tmp_path, edition) / "approach.html")
    page = reader.page
    assert reader.text("#stamp") == f"内部工作用图 不得公开 · {said}"
    assert said in reader.text("[data-group='ground']")
    assert said in page.evaluate("() => nuantu.picture(nuantu.views[0]).text")
    page.click("#language")
    assert reader.text("#stamp").endswith("The picture of the ground is synthetic")
    page.click("[data-key='ground.picture']")
    assert "synthetic" not in reader.text("#stamp")
    real = visit(folder / "approach.html")
    assert real.text("#stamp") == "内部工作用图 不得公开"
    assert said not in real.page.content()


def test_a_picture_is_only_on_pages_where_a_reader_goes_near(
    folder: Path, visit: Callable[..., Reader]
) -> None:
    mark = base64.b64encode(PIXEL).decode()
    with_it = {
        path.stem
        for path in folder.glob("*.html")
        if visit(path).page.evaluate("nuantu.data.picture?.data ?? ''") == mark
    }
    assert with_it == {"approach", "gaps", "extension", "clearance"}


def test_near_by_streets_are_named_and_the_place_is_told(
    site: Path, visit: Callable[..., Reader]
) -> None:
    page = visit(site / "public" / "approach.html").page
    assert page.locator(".label-street").count() == 0
    assert page.inner_text(".where") == ""
    street = page.evaluate("nuantu.data.streets[0]")
    page.evaluate(
        f"nuantu.views[0].map.setView([{street['lat']}, {street['lon']}], 14, {{animate: false}})"
    )
    assert page.locator(".label-street").first.text_content() == street["name"] == "G209"
    where = page.inner_text(".where")
    assert f"{street['lon']:.4f}°E {street['lat']:.4f}°N" in where
    village = page.evaluate("nuantu.data.villages.map(({ name }) => name)")
    assert where.split(" · ")[1] in village


def test_a_street_is_named_in_the_middle_of_its_longest_line_and_once_near_by() -> None:
    def road(name: str | None, *lines: list[list[float]]) -> dict[str, object]:
        shape = {"type": "MultiLineString", "coordinates": [*lines]}
        return {"type": "Feature", "properties": {"name": name}, "geometry": shape}

    def contour(height: object, line: list[list[float]]) -> dict[str, object]:
        shape = {"type": "LineString", "coordinates": line}
        return {"type": "Feature", "properties": {"m": height}, "geometry": shape}

    level = [[110.0, 35.4], [110.2, 35.4]]
    heights = {"features": [contour(450.0, level), contour("", level), contour(None, level)]}
    roads = {
        "features": [
            road("长街", [[110.0, 35.0], [110.0, 35.0], [110.1, 35.0]]),
            road("短街", [[110.0, 35.2], [110.002, 35.2]], [[110.0, 35.2], [110.004, 35.2]]),
            road(None, [[110.0, 35.3], [110.5, 35.3]]),
            road("点", [[110.0, 35.3], [110.0, 35.3]]),
        ]
    }
    labels = line_labels({"roads": roads, "contours": heights})
    assert [(one["layer"], one["name"], one["lon"], one["lat"]) for one in labels] == [
        ("roads", "长街", 110.05, 35.0),
        ("roads", "短街", 110.002, 35.2),
        ("roads", "点", 110.0, 35.3),
        ("contours", "450", 110.1, 35.4),
    ]
    assert line_labels({}) == []
