"""nuantu.gpkg: the layers of the planner's maps in the project's metric CRS, styled for QGIS.

GeoPackage 1.3, because older QGIS refuses 1.4. Equal layers give equal bytes: every time in the
file is the as-of date, and the finished file is vacuumed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from gis import i18n
from gis.costs.heat_demand import GRID_M, heat_by_hectare
from gis.facts.buildings import Buildings
from gis.output_columns import village_sources
from gis.pages.drawn_layers import DRAWN
from gis.report.metadata import About, larger_part
from gis.report.monthly import gap_table
from gis.report.output_tables import household_columns, village_columns, yuan
from gis.report.qml import style_of

if TYPE_CHECKING:
    from gis.report.metadata import RunResults

_NOTHING = pd.DataFrame({"note": ["没有要素 / no features"]})
_STYLES = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
    f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)"""
# From the top down, as the pages draw them: QGIS adds a file's layers so.
_ORDER = tuple(one.layer for one in reversed(DRAWN) if one.layer)


def geopackage_bytes(layers: Mapping[str, gpd.GeoDataFrame], about: About) -> bytes:
    """A GeoPackage of `layers` by name, in their order and with styles, without empty layers.

    layers: geometry in one metric CRS; each must have one kind of geometry.
    """
    pyogrio.set_gdal_config_options({"OGR_SQLITE_SYNCHRONOUS": "OFF"})  # it is read back at once
    with TemporaryDirectory(prefix="nuantu-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "nuantu.gpkg"
        drawn = {name: layer for name, layer in layers.items() if len(layer)}
        for name, layer in drawn.items():
            _add(path, name, layer)
        if not drawn:
            pyogrio.write_dataframe(_NOTHING, path, layer="notes", driver="GPKG", VERSION="1.3")
        _finish(path, about, drawn)
        return _uncounted(path.read_bytes())


def _add(path: Path, name: str, layer: gpd.GeoDataFrame) -> None:
    layer.to_file(
        path, layer=name, driver="GPKG", engine="pyogrio", use_arrow=True, VERSION="1.3",
        layer_options={"IDENTIFIER": title_of(name)},
    )  # fmt: skip


def title_of(layer: str) -> str:
    """The Chinese name of a layer."""
    own, terms = i18n.messages("report")["map_layers"], i18n.messages("terms")["layer"]
    said = own.get(layer) or terms.get(layer)
    return str(said["zh"]) if said else layer


def _finish(path: Path, about: About, drawn: Mapping[str, gpd.GeoDataFrame]) -> None:
    stamp = about.stamp.strftime("%Y-%m-%dT00:00:00.000Z")
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("UPDATE gpkg_contents SET last_change = ?", (stamp,))
        if about.demonstration:
            db.execute("UPDATE gpkg_contents SET description = ?", (about.nature.zh,))
        if drawn:
            _show_city(db, drawn)
            _add_styles(db, stamp, quiet_route(drawn))
        db.commit()
        db.execute("VACUUM")


def _show_city(db: sqlite3.Connection, drawn: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Set the extent of the households to those in the city; a misplaced one may be anywhere.

    The extent only sets the first view. All rows are read.
    """
    if not {"villages", "households"} <= drawn.keys():
        return
    west, south, east, north = drawn["villages"].total_bounds
    inside = drawn["households"].geometry.cx[west:east, south:north]
    if len(inside):
        bounds = [float(value) for value in inside.total_bounds]
        said = "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?"
        db.execute(f"{said} WHERE table_name = 'households'", bounds)


def _uncounted(content: bytes) -> bytes:
    """The file with a constant write counter, because SQLite's own is not reproducible.

    Bytes 24 and 92 of the header must agree, https://www.sqlite.org/fileformat.html.
    """
    once = (1).to_bytes(4, "big")
    return content[:24] + once + content[28:92] + once + content[96:]


def _add_styles(db: sqlite3.Connection, stamp: str, quiet: str) -> None:
    db.execute(_STYLES)
    db.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)"
        " VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
        (stamp,),
    )
    drawn = db.execute(
        "SELECT table_name, column_name, geometry_type_name FROM gpkg_geometry_columns"
    )
    for name, column, kind in drawn.fetchall():
        told = db.execute("SELECT name, type FROM pragma_table_info(?)", (name,)).fetchall()
        fields = {field: of for field, of in told if field != column}
        qml = style_of(name, kind, fields, quiet)
        db.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
            " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner,"
            " ui, update_time) VALUES ('', '', ?, ?, ?, ?, '', 1, '', '', NULL, ?)",
            (name, column, name, qml, stamp),
        )


def quiet_route(layers: Mapping[str, pd.DataFrame]) -> str:
    """The most frequent route if at least 40 % of villages have it, else "", as on the pages."""
    villages = layers.get("villages")
    if villages is None or "approach" not in villages:
        return ""
    counted = villages["approach"].value_counts()
    many = len(counted) and counted.iloc[0] * 5 >= len(villages) * 2
    return str(counted.index[0]) if many else ""


_AS_READ = tuple(one.layer for one in DRAWN if one.layer and not one.computed)
_TOWNSHIP = ["township_code", "township", "geometry"]
_JUDGED = ("verdict", "inside", "cleared", "not_cleared", "unknown", "undecidable")


def twin_layers(run: RunResults) -> dict[str, gpd.GeoDataFrame]:
    """Layer name → features, from the top down; the ledger's personal columns are in none.

    Households are left out where the facts have no locations of theirs, as of a whole province.
    """
    tables = run.layers.tables
    ground = {
        name: tables[name].drop(columns="unread", errors="ignore")
        for name in _AS_READ
        if name in tables
    }
    villages = _villages(run)
    drawn = {
        **ground,
        "villages": villages,
        "townships": dissolved(villages, "township_code")[_TOWNSHIP],
        "outline": dissolved(villages)[["geometry"]],
        "heat_density": _heat_density(run),
        "heat_extension": _mains(run),
        "coal_ban_zones": _zones(run),
        "transformer_loads": load_layer(run),
        "gaps": _gaps(run),
        "households": _households(run) if "x" in run.facts.households else None,
    }
    kept = {
        name: _known(layer) for name, layer in drawn.items() if isinstance(layer, gpd.GeoDataFrame)
    }
    return {name: kept[name] for name in _ORDER if name in kept}


def dissolved(villages: gpd.GeoDataFrame, by: str | None = None) -> gpd.GeoDataFrame:
    """The areas of villages as one, or one for each value of column `by`."""
    whole = villages.assign(geometry=shapely.make_valid(villages.geometry.to_numpy()))
    return whole.dissolve(by=by, as_index=False) if by else whole.dissolve()


def _villages(run: RunResults) -> gpd.GeoDataFrame:
    """Columns of the layer, then the declared ones; for a split village those of its larger part.

    A declared column of the layer's own name takes its place. `households` counts the whole
    village.
    """
    tables: Mapping[str, Any] = run.layers.tables
    decided = larger_part(run.decisions.villages).drop(columns="households")
    told = village_columns(decided, run, village_sources("map"))
    told.index = pd.Index(decided["village_code"])
    others = tables["villages"].drop(columns=told.columns, errors="ignore")
    shown = others.join(told, on="village_code")
    return shown.sort_values("village_code", ignore_index=True)


def _zones(run: RunResults) -> gpd.GeoDataFrame:
    judged = run.clearance.zones.set_index("zone_id")[list(_JUDGED)]
    zones = run.facts.zones.drop(columns=["unit_villages", *_JUDGED], errors="ignore")
    return zones.join(judged, on="zone_id")


def _mains(run: RunResults) -> gpd.GeoDataFrame | None:
    """The proposed mains, one row per run between junctions; None if there are none."""
    if run.extension is None or not len(run.extension.branches):
        return None
    return run.extension.branches.set_crs(run.project.crs)


def _heat_density(run: RunResults) -> gpd.GeoDataFrame | None:
    """Squares of a hectare with the annual heat of their dwellings; None without buildings."""
    buildings = Buildings.of(run.layers.tables.get("buildings"), run.policy)
    if buildings is None or not len(buildings.shapes):
        return None
    table = heat_by_hectare(buildings, run.policy)
    x, y = table.pop("x").to_numpy(), table.pop("y").to_numpy()
    squares = shapely.box(x, y, x + GRID_M, y + GRID_M)
    return gpd.GeoDataFrame(table, geometry=squares, crs=run.project.crs)


def load_layer(run: RunResults) -> gpd.GeoDataFrame | None:
    """Where transformers stand, with their loads [kVA; yuan], by transformer_id.

    None without such places, or where the facts have no households, as of a whole province.
    """
    grid = run.layers.tables.get("transformers")
    if grid is None or "transformer_id" not in run.facts.households:
        return None
    table = run.transformer_loads
    told = table.assign(works_cny=yuan(table["works_fen"].astype("Int64")))
    told = told.drop(columns="works_fen").rename(
        columns={"basis": "load_basis", "works": "grid_works"}
    )
    at = grid.set_index("transformer_id").geometry.centroid
    drawn = told.set_geometry(at.reindex(told["transformer_id"]).set_axis(told.index))
    kept = drawn[drawn.geometry.notna() & ~drawn.geometry.is_empty]
    return kept.sort_values("transformer_id", ignore_index=True) if len(kept) else None


def _gaps(run: RunResults) -> gpd.GeoDataFrame:
    table = gap_table(run.gaps)
    at = run.gaps.sort_values("rank", ignore_index=True)
    return gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy(at["x"], at["y"], crs=run.project.crs)
    )


def _households(run: RunResults) -> gpd.GeoDataFrame:
    table = household_columns(run, "map")
    at = run.facts.households[["x", "y"]]
    here = at["x"].notna() & at["y"].notna() & (table["status"] != "rejected")
    points = gpd.points_from_xy(at.loc[here, "x"], at.loc[here, "y"], crs=run.project.crs)
    return gpd.GeoDataFrame(table[here].reset_index(drop=True), geometry=points)


def _known(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Only columns of one plain type; other contents of a layer are left out."""
    plain = [
        name
        for name in layer.columns
        if name == layer.geometry.name
        or pd.api.types.is_numeric_dtype(layer[name])
        or pd.api.types.is_bool_dtype(layer[name])
        or pd.api.types.is_datetime64_any_dtype(layer[name])
        or pd.api.types.infer_dtype(layer[name], skipna=True) in ("string", "empty")
    ]
    shaped = layer[~layer.geometry.isna() & ~layer.geometry.is_empty]
    return shaped[plain].reset_index(drop=True)
