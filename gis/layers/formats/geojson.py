"""GeoJSON, parsed strictly: no duplicate keys, no rounded numbers, limited nesting."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from gis.layers.formats.encodings import decode
from gis.layers.problems import Finding, Refusal
from gis.layers.raw_table import RawTable, Request, texts


def columns_of(
    features: Sequence[Mapping[str, str | None]], findings: list[Finding]
) -> dict[str, pa.Array]:
    """Properties of features as columns; a key that few features have is reported.

    Args:
        features: The properties of each feature.
        findings: Findings are added to it.

    Returns:
        One column for each key.
    """
    counts = Counter(key for feature in features for key in feature)
    for key, count in counts.items():
        if 2 * count < len(features):
            numbers = {"features": count, "all": len(features)}
            findings.append(Finding("rare_key", None, "", key, numbers))
    return {key: texts([feature.get(key) for feature in features]) for key in counts}


_WRONG = (shapely.errors.GEOSException, AttributeError, KeyError, TypeError, ValueError)
# levels of lists above the lists of positions
_DEPTHS = {"Polygon": 1, "MultiLineString": 1, "MultiPolygon": 2}
_AREAS = ("Polygon", "MultiPolygon")
_PARTS = {"type", "properties", "geometry"}


class _Exact(str):
    """A JSON number as the text that was written."""

    __slots__ = ()


def read(path: Path, request: Request) -> RawTable:
    """The features of a FeatureCollection; row numbers count them from 1.

    Raises:
        Refusal: The file is not JSON or not GeoJSON, has a duplicate key, or is nested too deeply.
    """
    text, encoding = decode(path.read_bytes(), request.encoding)
    document = _parse(text)
    features = _features(document)
    properties = [
        {key: _text(value) for key, value in (feature.get("properties") or {}).items()}
        for feature in features
    ]
    findings = [
        Finding("feature_incomplete", row)
        for row, feature in enumerate(features, 1)
        if not feature.keys() >= _PARTS or feature["type"] != "Feature"
    ]
    columns = columns_of(properties, findings)
    wkb = [_wkb(feature.get("geometry"), row, findings) for row, feature in enumerate(features, 1)]
    rows = range(1, len(features) + 1)
    return RawTable(columns, rows, wkb, _crs(document), encoding, findings)


def _parse(text: str) -> Any:  # noqa: ANN401  JSON is anything
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_int=_Exact,
            parse_float=_Exact,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        raise Refusal("not_json", line=error.lineno) from error
    except RecursionError:
        raise Refusal("nested_too_deep") from None


def _unique_keys(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        raise Refusal("key_twice", key=next(name for name in names if names.count(name) > 1))
    return table


def _no_constant(_word: str) -> str:
    raise Refusal("not_json", line=0)


def _features(document: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "Feature":
        return [document]
    features = document.get("features") if kind == "FeatureCollection" else None
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise Refusal("not_geojson", found=str(kind))
    if any(not isinstance(one.get("properties") or {}, dict) for one in features):
        raise Refusal("not_geojson", found="properties")
    return features


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _wkb(geometry: Any, row: int, findings: list[Finding]) -> bytes | None:  # noqa: ANN401
    if geometry is None:
        return None
    try:
        _check_geometry(geometry)
        shape = shapely.from_geojson(json.dumps(_numbers(geometry)))
    except _WRONG:
        findings.append(Finding("geometry_unreadable", row))
        return None
    return bytes(shapely.to_wkb(shape))


def _check_geometry(geometry: dict[str, Any]) -> None:
    """Check that positions have one length and rings are closed: GEOS would fill in missing values.

    Raises:
        ValueError: The geometry is wrong.
    """
    for part in geometry.get("geometries", []):
        _check_geometry(part)
    lines = [geometry.get("coordinates", [])]
    for _ in range(_DEPTHS.get(geometry["type"], 0)):
        lines = [inner for line in lines for inner in line]
    if geometry["type"] in _AREAS and any(len(ring) < 4 or ring[0] != ring[-1] for ring in lines):
        message = "a ring is not closed"
        raise ValueError(message)
    positions = lines if geometry["type"] == "Point" else [one for line in lines for one in line]
    if len({len(one) for one in positions}) > 1 or not all(map(_is_position, positions)):
        message = "positions have different lengths"
        raise ValueError(message)


def _is_position(position: object) -> bool:
    return isinstance(position, list) and all(isinstance(one, _Exact) for one in position)


def _numbers(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, _Exact):
        return float(value)
    if isinstance(value, list):
        return [_numbers(one) for one in value]
    if isinstance(value, dict):
        return {key: _numbers(one) for key, one in value.items()}
    return value


def _crs(document: dict[str, Any]) -> str:
    """The CRS of an old-style crs member, else the CRS that the format prescribes."""
    crs = document.get("crs")
    name = crs.get("properties", {}).get("name") if isinstance(crs, dict) else None
    return str(name) if name else "OGC:CRS84"
