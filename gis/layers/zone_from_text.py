"""Coal-ban zones described in words by a notice: dated polygons from units or rings of streets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import geopandas as gpd
import pandas as pd
import shapely
from shapely import Geometry, Point, Polygon
from shapely.ops import polygonize, unary_union

from gis.layers.problems import Finding, Number, Refusal
from gis.layers.project import ProjectConfig, WordedZone
from gis.layers.values import parse_date
from gis.layers.village_names import VillageNames

_WORDS = re.compile(r"(.+?)\s*([+-]\s*\d+(?:\.\d+)?)?\s*(?:米|m)?")
# ASSUME: two consecutive streets of a notice meet within this distance on the map
_GAP_M = 60.0
_TOUCH_M = 0.01


def ring_area(streets: tuple[str, ...], roads: gpd.GeoDataFrame) -> Polygon:
    """The area that a ring of streets encloses.

    Args:
        streets: Street names in order, each with an optional offset in metres: "+n" outward, "-n"
            inward.
        roads: The roads, with the column name.

    Raises:
        Refusal: A street is not among the roads, or the streets do not form a closed ring.
    """
    named = [_street(words, roads) for words in streets]
    middle = unary_union([line for line, _ in named]).convex_hull.centroid
    sides = [_offset(line, metres, middle) for line, metres in named]
    gap_m = _GAP_M + max(abs(metres) for _, metres in named)
    lines = [*sides, *_connectors(sides, gap_m, streets)]
    # noded on a fine grid, so that lines that nearly touch are connected
    faces = polygonize(shapely.union_all(lines, grid_size=_TOUCH_M))
    bounded = [face for face in faces if _touches_all(face, sides)]
    if not bounded:
        raise Refusal("ring_open", streets="、".join(streets))
    return max(bounded, key=lambda face: face.area)


def _street(words: str, roads: gpd.GeoDataFrame) -> tuple[Geometry, float]:
    """The line of a named street, and its offset [m]."""
    found = _WORDS.fullmatch(words.strip())
    whole = roads["name"] == words.strip()
    name, offset = (words.strip(), None) if whole.any() or not found else found.groups()
    lines = roads.loc[roads["name"] == name, "geometry"].dropna()
    if lines.empty:
        raise Refusal("street_unknown", street=str(name))
    metres = float(offset.replace(" ", "")) if offset else 0.0
    return shapely.line_merge(unary_union(list(lines))), metres


def _offset(line: Geometry, metres: float, middle: Point) -> Geometry:
    """The line offset by `metres` away from `middle`, or towards it if negative."""
    if not metres:
        return line
    parts = []
    for part in shapely.get_parts(line):
        sides = [part.offset_curve(metres), part.offset_curve(-metres)]
        sides.sort(key=middle.distance)
        parts.append(sides[1] if metres > 0 else sides[0])
    return unary_union(parts)


def _connectors(sides: list[Geometry], gap_m: float, streets: tuple[str, ...]) -> list[Geometry]:
    """Straight segments that close the gaps between each street and the next."""
    joints = []
    for place, side in enumerate(sides):
        after = (place + 1) % len(sides)
        metres = side.distance(sides[after])
        if metres > gap_m:
            raise Refusal("ring_gap", one=streets[place], other=streets[after], gap_m=metres)
        if metres > 0:
            joints.append(shapely.shortest_line(side, sides[after]))
    return joints


def _touches_all(face: Polygon, sides: list[Geometry]) -> bool:
    edge = face.exterior.buffer(_TOUCH_M)
    return all(edge.intersection(side).length > _TOUCH_M * 10 for side in sides)


AREA_TOLERANCE = 0.02  # of the stated area, which notices give to three figures
_DAYS = ("effective_on", "expires_on")


def add_zones(
    project: ProjectConfig, tables: dict[str, pd.DataFrame], names: VillageNames | None
) -> dict[str, list[Finding]]:
    """Add the zones of project.toml to `tables["coal_ban_zones"]`.

    Each zone gets the columns by_units (defined only by administrative units), unit_villages (the
    village codes it names, () for a drawn zone), worded (described in words) and stated_area_km2.

    Args:
        project: The project.
        tables: Layer → its rows, with geometry.
        names: The villages by name, None if they could not be read.

    Returns:
        "zones.<zone_id>" → what was found.
    """
    found: dict[str, list[Finding]] = {}
    built = []
    redrawn = _redrawn(project, tables)
    for zone in project.zones:
        findings = found.setdefault(f"zones.{zone.zone_id}", [])
        if (zone.zone_id, pd.Timestamp(zone.effective_on)) in redrawn:
            numbers: dict[str, Number] = {"rows": 1, "file": project.record.place}
            findings.append(Finding("record_holds", numbers=numbers))
            continue
        try:
            coded = _with_codes(zone, names, findings) if names else zone
            built.append(_zone_record(coded, tables))
            findings += _area_differs(zone, built[-1]["geometry"])
        except Refusal as refusal:
            # an unreadable layer already has its own problem
            if refusal.finding.numbers.get("layer") not in project.layers:
                findings.append(refusal.finding)
    frames = []
    if "coal_ban_zones" in tables:
        drawn = tables["coal_ban_zones"]
        no_units: list[tuple[str, ...]] = [()] * len(drawn)
        frames.append(drawn.assign(by_units=False, unit_villages=no_units, worded=False))
        duplicates = set(zip(drawn["zone_id"], drawn["effective_on"], strict=True)) & {
            (zone.zone_id, pd.Timestamp(zone.effective_on)) for zone in project.zones
        }
        for zone_id, _ in sorted(duplicates - redrawn):
            found[f"zones.{zone_id}"].append(Finding("zone_twice", value=zone_id))
    if built:
        frames.append(_frame(built, project.crs))
    if frames:
        whole = pd.concat(frames, ignore_index=True)
        stated = whole.get("stated_area_km2", float("nan"))
        whole["stated_area_km2"] = pd.Series(stated, index=whole.index, dtype=float)
        tables["coal_ban_zones"] = gpd.GeoDataFrame(whole, crs=frames[0].crs)
    return found


def _redrawn(
    project: ProjectConfig, tables: Mapping[str, pd.DataFrame]
) -> set[tuple[str, pd.Timestamp]]:
    """The id and first day of zones that are drawn in the office's own record."""
    drawn, rows = tables.get("coal_ban_zones"), project.record.tables.get("coal_ban_zones", ())
    if drawn is None or not rows:
        return set()
    whole = drawn[drawn.geometry.notna()]
    days = [(str(row["zone_id"]), parse_date(str(row["effective_on"]))) for row in rows]
    own = {(zone_id, pd.Timestamp(day)) for zone_id, day in days if day is not None}
    return own & set(zip(whole["zone_id"], whole["effective_on"], strict=True))


def _frame(records: list[dict[str, object]], crs: str) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(records, geometry="geometry", crs=crs)
    for column in _DAYS:
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[ns]")
    return frame


def _zone_record(zone: WordedZone, tables: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    units = _village_codes(zone, tables)
    shape = _shape(zone, units, tables)
    fields = ("zone_id", "zone", "effective_on", "expires_on", "document_no", "stated_area_km2")
    return {name: getattr(zone, name) for name in fields} | {
        "by_units": not zone.ring and not zone.include_built_up_area,
        "unit_villages": units,
        "worded": True,
        "geometry": shape,
    }


def _area_differs(zone: WordedZone, shape: Geometry) -> Iterator[Finding]:
    """Report a zone whose area is not the one that the notice states."""
    area_km2, stated = float(shape.area) / 1e6, zone.stated_area_km2
    if stated is not None and abs(area_km2 - stated) > AREA_TOLERANCE * stated:
        yield Finding("zone_area", numbers={"stated": stated, "built": area_km2})


def _with_codes(zone: WordedZone, names: VillageNames, findings: list[Finding]) -> WordedZone:
    """The zone with the codes of the units that it names; unknown and doubtful names are reported.

    A village may stand with its township before its name.
    """
    found: dict[str, tuple[str, ...]] = {}
    for key in ("include_townships", "include_villages", "exclude_villages"):
        find = names.township if key == "include_townships" else names.village
        matches = [(name, find(name)) for name in getattr(zone, key)]
        found[key] = tuple(match.code for _, match in matches if match.code)
        findings += [
            Finding(
                "zone_unknown_unit",
                value=name,
                numbers={"candidates": "、".join(match.candidates) or "—"},
            )
            for name, match in matches
            if not match.code
        ]
    return zone.model_copy(update=found)


def _village_codes(zone: WordedZone, tables: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """The codes of the villages that the zone names, without the excluded ones."""
    if not (zone.include_townships or zone.include_villages or zone.exclude_villages):
        return ()
    villages = _required_layer("villages", tables)
    codes, townships = villages["village_code"], villages["township_code"]
    chosen = townships.isin(zone.include_townships) | codes.isin(zone.include_villages)
    return tuple(sorted(codes[chosen & ~codes.isin(zone.exclude_villages)]))


def _required_layer(layer: str, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    if layer not in tables or "geometry" not in tables[layer]:
        raise Refusal("zone_needs_layer", layer=layer)
    return tables[layer]


def _shape(
    zone: WordedZone, units: tuple[str, ...], tables: Mapping[str, pd.DataFrame]
) -> Geometry:
    """The union of everything the zone includes, without the excluded villages."""
    parts = _areas(units, tables)
    if zone.include_built_up_area:
        parts += list(_required_layer("built_up_area", tables)["geometry"].dropna())
    if zone.ring:
        parts.append(ring_area(zone.ring, gpd.GeoDataFrame(_required_layer("roads", tables))))
    shape = unary_union(parts).difference(unary_union(_areas(zone.exclude_villages, tables)))
    if shape.is_empty:
        raise Refusal("zone_empty")
    return shape


def _areas(codes: tuple[str, ...], tables: Mapping[str, pd.DataFrame]) -> list[Geometry]:
    if not codes:
        return []
    villages = _required_layer("villages", tables)
    return list(villages.loc[villages["village_code"].isin(codes), "geometry"].dropna())
