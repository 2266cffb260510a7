"""The leak check catches what is planted, and only that."""

import base64
import json
import random
import struct
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from disclosure.canaries import ENCODINGS, KINDS, PLACES, VALUES, _zip, planted
from publish import sample
from publish.office_files import without_office_files
from publish.sample_variants import replaced, with_homes

from gis.disclosure import leak_scan
from gis.disclosure.personal_data import collect_secrets, personal_values
from gis.disclosure.rounding import NOTHING
from gis.editions.planner import planner_edition
from gis.editions.public import public_edition
from gis.editions.search_names import with_search_names
from gis.editions.village_view import public_data
from gis.errors import PublicationError
from gis.layers import to_wgs84
from gis.pages import render_site
from gis.pages.payload import encode
from gis.pages.scenario_rows import Comparison
from gis.publish import publish
from gis.publish.page_builder import public_words
from gis.report.metadata import run_metadata
from gis.report.translate import is_card, is_identity, personal_numbers

COLUMNS = sorted({kind for kind, _ in VALUES})


def check_of(edition, run):
    homes, crs = run.facts.households, run.project.crs
    return leak_scan.LeakScan.of(
        edition, collect_secrets(personal_values(homes), crs), public_words(run)
    )


def with_canaries(run):
    """The run with the 500 values in its ledger, one a row; further values on further rows."""
    homes = run.facts.households.copy()
    for column in COLUMNS:
        values = [value for kind, value in VALUES if kind == column]
        homes[column] = pd.Series(values, dtype="str").reindex(homes.index).to_numpy()
    return with_homes(run, homes)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return with_canaries(sample.results(tmp_path_factory.mktemp("project")))


@pytest.fixture(scope="module")
def edition(run):
    return public_edition(planner_edition(run, {}), run, NOTHING)[0]


@pytest.fixture(scope="module")
def check(run, edition):
    return check_of(edition, run)


def kinds(check, content, name="public/x.html"):
    return {leak.kind for leak in check.leaks_in({name: content})}


def test_the_ledger_holds_five_hundred_canaries(run):
    assert len(VALUES) == 500
    assert run.facts.households[COLUMNS].notna().to_numpy().sum() == 500


def test_five_hundred_canaries_in_all_encodings_and_places_are_found(check):
    assert len(ENCODINGS) >= 12
    assert len(PLACES) >= 15
    found = [(where, bool(kinds(check, content))) for *where, content in planted()]
    assert [where for where, caught in found if not caught] == []
    assert len({(encoding, place) for (_, encoding, place), _ in found}) == 14 * 15


def test_each_kind_is_found_in_every_encoding_in_every_place(check):
    missed = [
        (kind, encoding, place)
        for kind, value in VALUES[: len(KINDS)]
        for encoding, encode in ENCODINGS.items()
        for place, hide in PLACES.items()
        if not kinds(check, hide(encode(value)))
    ]
    assert missed == []


def test_without_redaction_they_are_found_and_with_it_there_are_none(run, tmp_path):
    """The control: the planner's working list, given out as if it were public."""
    publish(run, tmp_path / "out")
    planner = {
        f"public/{name}": (tmp_path / "out" / "planner" / name).read_bytes()
        for name in ("households.xlsx", "households.parquet")
    }
    check = check_of(public_edition(planner_edition(run, {}), run, NOTHING)[0], run)
    caught = {(leak.file, leak.kind) for leak in check.leaks_in(planner)}
    assert {
        ("public/households.xlsx", kind) for kind in ("owner", "household_id", "address")
    } <= caught
    assert ("public/households.parquet", "household_id") in caught
    own = [path for path in (tmp_path / "out" / "public").rglob("*") if path.is_file()]
    for path in own:
        content = path.read_bytes()
        for _, value in VALUES:
            assert value.encode() not in content


def test_what_is_all_right_is_left_alone(check):
    plain = "樊村 吴家关 40 户，2024-10-31，依据 河发1号；电话 0359-5022222；1388 0013 元"
    assert kinds(check, plain.encode()) == set()
    noise = random.Random(6).randbytes(1 << 16)
    assert kinds(check, b"<p>%s</p>" % base64.b64encode(noise)) == set()
    assert kinds(check, b"<p>%s</p>" % noise.hex().encode()) == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("13812345678", "mobile number"),
        ("联系人:+86 13812345678", "mobile number"),
        ("11010519491231002X", "identity number"),
        ("6228480010000000003", None),
        ("11010519491331002X", None),
        ("a13812345678", None),
    ],
)
def test_numbers_that_are_personal_by_their_form(text, kind):
    assert list(personal_numbers(text, set())) == ([kind] if kind else [])


def test_check_digits():
    # GB 11643's own example, ISO 7812's own example
    assert is_identity("11010519491231002X")
    assert not is_identity("110105194912310021")
    assert is_card("4539578763621486")
    assert not is_card("4539578763621487")
    assert list(personal_numbers("4539578763621486", set())) == ["bank card"]
    assert list(personal_numbers("4539578763621486", {"4539578763621486"})) == []


@pytest.mark.parametrize(
    "text",
    [
        "139 0000 0001",
        "139-0000-0001",
        "１３９００００００１１",
        "户主：甄一倀。",
        "cn000001z",
        "M-0000007",
    ],
)
def test_ledger_values_in_other_dress(check, text):
    assert kinds(check, text.encode())


def test_a_value_of_several_words_is_found_word_by_word(run, edition):
    homes = run.facts.households.copy()
    homes["owner"] = ["Ann van Dyck", "钱=甲", "李 二", "张", *["—"] * (len(homes) - 4)]
    homes["address"] = ["西关村 3 巷 12 号", "1-2 3-4", *[None] * (len(homes) - 2)]
    check = check_of(edition, with_homes(run, homes))
    assert kinds(check, b"signed: ann  van dyck.") == {"owner"}
    assert kinds(check, b"van dyck, ann") == set()
    assert kinds(check, "钱 = 甲".encode()) == {"owner"}
    assert kinds(check, "西关村3巷12号".encode()) == set()
    assert kinds(check, "西关村-3-巷 12号 ".encode()) == set()
    assert kinds(check, "西关村，3，巷，12，号".encode()) == {"address"}
    assert kinds(check, "张".encode()) == set()


@pytest.fixture(scope="module")
def home(run):
    """A household's place: lon, lat, x, y."""
    row = run.facts.households.iloc[12]
    point = pd.DataFrame({"x": [row["x"]], "y": [row["y"]]})
    at = to_wgs84(sample.points(point)).geometry.iloc[0]
    return at.x, at.y, float(row["x"]), float(row["y"])


def forms(lon, lat, x, y):
    return {
        "pair": f"[{lon:.6f},{lat:.6f}]",
        "other way round": f"{lat:.7f}, {lon:.7f}",
        "attributes": f'<point lon="{lon:.6f}" lat="{lat:.6f}">',
        "well-known text": f"POINT ({lon:.6f} {lat:.6f})",
        "whole steps": f"{lon * 1e6:.0f},{lat * 1e6:.0f}",
        "metres": f"x={x:.1f} y={y:.1f}",
        "doubles": base64.b64encode(struct.pack("<2d", lon, lat)).decode(),
        "columns of doubles": base64.b64encode(
            np.array([lon, lon, lat, lat + 1], "<f8").tobytes()
        ).decode(),
        "whole steps in four bytes": base64.b64encode(
            struct.pack("<4i", 7, round(lon * 1e6), round(lat * 1e6), 9)
        ).decode(),
    }


@pytest.mark.parametrize("form", list(forms(1, 1, 1, 1)))
def test_the_place_of_a_household_is_found(check, home, form):
    assert kinds(check, forms(*home)[form].encode()) == {"household position"}
    lon, lat, x, y = home
    # 5 m to the north there is nobody
    elsewhere = forms(lon, lat + 5 / 111_320, x, y + 5)[form]
    assert kinds(check, elsewhere.encode()) == set()


def test_a_vertex_of_a_drawn_layer_may_lie_at_a_household(run, edition, home):
    lon, lat = round(home[0], 6), round(home[1], 6)
    street = {"type": "LineString", "coordinates": [[lon, lat], [lon + 0.01, lat]]}
    row = {"type": "Feature", "properties": {}, "geometry": street}
    roads = {"roads": {"type": "FeatureCollection", "features": [row]}}
    drawn = type(edition)(**vars(edition) | {"geometry": edition.geometry | roads})
    check = check_of(drawn, run)
    rounded = [[round(value, 5) for value in at] for at in street["coordinates"]]
    for coordinates in (street["coordinates"], rounded):
        assert kinds(check, json.dumps(coordinates).encode()) == set()
    # the same vertices beside a household that is none of them
    other = run.facts.households.iloc[20]
    at = to_wgs84(sample.points(pd.DataFrame({"x": [other["x"]], "y": [other["y"]]}))).geometry[0]
    planted = [*rounded, [round(at.x, 6), round(at.y, 6)]]
    assert kinds(check, json.dumps(planted).encode()) == {"household position"}


def test_a_ledger_without_places(run, edition):
    homes = run.facts.households.assign(x=np.nan, y=np.nan)
    check = check_of(edition, with_homes(run, homes))
    assert kinds(check, b"[110.712345,35.612345]") == set()


def test_a_leak_stops_the_publication_and_names_file_and_kind_not_the_value(
    run, tmp_path, monkeypatch
):
    without_office_files(monkeypatch)
    origin = type(run.layers.origins[0])
    marked = [origin(**vars(one) | {"source": "台账由 甄一倀 提供"}) for one in run.layers.origins]
    loaded = type(run.layers)(run.layers.tables, tuple(marked), ())
    with pytest.raises(PublicationError) as told:
        publish(replaced(run, layers=loaded), tmp_path / "out")
    assert "edition.credits (owner), public/approach.html (owner)" in str(told.value)
    assert "甄一倀" not in str(told.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("before", ["", "p", "<p", "户主 ", "Author\0"])
@pytest.mark.parametrize("after", ["", "p", "</p>", "已签约"])
def test_a_file_that_is_not_all_utf_8_is_refused(check, encoding, before, after):
    for value in ("甄一", "𬭎一", "cn000001z", "CN000001Z", "3号院"):
        if encoding != "gb18030" or not value.isascii():
            page = before.encode() + value.encode(encoding) + after.encode()
            assert "unreadable bytes" in kinds(check, page)


def test_what_cannot_be_opened_or_is_packed_too_deep_is_refused(check):
    nested = b"plain"
    for _ in range(6):
        nested = _zip("a.zip", nested)
    assert kinds(check, nested) == set()
    assert kinds(check, _zip("a.zip", nested)) == {"unreadable bytes"}
    assert kinds(check, b"PK\x03\x04 damaged PK\x05\x06") == {"unreadable bytes"}
    assert kinds(check, bytes(range(256))) == {"unreadable bytes"}


@pytest.mark.parametrize("value", ["甄一倀", "户主：\n甄一倀", "13900000001", "cn000001z"])
def test_a_value_is_found_before_it_is_encoded(check, edition, value):
    assert list(check.leaks_in_values(edition)) == []
    village = {**edition.villages[0], "reason": {"zh": value, "en": ""}}
    leaking = replace(edition, villages=[village, *edition.villages[1:]])
    assert {leak.file for leak in check.leaks_in_values(leaking)} == {"edition.villages"}
    change = {"code": "x", "why": {"zh": value, "en": ""}}
    compared = replace(edition, comparison=Comparison([], [], [change]))
    assert {leak.file for leak in check.leaks_in_values(compared)} == {"edition.comparison"}


def test_a_line_break_before_a_name_does_not_hide_it_in_a_page(check):
    assert kinds(check, encode({"title": "户主：\n甄一倀\t"}).encode()) == {"owner"}


def test_household_points_and_layers_that_are_not_public_are_found(check, edition, run):
    points = planner_edition(run, {}).points
    assert leak_scan.Leak("edition.points", "household position") in set(
        check.leaks_in_values(replace(edition, points=points))
    )
    drawn = {**edition.geometry, "homes": {"features": []}}
    assert list(check.leaks_in_values(replace(edition, geometry=drawn))) == [
        leak_scan.Leak("edition.geometry", "layer homes")
    ]


@pytest.fixture(scope="module")
def pages(run, edition):
    """The public files of the sample, as they are looked through."""
    spoken = with_search_names(edition)
    rows = [{**village, "cost_cny_a": 123456.7} for village in spoken.villages]
    dear = replace(spoken, villages=rows)
    return dear, render_site(dear) | public_data(
        dear, [(row["code"],) for row in rows], run_metadata(run)
    )


ORDINARY = {
    # a month, the as-of day, the deadline, a village's code, a sum of money, a word of the pages
    "household_id": ["202410", "20241031", "20241115", "140882001001", "123456", "central"],
    "meter_no": ["140882001", "function"],  # a township's code, a word of the program
    "owner": ["li", "樊村", "fc"],  # a tag, a village, a village's initials
    "address": ["t140882001 樊村", "樊村，樊村"],
}


def test_what_the_pages_say_anyway_stops_nothing(run, pages):
    homes = run.facts.households.copy()
    for column, values in ORDINARY.items():
        homes[column] = [*values, *[None] * (len(homes) - len(values))]
    homes[["x", "y"]] = np.nan
    dear, files = pages
    assert list(check_of(dear, with_homes(run, homes)).leaks_in(files)) == []


@pytest.mark.parametrize(
    ("value", "text", "caught"),
    [
        ("202413", "2024-13", True),  # no month
        ("202411", "2024-11", False),
        ("202411", "户号 202411", True),  # written as no month is
        ("20241301", "2024-13-01", True),
        ("20241231", "2024.12.31", False),
        ("20232024", "2023-2024", False),  # a season
        ("110674498", "110.674498", False),  # a coordinate or a share
        ("674498", "0.674498", False),
        ("674498", "0 674498", True),
        ("674498", '{"a": 674498}', True),
        ("13900990000", "139.00990000", True),
        ("123456", "123456", False),  # a figure of the pages
        ("123457", "123457", True),
    ],
)
def test_a_day_or_a_measure_is_no_id_and_an_id_is(run, pages, value, text, caught):
    homes = run.facts.households.copy()
    homes["household_id"] = [value, *[f"N{n}" for n in range(1, len(homes))]]
    check = check_of(pages[0], with_homes(run, homes))
    assert ("household_id" in kinds(check, text.encode())) == caught


def test_an_address_with_a_door_is_found_among_public_names(run, pages):
    homes = run.facts.households.copy()
    homes["address"] = ["樊村 吴家关 12号", *[None] * (len(homes) - 1)]
    check = check_of(pages[0], with_homes(run, homes))
    assert kinds(check, "樊村，吴家关，12号".encode()) == {"address"}
    assert kinds(check, "樊村，吴家关，13号".encode()) == set()
