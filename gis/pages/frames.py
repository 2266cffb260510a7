"""A user's GeoDataFrame as what a map layer draws: WGS84 parts, classes with colours, plain text.

A frame is read and never changed. Text is returned as text; the layers show it as text nodes.
"""

from __future__ import annotations

import re
import tomllib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis import i18n
from gis.errors import InputError, Text
from gis.output_columns import codes_of, heading_of

if TYPE_CHECKING:
    import geopandas as gpd

MOST_CLASSES = 64  # ASSUME: nobody reads a legend of more entries
_MOST_KEYS = 256  # a field of points is one byte
_MERCATOR_LAT = 85.0511  # Leaflet's projection ends here [°]
# ASSUME: a CRS on one of these ellipsoids is Xi'an 1980 or Beijing 1954, whose parameters are not
# public; PROJ would leave its coordinates unchanged
_SECRET_AXES_M = (6_378_140.0, 6_378_245.0)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_POINTS, _LINES, _AREAS = (0,), (1, 2), (3,)  # shapely's type numbers; multi-geometries follow
_KINDS = {"households": _POINTS, "mains": _LINES, "areas": _AREAS}
_EXPECTED = {"households": "Point", "mains": "LineString", "areas": "Polygon"}
_LOOKS = {"computed": "approach", "runner_up": "approach", "kind": "gap_kind"}
_PALETTE = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#b3a100", "#7d858d")
_INKS = ("#2f78b0", "#9a6a00", "#00674b", "#8f4a70", "#00476f", "#8a3c00", "#6b6000", "#4d5661")
_HATCHES = ("diagonal", "dots", "grid", "back", "horizontal", "sparse", "wave", "none")
_MISSING = {"fill": "#ffffff", "ink": "#8a8f96", "hatch": "sparse"}
_MISSING_DOT = "#8a8f96"


@dataclass(frozen=True)
class FrameParts:
    """The parts of a frame's geometries in WGS84, and the row of the frame of each.

    parts  single Points, LineStrings or Polygons (n,), longitude and latitude [°]
    row    position of its row in the frame (n,), ascending
    """

    parts: NDArray[np.object_]
    row: NDArray[np.intp]

    def bounds(self) -> list[list[Any]]:
        """[[south, west], [north, east]], as Folium has them; None without parts."""
        if not len(self.parts):
            return [[None, None], [None, None]]
        west, south, east, north = (float(edge) for edge in shapely.total_bounds(self.parts))
        return [[south, west], [north, east]]


@dataclass(frozen=True)
class Classes:
    """The values of a column as classes: one look a class, the class of every row.

    looks  label and look (fill, ink, hatch, shape …) of each class
    code   class of every row of the frame (rows,)
    """

    looks: list[dict[str, Any]]
    code: NDArray[np.int64]

    def counted(self, parts: FrameParts) -> list[dict[str, Any]]:
        """The looks with the number of rows that are drawn in each."""
        counts = np.bincount(self.code[np.unique(parts.row)], minlength=len(self.looks))
        return [{**look, "count": int(n)} for look, n in zip(self.looks, counts, strict=True)]


def parts_of(frame: gpd.GeoDataFrame, layer: str) -> FrameParts:
    """The parts that `layer` draws, in WGS84.

    Args:
        frame: In any CRS; an empty one needs none.
        layer: households, areas, mains, gaps or names; the last two take any geometry.

    Raises:
        InputError: It is no GeoDataFrame, has no CRS, leaves the map, or has the wrong geometry.

    Warns:
        UserWarning: Some rows have no geometry.
    """
    shapes = _shapes(frame, layer)
    found = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if not found.all():
        numbers = {"found": int((~found).sum()), "rows": len(found)}
        warnings.warn(str(message("undrawn", layer, **numbers)), stacklevel=3)
    row = np.flatnonzero(found)
    parts = shapely.force_2d(shapes[row])
    while (shapely.get_type_id(parts) > _AREAS[0]).any():
        parts, of = shapely.get_parts(parts, return_index=True)
        row, filled = row[of], ~shapely.is_empty(parts)
        parts, row = parts[filled], row[filled]
    _check_places(frame, layer, parts, row)
    return _of_kind(frame, layer, parts, row)


def _shapes(frame: gpd.GeoDataFrame, layer: str) -> NDArray[np.object_]:
    """The geometries of `frame` in WGS84."""
    try:
        column, crs, _ = frame.geometry, frame.crs, frame.columns
    except AttributeError:
        found = type(frame).__name__
        raise InputError(message("not_a_frame", layer, found=found)) from None
    if crs is None:
        if len(frame):
            raise InputError(message("no_crs", layer))
        return np.array([], dtype=object)
    ellipsoid = None if crs.is_bound else crs.ellipsoid
    if ellipsoid is not None and ellipsoid.semi_major_metre in _SECRET_AXES_M:
        raise InputError(message("no_parameters", layer, crs=crs.name))
    return np.asarray(column.to_crs(4326), dtype=object)


def _check_places(
    frame: gpd.GeoDataFrame, layer: str, parts: NDArray[np.object_], row: NDArray[np.intp]
) -> None:
    box = shapely.bounds(parts).reshape(-1, 4)
    west, south, east, north = box.T
    on_map = np.isfinite(box).all(axis=1) & (west >= -180) & (east <= 180)
    on_map &= (south >= -_MERCATOR_LAT) & (north <= _MERCATOR_LAT)
    for n in np.flatnonzero(~on_map)[:1]:
        found = f"{west[n]:.6g}, {south[n]:.6g}"
        numbers = {"row": frame.index[row[n]], "found": found, "crs": frame.crs.to_string()}
        raise InputError(message("not_on_map", layer, **numbers))


def _of_kind(
    frame: gpd.GeoDataFrame, layer: str, parts: NDArray[np.object_], row: NDArray[np.intp]
) -> FrameParts:
    """The parts of the layer's kind; a row that has none of them is refused."""
    if layer not in _KINDS:
        return FrameParts(parts, row)
    fits = np.isin(shapely.get_type_id(parts), _KINDS[layer])
    for n in np.flatnonzero(~np.isin(row, row[fits]))[:1]:
        remedy = i18n.messages("map_layers")["remedy"][layer]
        numbers = {"row": frame.index[row[n]], "found": parts[n].geom_type}
        said = {"expected": _EXPECTED[layer], "remedy": remedy["zh"], "remedy_en": remedy["en"]}
        raise InputError(message("wrong_kind", layer, **numbers, **said))
    return FrameParts(parts[fits], row[fits])


def values_of(frame: gpd.GeoDataFrame, column: str, layer: str) -> pd.Series:
    """The values of a column, or of an index level of that name.

    Raises:
        InputError: There is no such column.
    """
    if column in frame.columns:
        return frame[column]
    if column in frame.index.names:
        return frame.index.get_level_values(column).to_series(index=frame.index)
    found = ", ".join(str(name) for name in frame.columns if name != frame.geometry.name) or "—"
    raise InputError(message("no_column", layer, column=column, found=found))


def texts_of(
    frame: gpd.GeoDataFrame, column: str, layer: str, lang: str, none: str = "—"
) -> list[str]:
    """The values of a column as readers see them: keys in words, `none` for a missing value.

    Raises:
        InputError: There is no such column.
    """
    words = words_for(column, lang)
    code, distinct = _distinct(values_of(frame, column, layer))
    texts = [words.get(str(value)) or as_text(value, lang) for value in distinct]
    return np.array([*texts, none], dtype=object)[code].tolist()


def _distinct(values: pd.Series) -> tuple[NDArray[np.intp], Sequence[Any]]:
    """The different values of a column, and which one each row has, -1 for none."""
    try:
        code, distinct = pd.factorize(values)
    except TypeError:  # lists
        gone = values.isna().to_numpy()
        return np.where(gone, -1, np.arange(len(values))), list(values)
    return code, list(distinct)


def numbers_of(frame: gpd.GeoDataFrame, column: str, layer: str) -> list[float | None]:
    """The values of a column of counts; None where there is none.

    Raises:
        InputError: There is no such column, or it holds something else than numbers from 0 on.
    """
    values = values_of(frame, column, layer)
    try:
        numbers = values.astype(float).to_numpy()
    except (TypeError, ValueError):
        numbers = np.array([-1.0])
    if (numbers < 0).any() or np.isinf(numbers).any():
        raise InputError(message("no_count", layer, column=column))
    return [None if np.isnan(number) else float(number) for number in numbers]


def as_text(value: object, lang: str) -> str:
    """A value as text: flags in words, numbers grouped, at most two decimals."""
    if isinstance(value, bool | np.bool_):
        return i18n.messages("map_layers")["word"]["yes" if value else "no"][lang]
    if isinstance(value, float | np.floating):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    text = "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate fits no file


def heading_for(column: str, lang: str) -> str:
    """The heading of a column: as declared, or its own name."""
    own = i18n.messages("map_layers")["heading"].get(column)
    if own:
        return own[lang]
    declared = heading_of(column)
    return declared.of(lang) if declared else as_text(column, lang)


def words_for(column: str, lang: str) -> dict[str, str]:
    """The words for the keys of a column; empty if it has none."""
    file, table = codes_of(column) or ("terms", look_table(column))
    pairs = i18n.messages(file).get(table, {})
    return {key: pair[lang] for key, pair in pairs.items() if isinstance(pair, Mapping)}


@dataclass(frozen=True)
class Style:
    """How classes look and are called.

    known    key → look, in the order of the legend
    words    key → label
    colours  key → "#rrggbb", before the known looks
    painted  what a colour paints: "fill" or, of lines, "ink"
    """

    known: Mapping[str, Mapping[str, Any]]
    words: Mapping[str, str]
    colours: Mapping[str, str]
    painted: str = "fill"

    def look(self, key: str, n: int, layer: str) -> dict[str, Any]:
        """The look of the n-th class.

        Raises:
            InputError: Its own colour is not written as #rrggbb.
        """
        at = n % len(_PALETTE)
        own = {"fill": _PALETTE[at], "ink": _INKS[at], "hatch": _HATCHES[at], "shape": n}
        if key in self.known:
            own |= {"shape": list(self.known).index(key), **self.known[key]}
        if key in self.colours:
            if not _COLOUR.fullmatch(str(self.colours[key])):
                raise InputError(message("bad_colour", layer, found=self.colours[key]))
            own[self.painted] = self.colours[key]
        return {"key": key, "label": as_text(self.words.get(key, key), "zh"), **own}


def classes_of(
    frame: gpd.GeoDataFrame, column: str, layer: str, style: Style, lang: str
) -> Classes:
    """The classes of a column, those with a known look first, then the others sorted.

    Args:
        frame: The rows.
        column: Of keys, words or numbers of few values.
        layer: households, areas, gaps or mains.
        style: How they look and are called.
        lang: zh or en.

    Raises:
        InputError: There is no such column, or it has too many values.
    """
    code, distinct = _distinct(values_of(frame, column, layer))
    keys = [*(as_text(value, lang) for value in distinct), ""]  # the last one of missing values
    present = {keys[n] for n in np.unique(code)} - {""}
    if len(present) > MOST_CLASSES:
        numbers = {"column": column, "found": len(present), "most": MOST_CLASSES}
        raise InputError(message("too_many", layer, **numbers))
    order = [key for key in style.known if key in present]
    order += sorted(present - set(order))
    looks = [style.look(key, n, layer) for n, key in enumerate(order)]
    if "" in {keys[n] for n in np.unique(code)}:
        no_value = i18n.messages("map_layers")["word"]["no_value"][lang]
        dot = {"fill": _MISSING_DOT} if layer == "households" else {}
        looks.append({"key": "", "label": no_value, "shape": 0, **_MISSING, **dot})
    number = {key: n for n, key in enumerate([*order, ""])}
    return Classes(looks, np.array([number[key] for key in keys], np.int64)[code])


def one_class(label: str, look: Mapping[str, Any], rows: int) -> Classes:
    """All rows as one class."""
    return Classes([{"key": "", "label": label, **look}], np.zeros(rows, np.int64))


def field_of(texts: Sequence[str], column: str) -> tuple[list[str], NDArray[np.int64]]:
    """The different texts of a column of points, and the text of every row as an index.

    Raises:
        InputError: They are more than a byte can number.
    """
    code, found = pd.factorize(np.array(texts, dtype=object), sort=True)
    if len(found) > _MOST_KEYS:
        numbers = {"column": column, "found": len(found), "most": _MOST_KEYS}
        raise InputError(message("too_many_fields", "households", **numbers))
    return found.tolist(), code.astype(np.int64)


def look_table(column: str) -> str:
    """The table of colours.toml for a column of keys."""
    return _LOOKS.get(column, column)


@cache
def looks(table: str) -> dict[str, Any]:
    """The declared looks of a table of colours.toml; empty if it has none."""
    declared: dict[str, Any] = tomllib.loads(i18n.template("colours.toml")).get(table, {})
    return declared


def layer_name(layer: str, lang: str) -> str:
    """What readers call a layer."""
    return i18n.messages("map_layers")["layer"][layer][lang]


def message(key: str, layer: str, **numbers: object) -> Text:
    """A message of [message] in both languages; `layer` is a key of [layer]."""
    texts = i18n.messages("map_layers")
    pair = texts["message"][key]
    return Text(
        *(pair[lang].format(layer=layer_name(layer, lang), **numbers) for lang in ("zh", "en"))
    )


def check_options(options: Mapping[str, object], known: Sequence[str], layer: str) -> None:
    """Refuse options that a layer does not have, and a language that it has no words in.

    Raises:
        InputError: There is one.
    """
    for found in [one for one in options if one not in known]:
        raise InputError(message("bad_option", layer, found=found, expected=", ".join(known)))
    lang = options.get("lang", "zh")
    if lang not in ("zh", "en"):
        raise InputError(message("bad_lang", layer, found=lang))
