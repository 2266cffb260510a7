"""nuantu.qgs: a QGIS project that shows nuantu.gpkg, which lies beside it.

Layers in drawing order, named in Chinese, styled as in the GeoPackage; the view is the city. The
path is relative, so that the folder can be moved. The same GeoPackage gives the same bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import Element, SubElement, fromstring, indent, tostring

from gis.report.print_layout import as_of_line
from gis.report.qml import DOCTYPE, VERSION

if TYPE_CHECKING:
    from gis.report.metadata import About

_BESIDE = "./nuantu.gpkg|layername="
_SHAPES = {"POINT": "Point", "LINESTRING": "Line", "POLYGON": "Polygon"}
# Layers that no page draws: there to be switched on.
_SWITCHED_OFF = frozenset({"transformers", "heat_coverage", "heat_density"})
_SIDES = ("xmin", "ymin", "xmax", "ymax")
_MARGIN = 0.03  # of the city's extent, around it
_LAYERS = """
SELECT c.table_name, c.identifier, g.geometry_type_name, s.styleQML,
    c.min_x, c.min_y, c.max_x, c.max_y
FROM gpkg_contents c JOIN gpkg_geometry_columns g USING (table_name)
    JOIN layer_styles s ON s.f_table_name = c.table_name
ORDER BY c.rowid"""
_CRS = """
SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys
WHERE srs_id = (SELECT MIN(srs_id) FROM gpkg_contents WHERE data_type = 'features')"""


class _Layer(NamedTuple):
    name: str
    title: str
    geometry: str
    style: str
    extent: Sequence[float]


class _Crs(NamedTuple):
    authority: str
    code: int
    wkt: str


def project_bytes(geopackage: bytes, about: About) -> bytes:
    """The project that shows `geopackage`, which `gis.report.geopackage` made."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(geopackage)
        layers, crs = _read(db)
    root = Element("qgis", version=VERSION, projectname=about.title.zh)
    root.set("saveDateTime", about.stamp.isoformat())
    SubElement(root, "homePath", path="")
    SubElement(root, "title").text = _title(about)
    if layers:
        _spatial_ref(SubElement(root, "projectCrs"), crs)
    _tree(root, layers)
    if layers:
        _view(root, layers, crs)
    drawn = SubElement(root, "projectlayers")
    for layer in layers:
        _map_layer(drawn, layer, crs)
    said = SubElement(root, "properties")
    SubElement(SubElement(said, "Paths"), "Absolute", type="bool").text = "false"
    SubElement(SubElement(said, "SpatialRefSys"), "ProjectionsEnabled", type="int").text = "1"
    indent(root, " ")
    return (DOCTYPE + tostring(root, encoding="unicode") + "\n").encode()


def _read(db: sqlite3.Connection) -> tuple[list[_Layer], _Crs]:
    crs = db.execute(_CRS).fetchone()
    if crs is None:  # nothing is drawn
        return [], _Crs("", 0, "")
    layers = [
        _Layer(name, title, kind, style, extent)
        for name, title, kind, style, *extent in db.execute(_LAYERS)
    ]
    return layers, _Crs(*crs)


def _title(about: About) -> str:
    said = (about.title.zh, as_of_line(about), about.nature.zh)
    return " · ".join(part for part in said if part)


def _tree(root: Element, layers: Iterable[_Layer]) -> None:
    """The list of layers, the uppermost first."""
    tree = SubElement(root, "layer-tree-group")
    for layer in layers:
        shown = "Qt::Unchecked" if layer.name in _SWITCHED_OFF else "Qt::Checked"
        SubElement(
            tree, "layer-tree-layer",
            id=_id(layer), name=layer.title, source=_BESIDE + layer.name, providerKey="ogr",
            checked=shown, expanded="0", legend_exp="",
        )  # fmt: skip


def _id(layer: _Layer) -> str:
    """QGIS drops a layer whose id has fewer than 11 characters."""
    return f"nuantu_gpkg_{layer.name}"


def _view(root: Element, layers: Iterable[_Layer], crs: _Crs) -> None:
    """The city is what is seen first, and again with "zoom full"."""
    own = {layer.name: layer.extent for layer in layers}
    west, south, east, north = own.get("villages") or next(iter(own.values()))
    margin = _MARGIN * max(east - west, north - south)
    city = (west - margin, south - margin, east + margin, north + margin)
    canvas = SubElement(root, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    SubElement(canvas, "units").text = "meters"
    _extent(canvas, city)
    SubElement(canvas, "rotation").text = "0"
    _spatial_ref(SubElement(canvas, "destinationsrs"), crs)
    whole = SubElement(SubElement(root, "ProjectViewSettings"), "DefaultViewExtent")
    for name, value in zip(_SIDES, city, strict=True):
        whole.set(name, repr(value))
    _spatial_ref(whole, crs)


def _map_layer(drawn: Element, layer: _Layer, crs: _Crs) -> None:
    shape = _SHAPES[layer.geometry.removeprefix("MULTI")]
    maplayer = SubElement(
        drawn, "maplayer", type="vector", geometry=shape, maxScale="0", minScale="0"
    )
    maplayer.set("hasScaleBasedVisibilityFlag", "0")
    maplayer.set("readOnly", "1")  # to begin editing changes the file, even if nothing is edited
    SubElement(maplayer, "id").text = _id(layer)
    SubElement(maplayer, "datasource").text = _BESIDE + layer.name
    SubElement(maplayer, "layername").text = layer.title
    _extent(maplayer, layer.extent)
    _spatial_ref(SubElement(maplayer, "srs"), crs)
    SubElement(maplayer, "provider", encoding="UTF-8").text = "ogr"
    style = fromstring(layer.style.removeprefix(DOCTYPE))  # noqa: S314  our own
    maplayer.set("labelsEnabled", style.get("labelsEnabled", "0"))
    maplayer.extend(style)


def _extent(maplayer: Element, bounds: Sequence[float]) -> None:
    extent = SubElement(maplayer, "extent")
    for name, value in zip(_SIDES, bounds, strict=True):
        SubElement(extent, name).text = repr(float(value))


def _spatial_ref(maplayer: Element, crs: _Crs) -> None:
    system = SubElement(maplayer, "spatialrefsys", nativeFormat="Wkt")
    SubElement(system, "wkt").text = crs.wkt
    if crs.authority.upper() == "EPSG":
        SubElement(system, "srid").text = str(crs.code)
        SubElement(system, "authid").text = f"EPSG:{crs.code}"
