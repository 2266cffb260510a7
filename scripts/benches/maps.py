"""Benchmark of the planner's map against Folium's own layers, in headless Chromium, offline."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gis.pages.model import Edition

_WAIT_S = 3_600
_MS = 600_000
_FOLIUM_MAX = 200_000  # homes; larger Folium pages take minutes and gigabytes
_FLAGS = ["--no-sandbox", "--disable-gpu"]
_DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_PAUSE_MS = 2_000  # pause before the first interaction
_ANSWERED = """async () => {
  const [view] = nuantu.views;
  const { left, top, width, height } = view.map.getContainer().getBoundingClientRect();
  const places = [];
  for (let n = 0; places.length < 5 && n < 20000; n++) {
    const [x, y] = [(n * 0.618034 % 1) * width, (n * 0.754878 % 1) * height];
    if (nuantu.points.nearest(view, { x, y }) >= 0) places.push([left + x, top + y]);
  }
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const ask = async (kind, find) => {
    const times = [];
    for (const [clientX, clientY] of places) {
      await frame();
      const begun = performance.now();
      const event = new MouseEvent(kind, { bubbles: true, clientX, clientY });
      find(clientX, clientY).dispatchEvent(event);
      await frame();
      times.push(performance.now() - begun);
    }
    return Math.max(...times);
  };
  const under = (x, y) => document.elementFromPoint(x, y);
  return {
    hover: await ask("mousemove", under),
    click: await ask("click", under),
    legend: await ask("click", () => document.querySelector('[data-key^="points."]')),
  };
}"""


def run(python: Path, root: Path, count: int, homes: int) -> int:
    """Print size and seconds of both maps, opened alternately: the median of `count` rounds."""
    with tempfile.TemporaryDirectory(prefix="nuantu-bench-") as folder:
        found = os.pathsep.join([str(root / "scripts"), str(root / "tests")])
        environment = os.environ | {"PYTHONPATH": found}
        command = [str(python), "-P", "-m", "benches.maps", folder, str(homes), str(count)]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_WAIT_S, check=False
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    results = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{homes:,} homes\n\n| map | MB | seconds to make | seconds until drawn "
        "|\n|---|---|---|---|"
    )
    for name, one in results.items():
        print(f"| {name} | {one['mb']:.2f} | {one['made_s']:.1f} | {one['drawn_s']:.2f} |")
    answers = ", ".join(f"{what} {ms:.0f}" for what, ms in results["nuantu"]["answered_ms"].items())
    print(f"\nnuantu, ms until the frame with the answer, the slowest of five homes: {answers}")
    return 0


def main() -> None:
    """Arguments: a folder, the number of homes, the number of rounds."""
    folder, homes, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    edition = _edition(homes)
    made = {}
    ways = {"nuantu": _ours, "folium GeoJson, canvas": _folium}
    if homes > _FOLIUM_MAX:
        ways.popitem()
    for name, write in ways.items():
        path = folder / f"{len(made)}.html"
        begun = time.perf_counter()
        write(edition, path)
        made[name] = (path, time.perf_counter() - begun)
    seconds, answers = _opened({name: path for name, (path, _) in made.items()}, count)
    results: dict[str, dict[str, Any]] = {
        name: {"mb": path.stat().st_size / 1e6, "made_s": took,
               "drawn_s": statistics.median(seconds[name])}
        for name, (path, took) in made.items()
    }  # fmt: skip
    results["nuantu"]["answered_ms"] = {
        what: statistics.median(one[what] for one in answers) for what in answers[0]
    }
    print(json.dumps(results))


def _edition(homes: int) -> Edition:
    """The synthetic city of the tests, with `homes` homes."""
    from pages.made_city import city, households
    from pages.made_ground import ground

    edition = city("planner")
    _, placed = ground()
    areas = {row["village_code"]: area for row, area in placed}
    return replace(edition, points=households(edition.villages, areas, homes))


def _ours(edition: Edition, path: Path) -> None:
    from gis.pages import render_site

    path.write_bytes(render_site(edition)["approach.html"])


def _folium(edition: Edition, path: Path) -> None:
    """Each home as a circle on a canvas, coloured by route, with a tooltip."""
    import folium
    import geopandas as gpd

    points = edition.points
    assert points is not None  # noqa: S101  # a planner edition
    keys, codes = points.categories["approach"]
    table = {"id": points.ids, "approach": [keys[code] for code in codes]}
    homes = gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy(points.lon.round(5), points.lat.round(5)), crs=4326
    )
    drawn = folium.Map([float(points.lat.mean()), float(points.lon.mean())], zoom_start=11,
                       tiles=None, prefer_canvas=True)  # fmt: skip
    folium.GeoJson(
        homes.to_json(), marker=folium.CircleMarker(radius=2, fill=True),
        tooltip=folium.GeoJsonTooltip(["id", "approach"]),
    ).add_to(drawn)  # fmt: skip
    drawn.save(path)


def _opened(
    paths: dict[str, Path], count: int
) -> tuple[dict[str, list[float]], list[dict[str, float]]]:
    """Open the pages repeatedly; Leaflet is served from its package, all else is blocked.

    Returns:
        Seconds from the address to the drawn map, by page, and response times of our map [ms].
    """
    from playwright.sync_api import sync_playwright

    seconds: dict[str, list[float]] = {name: [] for name in paths}
    answers = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        for _ in range(count):
            for name, path in paths.items():
                context = browser.new_context(viewport={"width": 1440, "height": 900})
                context.route("http*://**/*", _from_package)
                page = context.new_page()
                begun = time.perf_counter()
                page.goto(path.as_uri(), timeout=_MS)
                if name == "nuantu":
                    page.wait_for_selector("html[data-ready]", timeout=_MS)
                page.evaluate(_DRAWN)
                seconds[name].append(time.perf_counter() - begun)
                if name == "nuantu":
                    page.wait_for_timeout(_PAUSE_MS)
                    answers.append(page.evaluate(_ANSWERED))
                context.close()
        browser.close()
    return seconds, answers


def _from_package(route: Any) -> None:  # noqa: ANN401  # of an optional package
    name = route.request.url.rsplit("/", 1)[-1]
    leaflet = name in {"leaflet.js", "leaflet.css"}
    body = files("xstatic.pkg.leaflet").joinpath("data", name).read_text("utf-8") if leaflet else ""
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    route.fulfill(body=body, content_type=kind)


if __name__ == "__main__":
    main()
