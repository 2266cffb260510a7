"""Builds a project folder in code: two square villages side by side, and whatever a test adds.

EAST and WEST are 2 km squares of EPSG:4546 that share the edge x = 472 000.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
from project_folder import project_toml
from pyproj import Transformer
from shapely import Geometry, box

from gis.layers import Layers, load, read_project
from gis.layers.reader_process import ReaderProcess

CRS = "EPSG:4546"
WEST, EAST = box(470000, 3934000, 472000, 3936000), box(472000, 3934000, 474000, 3936000)
WEST_CODE, EAST_CODE = "140882001201", "140882001202"
TO_LONLAT = Transformer.from_crs(CRS, "EPSG:4490", always_xy=True)
HEADINGS = ("户编号", "村代码", "取暖方式", "X坐标", "Y坐标")
HOMES = [
    ("A1", WEST_CODE, "燃煤", 471000, 3935000),
    ("A2", WEST_CODE, "煤改电", 471500, 3935500),
    ("B1", EAST_CODE, "集中供热", 473000, 3935000),
]


def csv_text(rows: Sequence[Sequence[object]]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


def villages(*shapes: Geometry) -> gpd.GeoDataFrame:
    west, east = shapes or (WEST, EAST)
    return gpd.GeoDataFrame(
        {
            "village_code": [WEST_CODE, EAST_CODE],
            "village": ["西村", "东村"],
            "township_code": "140882001",
            "township": "城区街道",
        },
        geometry=[west, east],
        crs=CRS,
    )


class City:
    """A project folder that tests write and load."""

    def __init__(self, folder: Path, reader: ReaderProcess) -> None:
        self.folder = folder
        self.reader = reader
        self.project: dict[str, object] = {"name": "small"}
        self.layers: dict[str, Mapping[str, object]] = {}
        self.zones: list[Mapping[str, object]] = [
            {"zone_id": "Z1", "include_villages": [WEST_CODE]}
        ]

    def layer(self, name: str, path: str, **spec: object) -> Path:
        """Declare a layer; the path to write it to."""
        self.layers[name] = {"path": path, **spec}
        return self.folder / path

    def usual(self, *without: str) -> City:
        """Households as CSV and villages as GeoPackage, unless declared or left out."""
        if "households" not in [*self.layers, *without]:
            self.households(HOMES)
        if "villages" not in [*self.layers, *without]:
            villages().to_file(self.layer("villages", "villages.gpkg"), layer="villages")
        return self

    def households(
        self, rows: Sequence[Sequence[object]], headings: Sequence[str] = HEADINGS, **spec: object
    ) -> Path:
        path = self.layer("households", "households.csv", **({"crs": CRS} | spec))
        path.write_text(csv_text([headings, *rows]), encoding="utf-8", newline="")
        return path

    def write(self) -> Path:
        path = self.folder / "project.toml"
        path.write_text(project_toml(self.project, self.layers, self.zones), encoding="utf-8")
        return path

    def load(self) -> Layers:
        self.write()
        return load(read_project(self.folder), self.reader)


def codes(loaded: Layers, layer: str | None = None) -> Counter[str]:
    """How many problems of each code (of one layer)."""
    return Counter(one.code for one in loaded.problems if layer in (None, one.layer))


def blocking(loaded: Layers) -> set[tuple[str, str]]:
    return {(one.layer, one.code) for one in loaded.problems if one.blocking}


def problem(loaded: Layers, code: str, layer: str | None = None) -> object:
    """The one problem of this code."""
    (one,) = [p for p in loaded.problems if p.code == code and layer in (None, p.layer)]
    return one
