"""Public shapes of villages: no shape represents fewer homes than the minimum number.

Villages that are counted together are drawn as one shape. A village without a boundary, whose area
was derived from the locations of homes, is drawn as squares that each contain enough homes. The
squares stay the same as long as they do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import shape

from gis.disclosure.rounding import Group
from gis.editions.geometry import Collection, features_of
from gis.layers import to_wgs84

if TYPE_CHECKING:
    from gis.disclosure.rounding import Counts, RoundingRule
    from gis.editions.run_results import Results

# ASSUME: a village's location is shown by squares of the smallest of these sides for which squares
# with enough homes contain half of its homes; a village without such squares is not drawn.
_SIDES_M = (200, 400, 800, 1600)
_MOST_OF = 0.5
_DERIVED = "area_derived"
Square = tuple[int, int, int]  # side [m], column, line


def public_areas(
    ground: Mapping[str, Collection], results: Results, groups: Sequence[Group], counts: Counts
) -> dict[str, Collection]:
    """`ground`, the planner's geometry, with the shapes that may be published.

    counts: stores which squares were drawn.
    """
    derived = derived_villages(results)
    own = _Shapes.of(ground, results, derived, counts)
    drawn = {head: own.together(members) for head, members in _drawn(groups, own)}
    shapes = {code: one for code, one in sorted(drawn.items()) if one is not None}
    seen = {
        **ground,
        "villages": features_of([({"code": code}, one) for code, one in shapes.items()]),
    }
    if derived:
        seen["townships"] = _townships(ground["townships"], results, shapes)
        whole = shapely.union_all(list(shapes.values()))
        seen["outline"] = features_of([({}, whole)] if shapes else [])
    if derived and "zones" in ground:
        seen["zones"] = _zones(ground["zones"], results, derived)
    return seen


def derived_villages(results: Results) -> frozenset[str]:
    """The villages whose area was derived from the locations of homes."""
    villages = results.layers.tables["villages"]
    if _DERIVED not in villages:
        return frozenset()
    return frozenset(villages.loc[villages[_DERIVED], "village_code"])


@dataclass(frozen=True)
class _Shapes:
    """The shapes of villages by code in WGS84, and the data to build derived ones."""

    homes: Mapping[str, int]
    bordered: Mapping[str, shapely.Geometry]
    places: Mapping[str, pd.DataFrame]
    crs: str
    counts: Counts

    @classmethod
    def of(
        cls,
        ground: Mapping[str, Collection],
        results: Results,
        derived: frozenset[str],
        counts: Counts,
    ) -> _Shapes:
        """Collect the shapes of a run; places: x and y [m] of homes without village boundaries."""
        towns, homes = results.facts.villages, results.facts.households
        sizes = dict(zip(towns["village_code"], towns["households"].astype(int), strict=True))
        bordered = {
            one["properties"]["code"]: shape(one["geometry"])
            for one in ground["villages"]["features"]
            if one["properties"]["code"] not in derived
        }
        placed = homes["village_code"].isin(derived) & (homes["status"] == "placed")
        mine = homes.loc[placed, ["village_code", "x", "y"]]
        places = {str(code): one[["x", "y"]] for code, one in mine.groupby("village_code")}
        return cls(sizes, bordered, places, results.project.crs, counts)

    def together(self, members: Sequence[str]) -> shapely.Geometry | None:
        """The shape of villages that are drawn as one; None if nothing may be drawn."""
        parts = [self.bordered[code] for code in members if code in self.bordered]
        loose = [self.places[code] for code in members if code in self.places]
        if loose:
            parts += self._boxes(members[0], pd.concat(loose))
        return shapely.union_all(parts) if parts else None

    def _boxes(self, code: str, places: pd.DataFrame) -> list[shapely.Geometry]:
        before = [tuple(one) for one in self.counts.past.said.get(f"squares:{code}", ())]
        chosen = squares(places, self.counts.rule, before)
        self.counts.said[f"squares:{code}"] = [list(one) for one in chosen]
        boxes = [
            shapely.box(column * side, line * side, (column + 1) * side, (line + 1) * side)
            for side, column, line in chosen
        ]
        drawn = gpd.GeoDataFrame(geometry=boxes, crs=self.crs)
        return list(to_wgs84(drawn).geometry.to_numpy()) if boxes else []


def squares(
    places: pd.DataFrame, rule: RoundingRule, before: Sequence[tuple[int, ...]]
) -> list[Square]:
    """The squares that represent homes at `places`; [] if no squares have enough homes.

    Args:
        places: x and y [m] of the homes.
        rule: The rounding rule, with the minimum number of homes.
        before: The squares drawn before, kept while each has the minimum number of homes.
    """
    if before:
        side = int(before[0][0])
        now = _counted(places, side)
        if all(now.get((side, column, line), 0) >= rule.least for _, column, line in before):
            return [(side, int(column), int(line)) for _, column, line in before]
    for side in _SIDES_M:
        now = _counted(places, side)
        # More than the minimum, so that losing one home removes no square.
        kept = {at: n for at, n in now.items() if n >= rule.least + rule.hysteresis}
        if sum(kept.values()) >= _MOST_OF * len(places):
            return sorted(kept)
    return []


def _counted(places: pd.DataFrame, side: int) -> dict[Square, int]:
    at = np.floor(places[["x", "y"]].to_numpy(float) / side).astype(int)
    cells, sizes = np.unique(at, axis=0, return_counts=True)
    return {
        (side, int(column), int(line)): int(n)
        for (column, line), n in zip(cells, sizes, strict=True)
    }


def _drawn(groups: Sequence[Group], own: _Shapes) -> Iterator[tuple[str, list[str]]]:
    """The code of each drawn shape, and the villages it consists of, that village first.

    Villages counted together are drawn together. A village drawn alone as soon as it reaches the
    minimum number would reveal the home with which it did.
    """
    for group in groups:
        sizes = {code: own.homes[code] for code in group}
        if sum(sizes.values()) >= own.counts.rule.least:
            head = own.counts.head(group, sizes)
            yield head, [head, *(code for code in group if code != head)]


def _townships(
    townships: Collection, results: Results, shapes: Mapping[str, shapely.Geometry]
) -> Collection:
    """The townships dissolved from the drawn shapes."""
    towns, rows = results.facts.villages.set_index("village_code")["township_code"], []
    for one in townships["features"]:
        code = one["properties"]["code"]
        mine = [drawn for village, drawn in shapes.items() if towns[village] == code]
        if mine:
            rows.append((one["properties"], shapely.union_all(mine)))
    return features_of(rows)


def _zones(zones: Collection, results: Results, derived: frozenset[str]) -> Collection:
    """The zones without those that consist of derived village areas."""
    table = results.facts.zones
    named = table["unit_villages"] if "unit_villages" in table else [()] * len(table)
    hidden = {
        zone
        for zone, units in zip(table["zone_id"], named, strict=True)
        if derived.intersection(units)
    }
    kept = [one for one in zones["features"] if one["properties"]["zone_id"] not in hidden]
    return {**zones, "features": kept}


def middles(ground: Mapping[str, Collection]) -> dict[str, tuple[float, float]]:
    """village_code → a point inside its drawn shape, longitude and latitude."""
    found = {}
    for one in ground["villages"]["features"]:
        at = shapely.point_on_surface(shape(one["geometry"]))
        found[one["properties"]["code"]] = (round(at.x, 6), round(at.y, 6))
    return found
