"""project.toml and policy.toml of any made-up town; what differs are the parameters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import town
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

Spec = Mapping[str, object]
USUAL: Spec = {
    "name": "town",
    "title": {"zh": "小城", "en": "Town"},
    "crs": town.CRS,
    "as_of": town.AS_OF,
}
ZONE: Spec = {"zone": "禁煤区", "effective_on": date(2023, 10, 1)}


def project_toml(project: Spec, layers: Mapping[str, Spec], zones: Iterable[Spec] = ()) -> str:
    """The text of project.toml: what differs from the usual project, its layers and zones.

    layers: by name what stands in [layers.NAME]; zones: what stands in each [[zones]].
    """
    tables = [("[project]", {**USUAL, **project})]
    tables += [(f"[layers.{name}]", spec) for name, spec in layers.items()]
    tables += [("[[zones]]", {**ZONE, **zone}) for zone in zones]
    return "".join(f"{heading}\n{_lines(spec)}" for heading, spec in tables)


def write_project(
    folder: Path,
    layers: Mapping[str, Spec],
    zones: Iterable[Spec] = (),
    policy: str = town.POLICY,
    **project: object,
) -> Path:
    """Put the two files into `folder`, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "project.toml").write_text(project_toml(project, layers, zones), encoding="utf-8")
    (folder / "policy.toml").write_text(policy, encoding="utf-8")
    return folder


def _lines(spec: Spec) -> str:
    return "".join(f"{key} = {_said(value)}\n" for key, value in spec.items())


def _said(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_said(k)} = {_said(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_said, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def write_features(path: Path, rows: Iterable[tuple[Spec, object]]) -> None:
    """A GeoJSON file in the project's CRS of (properties, shape); a shape may be none or a dict."""
    features = [
        {"type": "Feature", "properties": properties, "geometry": _geometry(shape)}
        for properties, shape in rows
    ]
    crs = {
        "type": "name",
        "properties": {"name": town.CRS.replace("EPSG:", "urn:ogc:def:crs:EPSG::")},
    }
    whole = {"type": "FeatureCollection", "crs": crs, "features": features}
    path.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")


def _geometry(shape: object) -> object:
    return mapping(shape) if isinstance(shape, BaseGeometry) else shape
