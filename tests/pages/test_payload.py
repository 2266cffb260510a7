"""The payload: JSON that cannot end its script element, geometry on a grid."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from gis.pages.model import Edition
from gis.pages.page import gaps_page
from gis.pages.payload import encode, gzip_base64, payload, quantise_geometry


@pytest.mark.parametrize("text", ["</script>", "<!--", "&lt;", "\u2028\u2029", "樊村"])
def test_encoded_text_comes_back_and_cannot_end_the_element(text: str) -> None:
    encoded = encode({"name": text})
    assert json.loads(encoded) == {"name": text}
    assert not set("<>&\u2028\u2029") & set(encoded)


def test_what_is_not_known_must_be_none() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        encode({"pipe_m": float("nan")})


def test_coordinates_have_five_decimals_and_no_repeats() -> None:
    line = [[110.7000001, 35.6], [110.7000002, 35.6], [110.7123456, 35.6]]
    shape = {"type": "LineString", "coordinates": line}
    feature = {"type": "Feature", "properties": {"status": "planned"}, "geometry": shape}
    (found,) = quantise_geometry({"pipes": {"features": [feature]}})["pipes"]["features"]
    assert found["geometry"] == {
        "type": "MultiLineString",
        "coordinates": [[[110.7, 35.6], [110.71235, 35.6]]],
    }
    assert found["properties"] == {"status": "planned"}


def test_a_page_carries_only_what_it_draws(editions: dict[str, Edition]) -> None:
    data = payload(gaps_page(editions["public"]), editions["public"], ["gaps"])
    assert "months" not in data["villages"][0]
    assert "targets" not in data
    assert "points" not in data
    without_maps = Edition(**{**vars(editions["public"]), "maps": False})
    assert payload(gaps_page(without_maps), without_maps, ["gaps"])["geometry"] == {}


def test_lines_drawn_alike_become_one_feature(editions: dict[str, Edition]) -> None:
    pipes = editions["public"].geometry["pipes"]["features"]
    found = quantise_geometry(editions["public"].geometry)["pipes"]["features"]
    assert len(pipes) == 5
    assert [f["properties"] for f in found] == [{"status": "planned"}, {"status": "in_service"}]
    assert sum(len(f["geometry"]["coordinates"]) for f in found) == 5


def test_squeezed_text_comes_back_and_is_the_same_twice() -> None:
    text = encode({"名": "樊村" * 1000})
    assert gzip.decompress(base64.b64decode(gzip_base64(text))).decode("utf-8") == text
    assert gzip_base64(text) == gzip_base64(text)
    assert len(gzip_base64(text)) < 200
