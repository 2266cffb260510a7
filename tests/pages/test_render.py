"""The frame: a policy that names every script by its hash, Leaflet inlined, no trace of a CDN."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re

from gis.pages import render_site
from gis.pages.model import Edition

NOTICE = '<body class="page-notice no-maps">'


def program(html: str) -> str:
    """The scripts that a page of the planner carries packed."""
    packed = re.search(r'<script type="application/gzip" id="program">([^<]+)<', html)
    assert packed is not None
    return gzip.decompress(base64.b64decode(packed[1])).decode("utf-8")


def pages(editions: dict[str, Edition]) -> dict[str, str]:
    return {name: page.decode("utf-8") for name, page in render_site(editions["planner"]).items()}


def test_policy_allows_just_the_scripts_and_styles_of_the_page(
    editions: dict[str, Edition],
) -> None:
    for html in pages(editions).values():
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
        assert policy is not None
        assert policy[1].startswith("default-src 'none'")
        assert "unsafe" not in policy[1]
        inline = re.findall(r"<script>(.*?)</script>|<style>(.*?)</style>", html, re.DOTALL)
        texts = [script or style for script, style in inline]
        assert len(texts) == 4
        for text in [*texts, program(html)]:
            digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
            assert f"'sha256-{digest}'" in policy[1]


def test_nothing_points_outside_the_file(editions: dict[str, Edition]) -> None:
    for html in pages(editions).values():
        markup = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
        assert not re.search(r"\w+://|(src|href)=(?!\"(data:,|#content|#end)\")", markup)
        styles = "".join(re.findall(r"<style>(.*?)</style>", html, re.DOTALL))
        assert "url(" not in styles.replace("url(#default#VML)", "")
        assert "@import" not in styles
        assert "sourceMappingURL" not in html
        assert ("Vladimir Agafonkin" in program(html)) == (NOTICE not in html)
        assert "sourceMappingURL" not in program(html)


def test_maps_are_foliums_without_its_random_names(editions: dict[str, Edition]) -> None:
    html = pages(editions)["approach.html"]
    assert '<div class="folium-map" id="map_0"></div>' in html
    assert "L.map(" in html
    assert not re.search(r"\b[0-9a-f]{32}\b", html)
    assert "user-scalable" not in html


def test_no_style_attribute_and_no_inline_handler(editions: dict[str, Edition]) -> None:
    for html in pages(editions).values():
        markup = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
        assert not re.search(r"\s(style|on\w+)=", markup)
