"""Changes of project.toml and policy.toml as a person would make them: comments stay.

A change is written only if the whole file can be read afterwards; it is on the disk, complete,
when the function returns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from gis.errors import InputError, Text
from gis.layers.project import read_project
from gis.policy import read_policy
from gis.publish.atomic_swap import install_file

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

PROJECT, POLICY = "project.toml", "policy.toml"
# keys that describe the layer, not how its files are read
_OF_LAYER = frozenset(["source", "licence", "steward", "as_of"])
_READERS: Mapping[str, Callable[[Path], object]] = {
    PROJECT: lambda path: read_project(path.parent),
    POLICY: read_policy,
}


@contextmanager
def changing(folder: Path, name: str = PROJECT) -> Iterator[TOMLDocument]:
    """The document to be changed; written at the end, if it can be read.

    Args:
        folder: The project folder.
        name: project.toml or policy.toml.

    Raises:
        InputError: The file cannot be read before, or would not be after the change.
        PublicationError: The disk refused; the file is as it was.
    """
    path = folder / name
    document = read_document(path)
    yield document
    text = tomlkit.dumps(document)
    if text != path.read_text("utf-8"):
        write_text(folder, name, text)


def read_document(path: Path) -> TOMLDocument:
    """A TOML file with its comments.

    Raises:
        InputError: It is missing or no TOML.
    """
    _READERS[path.name](path)
    try:
        return tomlkit.parse(path.read_text("utf-8"))
    except TOMLKitError as error:
        zh, en = f"{path.name} 读不懂，请用记事本改正", f"{path.name} cannot be read; mend it"
        raise InputError(Text(zh, en)) from error


def write_text(folder: Path, name: str, text: str) -> None:
    """Write a file of the folder, if it can be read.

    Raises:
        InputError: It cannot.
        PublicationError: The disk refused; the file is as it was.
    """
    with TemporaryDirectory(prefix="nuantu-") as place:
        draft = Path(place, name)
        draft.write_text(text, encoding="utf-8", newline="\n")
        _READERS[name](draft)
    install_file(folder / name, text.encode(), openly=True)


def set_keys(table: MutableMapping[str, Any], values: Mapping[str, Any]) -> None:
    """Set keys of a table; None or an empty list or table takes a key out, a dict is joined in."""
    for key, value in values.items():
        if value is None or value in ({}, [], ()):
            table.pop(key, None)
        elif isinstance(value, dict) and isinstance(table.get(key), MutableMapping):
            set_keys(table[key], value)
        elif table.get(key) != value:
            table[key] = _inline(value) if isinstance(value, dict) else value


def _inline(value: Mapping[str, Any]) -> Any:  # noqa: ANN401  an item of tomlkit
    table = tomlkit.inline_table()
    for key, one in value.items():
        table[key] = _inline(one) if isinstance(one, Mapping) else one
    return table


def layer_of(document: TOMLDocument, file: str) -> str:
    """The layer that names a file; "targets", "zones" for a notice, "" for none."""
    if document["project"].get("targets") == file:
        return "targets"
    for name, spec in document.get("layers", {}).items():
        if file in _files_of(spec):
            return str(name)
    return ""


def layer_files(document: TOMLDocument, layer: str) -> list[str]:
    """The files of a layer, as project.toml writes them."""
    return _files_of(document.get("layers", {}).get(layer, {}))


def _files_of(spec: Mapping[str, Any]) -> list[str]:
    several = [str(one["path"]) for one in spec.get("files", ())]
    return [*([str(spec["path"])] if "path" in spec else []), *spec.get("paths", ()), *several]


def source_table(document: TOMLDocument, layer: str, file: str) -> MutableMapping[str, Any]:
    """The table in which the keys of one file of a layer stand.

    Raises:
        InputError: project.toml does not name the file.
    """
    spec = document.get("layers", {}).get(layer, {})
    if spec.get("path") == file:
        return spec
    if file in spec.get("paths", ()):
        _as_files(document, layer)
    for one in spec.get("files", ()):
        if one.get("path") == file:
            return one
    raise InputError(
        Text(
            f"project.toml 的 {layer} 没有文件 {file}，可能刚改过；请刷新页面。",
            f"project.toml has no file {file} in {layer}; it may just have changed: reload.",
        )
    )


def _as_files(document: TOMLDocument, layer: str) -> Any:  # noqa: ANN401  an array of tables
    """The files of a layer as [[layers.*.files]], each with keys of its own."""
    spec = document["layers"][layer]
    if "files" in spec:
        return spec["files"]
    tables = tomlkit.aot()
    if "path" in spec:
        own = tomlkit.table()
        for key in [key for key in spec if key not in _OF_LAYER]:
            own.append(key, spec[key])
            spec.remove(key)
        tables.append(own)
    for path in spec.pop("paths", ()):
        own = tomlkit.table()
        own.append("path", str(path))
        tables.append(own)
    spec.append("files", tables)
    return spec["files"]


def add_file(document: TOMLDocument, layer: str, entry: str) -> None:
    """Add one more file to a layer.

    Args:
        document: Of project.toml.
        layer: The layer.
        entry: The lines of the file, as `gis.new_project.from_files.layer_entry` writes them.
    """
    layers = document.setdefault("layers", tomlkit.table(is_super_table=True))
    if layer not in layers:
        several = layer == "households"
        heading = f"[[layers.{layer}.files]]" if several else f"[layers.{layer}]"
        layers[layer] = tomlkit.parse(f"{heading}\n{entry}")["layers"][layer]
        return
    tables = _as_files(document, layer)
    tables.append(tomlkit.parse(f"[[files]]\n{entry}")["files"][0])


def remove_file(document: TOMLDocument, file: str) -> None:
    """Take a file out of project.toml; the file itself stays where it is."""
    layer = layer_of(document, file)
    if layer == "targets":
        document["project"].remove("targets")
    elif layer:
        spec = document["layers"][layer]
        if spec.get("path") == file or _files_of(spec) == [file]:
            document["layers"].remove(layer)
        elif file in spec.get("paths", ()):
            spec["paths"].remove(file)
        else:
            at = next(i for i, one in enumerate(spec["files"]) if one["path"] == file)
            del spec["files"][at]


def day(text: str) -> date:
    """A day that was typed.

    Raises:
        InputError: It is none.
    """
    found = re.fullmatch(r"\s*(\d{4})\D(\d{1,2})\D(\d{1,2})\D?\s*", text)
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    zh = f"“{text[:40]}”不是日期；请写成 2024-10-31。"
    raise InputError(Text(zh, f"{text[:40]!r} is no day; write it as 2024-10-31."))
