"""Where in a file a strict model's complaint lies, as the dotted key its reader would look for."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator

from pydantic import BaseModel

Models = list[type[BaseModel]]
Loc = tuple[int | str, ...]
_SCALARS = frozenset({"str", "float", "int", "bool", "date"})


def locate(model: type[BaseModel], loc: Loc) -> tuple[str, Models]:
    """The dotted key that pydantic's `loc` points to, and the models that own its last part."""
    key = ""
    owners: Models = [model]
    kinds: list[object] = [model]
    for part in loc:
        if isinstance(part, int):
            key += f"[{part + 1}]"
        elif _names_a_member(part, kinds):
            continue
        else:
            key += f".{part}" if key else part
        owners = [owner for kind in kinds for owner in _models(kind)]
        kinds = [inner for kind in kinds for inner in _inside(kind, part)]
    return key, owners


def keys(model: type[BaseModel]) -> list[str]:
    """The keys that a model's table may hold."""
    return list(_fields(model))


def all_keys(model: type[BaseModel], prefix: str = "", depth: int = 4) -> Iterator[tuple[str, str]]:
    """(key, dotted key) of every key at most `depth` tables down."""
    for key, kind in _fields(model).items():
        yield key, f"{prefix}{key}"
        for inner in [kind, *typing.get_args(kind)] if depth else []:
            for owner in _models(inner):
                yield from all_keys(owner, f"{prefix}{key}.", depth - 1)


def _names_a_member(part: str, kinds: list[object]) -> bool:
    """Whether pydantic put a union member's name into the path rather than a key of the file."""
    members = [member for kind in kinds for member in _members(kind)]
    if len(members) < 2:
        return False
    names = {getattr(member, "__name__", "") for member in members} | _SCALARS
    return part.partition("[")[0] in names


def _members(kind: object) -> list[object]:
    """The alternatives of an annotation: a union's members, else itself."""
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        return _members(typing.get_args(kind)[0])
    if origin in (typing.Union, types.UnionType):
        return [inner for member in typing.get_args(kind) for inner in _members(member)]
    return [kind]


def _models(kind: object) -> Models:
    members = _members(kind)
    return [one for one in members if isinstance(one, type) and issubclass(one, BaseModel)]


def _inside(kind: object, part: int | str) -> list[object]:
    """What the annotation says of the value under key or index `part`."""
    found: list[object] = []
    for member in _members(kind):
        arguments = typing.get_args(member)
        if isinstance(part, int):
            found += [inner for inner in arguments if inner is not Ellipsis]
        elif isinstance(member, type) and issubclass(member, BaseModel):
            found += [kind for key, kind in _fields(member).items() if key == part]
        elif len(arguments) == 2:
            found.append(arguments[1])
    return found


def _fields(model: type[BaseModel]) -> dict[str, object]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}
