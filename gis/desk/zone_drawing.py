"""A coal-ban zone is drawn on the map, or its line corrected, into the office's own record.

It takes the place of no other zone unless that one was opened to be corrected; a line that crosses
itself or lies elsewhere is refused, never mended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.api.project_file import day
from gis.desk.pages import back_to, step_text
from gis.errors import InputError, Text
from gis.layers.recorded_rows import CRS
from gis.layers.zone_from_text import AREA_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from gis.api.project import Project
    from gis.desk.pages import Pages

_MOST = 2000  # ASSUME: corners of a zone that somebody clicks; others are drawn in QGIS
_LARGEST_KM2 = 5000.0  # ASSUME: no county's zone is larger
_NUMBERS = re.compile(r"[-+]?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Standing:
    """A zone as it stands.

    key      its id and first day, by which it is opened
    corners  "x, y" in the project's CRS [m], a line each; "" where it is no single ring
    """

    key: str
    zone_id: str
    zone: str
    effective_on: str
    document_no: str
    area_km2: float
    corners: str


def standing_zones(tables: Mapping[str, Any]) -> list[Standing]:
    """Every version of every zone that has a shape."""
    zones = tables.get("coal_ban_zones")
    found = []
    for row in () if zones is None else zones.to_dict("records"):
        shape = row["geometry"]
        if shape is None or shape.is_empty or pd.isna(row["effective_on"]):
            continue
        on = f"{row['effective_on']:%Y-%m-%d}"
        number = row.get("document_no")
        found.append(
            Standing(
                f"{row['zone_id']}/{on}", str(row["zone_id"]), str(row["zone"]), on,
                "" if pd.isna(number) else str(number), float(shape.area) / 1e6, _corners(shape),
            )
        )  # fmt: skip
    return found


def _corners(shape: shapely.Geometry) -> str:
    """The corners of a single ring; "" for holes, several parts or too many corners."""
    parts = shapely.get_parts(shape)
    if len(parts) != 1 or parts[0].geom_type != "Polygon" or parts[0].interiors:
        return ""
    ring = shapely.get_coordinates(parts[0].exterior)[:-1]
    return "" if len(ring) > _MOST else "\n".join(f"{x:.2f}, {y:.2f}" for x, y in ring)


def draw_zone(_request: Request, pages: Pages, form: FormData) -> Response:
    """Enter a drawn zone in the office's own record."""
    told = {key: str(value).strip() for key, value in form.items()}
    with pages.desk.changing():
        project = pages.desk.known().project
        if project is None:
            raise InputError(Text("项目读不出来。", "The project cannot be read."))
        shape = _shape(told["corners"], project)
        on = day(told["effective_on"])
        zone_id = told["zone_id"]
        if not zone_id or not told["zone"]:
            zh, en = "要写禁煤区的名称和编号。", "give the zone a name and an id."
            raise InputError(Text(zh, en))
        stated = square_km(told.get("stated_area_km2", ""))
        _refuse_other(project, f"{zone_id}/{on}", told.get("replaces", ""))
        project.record.draw_zone(
            zone_id,
            told["zone"],
            shape,
            effective_on=on,
            document_no=told.get("document_no", ""),
            who=told["who"],
            why=told["why"],
        )
    pages.note(step_text("draw", "drawn", zone=told["zone"]))
    if stated is not None:
        km2 = float(gpd.GeoSeries([shape], crs=CRS).to_crs(project.crs).area.iloc[0]) / 1e6
        far = abs(km2 - stated) > AREA_TOLERANCE * stated
        pages.note(area_words(km2, stated), "warn" if far else "good")
    return back_to("/places", fragment="draw-h")


def square_km(text: str) -> float | None:
    """An area that was typed [km²]; None for a blank.

    Raises:
        InputError: It is no number, or not above 0.
    """
    if not text.strip():
        return None
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*", text)
    if not found or not float(found[1]) > 0:
        zh = f"面积“{text[:20]}”应是大于 0 的数，单位平方千米，如 12.5"
        en = f"the area {text[:20]!r} should be a number above 0 in km², such as 12.5"
        raise InputError(Text(zh, en))
    return float(found[1])


def area_words(km2: float, stated: float) -> Text:
    """The area of a zone on the map beside that of its notice, and how far they are apart."""
    by = km2 - stated
    numbers = {"area": f"{km2:.2f}", "stated": f"{stated:g}", "by": f"{by:+.2f}"}
    return step_text("places", "differs", **numbers, share=f"{by / stated:+.1%}")


def _refuse_other(project: Project, key: str, replaces: str) -> None:
    """Refuse a zone that would take the place of one that was not opened to be corrected."""
    inputs = project.inputs()
    stand = {one.key for one in standing_zones(inputs.tables)}
    stand |= {f"{one.zone_id}/{one.effective_on}" for one in inputs.project.zones}
    rows = project.record.rows("coal_ban_zones")
    stand |= {f"{row.zone_id}/{str(row.effective_on)[:10]}" for row in rows.itertuples()}
    if key in stand and key != replaces:
        number, on = key.rsplit("/", 1)
        zh = f"已有编号 {number}、{on} 生效的禁煤区，没有替换它。要改它，请先在下面选“改它的边界”。"
        en = (
            f"there is a zone {number} in force from {on}; it was not replaced. To correct it, "
            "open "
            "it below first."
        )
        raise InputError(Text(zh, en))


def _shape(text: str, project: Project) -> shapely.Polygon:
    """The drawn area in longitude and latitude (CGCS2000).

    Corners are degrees where all of them can be, else metres of the project's CRS.

    Raises:
        InputError: They are no area among the villages.
    """
    lines = [one for one in text.splitlines() if one.strip()]
    pairs = [_NUMBERS.findall(one) for one in lines]
    wrong = next((at for at, pair in enumerate(pairs, 1) if len(pair) != 2), 0)
    if wrong:
        zh = f"第 {wrong} 个拐点应是两个数，如 110.7035, 35.6042"
        en = f"corner {wrong} should be two numbers, such as 110.7035, 35.6042"
        raise InputError(Text(zh, en))
    if not 3 <= len(pairs) <= _MOST:
        zh = f"拐点应有 3 到 {_MOST} 个，这里是 {len(pairs)} 个；请在图上点出一圈。"
        en = f"an area needs 3 to {_MOST} corners, found {len(pairs)}; click them on the map."
        raise InputError(Text(zh, en))
    points = np.array(pairs, dtype=float)
    if not np.isfinite(points).all():
        points = np.zeros((3, 2))  # of no area
    degrees = bool((np.abs(points) <= (180, 90)).all())
    drawn = gpd.GeoSeries([shapely.Polygon(points)], crs=CRS if degrees else project.crs)
    _check(drawn.to_crs(project.crs).iloc[0], project)
    return drawn.to_crs(CRS).iloc[0]


def _check(drawn: shapely.Polygon, project: Project) -> None:
    villages = project.inputs().tables.get("villages")
    if not drawn.is_valid or not drawn.area > 0:
        zh = "这一圈自己相交或没有面积，没有保存；请把拐点按顺序点。"
        en = "the line crosses itself or encloses nothing: click its corners in order; not saved."
        raise InputError(Text(zh, en))
    among = villages is not None and drawn.intersects(shapely.box(*villages.total_bounds))
    if not among or drawn.area / 1e6 > _LARGEST_KM2:
        zh = "这一圈不在村界所在的地方，或大得不像禁煤区，没有保存；请核对坐标。"
        en = "not saved: the area is too large or not among the villages; check its coordinates."
        raise InputError(Text(zh, en))
