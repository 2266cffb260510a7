"""A zone is drawn or its line corrected in the record; no other is replaced, nothing is mended."""

import re

import pytest
import shapely
from desk.conftest import PORT
from desk.made_files import NOTICE, SIDE, SOUTH, WEST, home, write_borders, write_ledger

import gis
from gis.layers import load, read_project

# the west half of 东村 and a little to the north and south, in longitude and latitude
CORNERS = [(WEST, SOUTH - 0.001), (WEST + SIDE / 2, SOUTH - 0.001),
           (WEST + SIDE / 2, SOUTH + SIDE), (WEST, SOUTH + SIDE)]  # fmt: skip
TOLD = {"zone": "城西", "zone_id": "D1", "effective_on": "2024.11.1", "document_no": "甲政〔2024〕9号",
        "who": "王芳", "why": "通告", "replaces": ""}  # fmt: skip


def lines(corners):
    return "\n".join(f"{x:.6f}，{y:.6f}" for x, y in corners)


@pytest.fixture
def county(clerk, tmp_path):
    (tmp_path / "公告.txt").write_text(NOTICE, encoding="utf-8")
    rows = [home(n, 0, "煤") for n in range(1, 15)]
    clerk.drop(
        tmp_path / "公告.txt", write_borders(tmp_path), write_ledger(tmp_path, "甲镇台账.csv", rows)
    )
    clerk.page("/places")
    return clerk


def zones(clerk):
    table = load(read_project(clerk.folder)).tables["coal_ban_zones"]
    return table.assign(on=table["effective_on"].dt.strftime("%Y-%m-%d")).set_index(
        ["zone_id", "on"]
    )


def test_a_drawn_zone_is_read_as_the_command_line_reads_it(county):
    before = zones(county)
    page = county.send("/places/draw", TOLD | {"corners": lines(CORNERS)})
    assert "城西 已画进办公记录" in page
    after = zones(county)
    assert set(after.index) == {*before.index, ("D1", "2024-11-01")}
    own = after.loc["D1", "2024-11-01"]
    assert (own["zone"], own["document_no"]) == ("城西", "甲政〔2024〕9号")
    table = load(read_project(county.folder)).tables["coal_ban_zones"].to_crs("EPSG:4490")
    found, ring = table.set_index("zone_id").geometry["D1"], shapely.Polygon(CORNERS)
    assert found.symmetric_difference(ring).area < 1e-6 * ring.area
    (change,) = gis.open_project(county.folder).record.changes()
    assert (change.who, change.why) == ("王芳", "通告")
    county.send("/decide/undo", {"number": "1", "who": "李强", "why": "画错", "back": "/journal"})
    assert set(zones(county).index) == set(before.index)


def test_a_line_is_corrected_only_where_it_was_opened(county):
    county.send("/places/draw", TOLD | {"corners": lines(CORNERS)})
    smaller = [*CORNERS[:2], (WEST + SIDE / 2, SOUTH + SIDE / 2), (WEST, SOUTH + SIDE / 2)]
    change = {"change": county.keys.change, "corners": lines(smaller)}
    other = {"zone_id": "Z1", "effective_on": "2023-10-01"}  # the one of the notice, in words
    for taken in (TOLD, TOLD | {"replaces": "D1/2024-11-02"}, TOLD | other):
        answer = county.client.post("/places/draw", data=taken | change)
        assert answer.status_code == 400
        assert "没有替换它" in answer.text
    whole = zones(county).geometry.loc["D1", "2024-11-01"].area
    page = county.page("/places?zone=D1/2024-11-01")
    assert "改“城西”的边界" in page
    assert f"图上面积 {whole / 1e6:.2f} 平方千米" in page
    metres = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)[1]
    assert len(metres.splitlines()) == 4
    replaces = re.search(r'name="replaces" value="([^"]+)"', page)[1]
    county.send("/places/draw", TOLD | {"corners": metres, "replaces": replaces})
    assert zones(county).geometry.loc["D1", "2024-11-01"].area == pytest.approx(whole, rel=1e-4)
    county.send("/places/draw", TOLD | {"corners": lines(smaller), "replaces": replaces})
    assert zones(county).geometry.loc["D1", "2024-11-01"].area == pytest.approx(
        whole * 6 / 11, rel=1e-3
    )
    later = TOLD | {"effective_on": "2024-12-01", "corners": lines(CORNERS)}  # a version of its own
    county.send("/places/draw", later)
    assert {("D1", "2024-11-01"), ("D1", "2024-12-01")} <= set(zones(county).index)


NO_ZONES = [
    {"corners": ""},
    {"corners": lines(CORNERS[:2])},
    {"corners": lines([CORNERS[0], CORNERS[2], CORNERS[1], CORNERS[3]])},  # crosses itself
    {"corners": lines([CORNERS[0]] * 4)},
    {"corners": lines([(y, x) for x, y in CORNERS])},  # exchanged: no degrees, and elsewhere
    {"corners": lines([(x + 1, y) for x, y in CORNERS])},
    {"corners": lines(CORNERS) + "\n110.7"},
    {"corners": lines(CORNERS) + "\n110.7, 35.6, 5"},
    {"corners": "<script>\n" + lines(CORNERS)},
    {"corners": lines([(WEST - 20, SOUTH - 10), (WEST + 20, SOUTH - 10), (WEST, SOUTH + 20)])},
    {"corners": "9" * 400 + ", 1\n" + lines(CORNERS)},
    {"corners": "\n".join(["110.7, 35.6"] * 2001)},
    {"who": ""},
    {"why": " "},
    {"zone_id": ""},
    {"zone": ""},
    {"effective_on": "明年"},
]


def test_what_is_no_zone_is_refused_and_nothing_written(county):
    for gap in NO_ZONES:
        fields = TOLD | {"corners": lines(CORNERS), "change": county.keys.change} | gap
        assert county.client.post("/places/draw", data=fields).status_code == 400, gap
        assert not (county.folder / "office.gpkg").exists(), gap


def test_corners_are_clicked_on_the_map(county, browser):
    """In Chromium: a click is a corner where the map has it; the last one can be taken back."""
    page = browser.new_page()

    def answer(route):
        url = route.request.url.removeprefix(f"http://127.0.0.1:{PORT}")
        got = county.client.get(url, headers={"accept": "*/*"})
        route.fulfill(
            status=got.status_code, body=got.content, content_type=got.headers["content-type"]
        )

    page.route("**/*", answer)
    page.goto(f"http://127.0.0.1:{PORT}/places")
    west, south, east, north = load(read_project(county.folder)).tables["villages"].total_bounds
    page.check("#drawing")
    box = page.locator(".desk-map").bounding_box()
    for right, down in ((0.1, 0.1), (0.5, 0.1), (0.5, 0.9)):
        page.mouse.click(box["x"] + right * box["width"], box["y"] + down * box["height"])
    page.click("#last-corner")
    found = [
        tuple(map(float, one.split(", "))) for one in page.input_value("#corners").splitlines()
    ]
    expected = [
        (west + right * (east - west), north - 0.1 * (north - south)) for right in (0.1, 0.5)
    ]
    assert len(found) == 2
    for (x, y), (a, b) in zip(found, expected, strict=True):
        assert abs(x - a) < 10  # a pixel is some metres
        assert abs(y - b) < 30
    assert page.get_attribute(".drawn", "d").startswith("M")
    page.close()
