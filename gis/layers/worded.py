"""Coal-ban zones as their notices word them, built into dated polygons."""

from __future__ import annotations

import re
from collections.abc import Mapping

import geopandas as gpd
import pandas as pd
import shapely
from shapely import MultiPolygon, Polygon
from shapely.ops import polygonize, unary_union

from gis.errors import Problem
from gis.layers.findings import Finding, Refusal, problem
from gis.layers.project import Project, WordedZone

Table = pd.DataFrame
_STREET = re.compile(r"(.+?)\s*([+-]\s*\d+(?:\.\d+)?)?")
_AREA_TOLERANCE = 0.02  # of the stated area; a notice gives it to three figures
# ASSUME: a street is at most this far from the next one round the ring (unmapped junctions)
_GAP_M = 60.0


def add_zones(project: Project, tables: dict[str, Table], found: list[Problem]) -> None:
    """Put the zones of project.toml beside those of the layer, in `tables["coal_ban_zones"]`."""
    built = []
    for zone in project.zones:
        findings: list[Finding] = []
        try:
            built.append(_record(zone, tables, findings))
        except Refusal as refusal:
            findings.append(refusal.finding)
        found.extend(problem(f"zones.{zone.zone_id}", one) for one in findings)
    drawn = tables.get("coal_ban_zones")
    if drawn is not None:
        drawn = drawn.assign(by_units=False, unit_villages=[()] * len(drawn), worded=False)
    frames = [frame for frame in (drawn, _frame(built, project.crs)) if frame is not None]
    if frames:
        whole = pd.concat(frames, ignore_index=True)
        stated = whole["stated_area_km2"] if "stated_area_km2" in whole else float("nan")
        whole["stated_area_km2"] = pd.Series(stated, index=whole.index, dtype=float)
        tables["coal_ban_zones"] = gpd.GeoDataFrame(whole, crs=frames[0].crs)


def _frame(records: list[dict[str, object]], crs: str) -> gpd.GeoDataFrame | None:
    if not records:
        return None
    frame = gpd.GeoDataFrame(records, geometry="geometry", crs=crs)
    for column in ("effective_on", "expires_on"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[ns]")
    return frame


def _record(
    zone: WordedZone, tables: Mapping[str, Table], findings: list[Finding]
) -> dict[str, object]:
    villages = tables.get("villages")
    units = _units(zone, villages, findings)
    shape = _shape(zone, units, tables)
    if zone.stated_area_km2 is not None:
        area = shape.area / 1e6
        if abs(area - zone.stated_area_km2) > _AREA_TOLERANCE * zone.stated_area_km2:
            numbers = {"stated": zone.stated_area_km2, "built": float(area)}
            findings.append(Finding("zone_area", numbers=numbers))
    by_units = not zone.ring and not zone.include_built_up_area
    return {
        "zone_id": zone.zone_id,
        "zone": zone.zone,
        "effective_on": zone.effective_on,
        "expires_on": zone.expires_on,
        "document_no": zone.document_no,
        "by_units": by_units,
        "unit_villages": units if by_units else (),
        "worded": True,
        "stated_area_km2": zone.stated_area_km2,
        "geometry": shape,
    }


def _units(zone: WordedZone, villages: Table | None, findings: list[Finding]) -> tuple[str, ...]:
    """The codes of the villages that the zone names, exclusions taken out."""
    named = (*zone.include_townships, *zone.include_villages, *zone.exclude_villages)
    if not named:
        return ()
    if villages is None:
        raise Refusal("zone_needs_layer", layer="villages")
    codes, townships = villages["village_code"], villages["township_code"]
    for code in named:
        if not (codes == code).any() and not (townships == code).any():
            findings.append(Finding("zone_unknown_unit", value=code))
    chosen = townships.isin(zone.include_townships) | codes.isin(zone.include_villages)
    return tuple(sorted(codes[chosen & ~codes.isin(zone.exclude_villages)]))


def _shape(
    zone: WordedZone, units: tuple[str, ...], tables: Mapping[str, Table]
) -> Polygon | MultiPolygon:
    parts = []
    villages = tables.get("villages")
    if villages is not None and "geometry" in villages:
        parts += list(villages.loc[villages["village_code"].isin(units), "geometry"].dropna())
    if zone.include_built_up_area:
        if "built_up_area" not in tables:
            raise Refusal("zone_needs_layer", layer="built_up_area")
        parts += list(tables["built_up_area"]["geometry"].dropna())
    if zone.ring:
        parts.append(_ring(zone.ring, tables.get("roads")))
    whole = unary_union(parts)
    if villages is not None and "geometry" in villages and zone.exclude_villages:
        out = villages.loc[villages["village_code"].isin(zone.exclude_villages), "geometry"]
        whole = whole.difference(unary_union(list(out.dropna())))
    if whole.is_empty:
        raise Refusal("zone_empty")
    return whole


def _ring(streets: tuple[str, ...], roads: Table | None) -> Polygon:
    """The area that the streets enclose, each moved outward (+) or inward (-) by its metres."""
    if roads is None:
        raise Refusal("zone_needs_layer", layer="roads")
    lines = [_street(words, roads) for words in streets]
    middle = unary_union([line for line, _ in lines]).convex_hull.centroid
    moved = [_moved(line, metres, middle) for line, metres in lines]
    reached = [line.buffer(_GAP_M, cap_style="square") for line in moved]
    faces = list(polygonize(unary_union([*moved, *_joints(moved)])))
    inner = [face for face in faces if face.covers(middle)]
    if not inner or not all(face.intersects(near) for near in reached for face in inner):
        raise Refusal("ring_open", streets="、".join(streets))
    return inner[0]


def _street(words: str, roads: Table) -> tuple[shapely.Geometry, float]:
    found = _STREET.fullmatch(words.strip())
    name = found[1] if found else words
    metres = float(found[2].replace(" ", "")) if found and found[2] else 0.0
    lines = roads.loc[roads["name"] == name, "geometry"].dropna()
    if lines.empty:
        raise Refusal("street_unknown", street=name)
    return shapely.line_merge(unary_union(list(lines))), metres


def _moved(line: shapely.Geometry, metres: float, middle: shapely.Point) -> shapely.Geometry:
    """The line moved away from `middle` by `metres` (towards it when negative)."""
    if not metres:
        return line
    sides = [line.offset_curve(metres), line.offset_curve(-metres)]
    sides.sort(key=middle.distance)
    return sides[1] if metres > 0 else sides[0]


def _joints(lines: list[shapely.Geometry]) -> list[shapely.Geometry]:
    """Short straight pieces that close the gaps between a street and the next one."""
    pairs = zip(lines, [*lines[1:], *lines[:1]], strict=True)
    return [
        shapely.shortest_line(one, other)
        for one, other in pairs
        if 0 < one.distance(other) <= _GAP_M
    ]
