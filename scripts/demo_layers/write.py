"""Writes the layers in an office's file formats; the same seed gives the same bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
import xlsxwriter
from pyproj import Transformer

from demo_layers.ground import CRS

NOTE = "合成演示数据，非真实资料 / synthetic demonstration data, not real"
_DAY = datetime(2024, 10, 31, tzinfo=UTC)


def csv(table: pd.DataFrame, path: Path) -> None:
    """A CSV as an office's spreadsheet saves it: GB18030, CRLF."""
    text = table.to_csv(index=False, lineterminator="\r\n")
    path.write_bytes(text.encode("gb18030"))


def geopackage(table: gpd.GeoDataFrame, path: Path, layer: str) -> None:
    """A GeoPackage with fixed timestamps; its description states that it is synthetic."""
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2024-10-31T00:00:00.000Z"})
    try:
        pyogrio.write_dataframe(
            table, path, driver="GPKG", layer=layer, layer_options={"DESCRIPTION": NOTE},
            dataset_metadata={"NOTE": NOTE},
        )  # fmt: skip
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def shapefile(table: gpd.GeoDataFrame, path: Path) -> None:
    """A shapefile in GB18030 with a .cpg."""
    for old in path.parent.glob(path.stem + ".*"):
        old.unlink()
    pyogrio.write_dataframe(
        table, path, driver="ESRI Shapefile", encoding="GB18030",
        layer_options={"DBF_DATE_LAST_UPDATE": "2024-10-31"},
    )  # fmt: skip


def geojson(table: gpd.GeoDataFrame, path: Path) -> None:
    """GeoJSON in degrees, with a member that states that it is synthetic."""
    features = [
        {
            "type": "Feature",
            "properties": row.drop("geometry").to_dict(),
            "geometry": shapely.geometry.mapping(degrees(row.geometry)),
        }
        for _, row in table.iterrows()
    ]
    whole = {"type": "FeatureCollection", "note": NOTE, "features": features}
    path.write_bytes(json.dumps(whole, ensure_ascii=False).encode())


def kml(area: shapely.Polygon, path: Path, name: str) -> None:
    """One polygon as KML."""
    ring = " ".join(f"{x},{y},0" for x, y in degrees(area).exterior.coords)
    path.write_bytes(
        f"""<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>{name}</name>
<description>{NOTE}</description>
<Placemark><name>{name}</name><description>{NOTE}</description>
<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing>
</outerBoundaryIs></Polygon>
</Placemark></Document></kml>
""".encode()
    )


def degrees(geometry: shapely.Geometry) -> shapely.Geometry:
    """Metres in the working CRS to degrees, rounded to about a decimetre."""
    to = Transformer.from_crs(CRS, "EPSG:4490", always_xy=True).transform
    return shapely.transform(
        geometry, lambda x, y: [c.round(6) for c in to(x, y)], interleaved=False
    )


def workbook(table: pd.DataFrame, path: Path, title: str, merge: str = "") -> None:
    """A sheet with a merged title, a merged note, the headings in row 3, and codes as text.

    merge: a column whose runs of equal values are merged vertically.
    """
    book = xlsxwriter.Workbook(path, {"in_memory": True})
    book.set_properties({"title": title, "comments": NOTE, "created": _DAY})
    centred = book.add_format({"align": "center", "valign": "vcenter", "bold": True})
    sheet = book.add_worksheet("台账")
    last = len(table.columns) - 1
    sheet.merge_range(0, 0, 0, last, title, centred)
    sheet.merge_range(1, 0, 1, last, NOTE, centred)
    for column, name in enumerate(table.columns):
        sheet.write_string(2, column, name, centred)
        if name == merge:
            _merged(sheet, table[name].tolist(), column, centred)
            continue
        for row, value in enumerate(table[name].tolist(), 3):
            if isinstance(value, str):
                if value:
                    sheet.write_string(row, column, value)
            elif pd.notna(value):
                sheet.write_number(row, column, value)
    sheet.freeze_panes(3, 0)
    book.close()


def _merged(
    sheet: xlsxwriter.worksheet.Worksheet, values: list[str], column: int, form: object
) -> None:
    start = 0
    for row in range(1, len(values) + 1):
        if row == len(values) or values[row] != values[start]:
            if row - start > 1:
                sheet.merge_range(start + 3, column, row + 2, column, values[start], form)
            else:
                sheet.write_string(start + 3, column, values[start])
            start = row
