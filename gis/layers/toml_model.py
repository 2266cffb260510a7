"""Strict TOML models: every mistake is reported with its key, its file and a way to correct it.

Used for project files and policies. Unknown keys are refused with the closest known key, and all
mistakes of a file are reported together.
"""

from __future__ import annotations

import difflib
import re
import stat
import tomllib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, LiteralString, TypeVar

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from gis.errors import InputError, Problem, Text

Models = list[type[BaseModel]]
Loc = tuple[int | str, ...]
_SCALARS = frozenset({"str", "float", "int", "bool", "date"})


def locate_key(model: type[BaseModel], loc: Loc) -> tuple[str, Models]:
    """The dotted key of a pydantic error location.

    Args:
        model: The model that was validated.
        loc: The location in a pydantic error.

    Returns:
        The dotted key as it appears in the file, and the models that own its last part.
    """
    key = ""
    owners: Models = [model]
    kinds: list[object] = [model]
    for part in loc:
        if isinstance(part, int):
            key += f"[{part + 1}]"
        elif _is_union_member(part, kinds):
            continue
        else:
            key += f".{part}" if key else part
        owners = [owner for kind in kinds for owner in _models(kind)]
        kinds = [inner for kind in kinds for inner in _annotations_under(kind, part)]
    return key, owners


def model_keys(model: type[BaseModel]) -> list[str]:
    """The keys that a model's table may hold."""
    return list(_fields(model))


def all_keys(model: type[BaseModel], prefix: str = "", depth: int = 4) -> Iterator[tuple[str, str]]:
    """(key, dotted key) of every key, at most `depth` tables deep."""
    for key, kind in _fields(model).items():
        yield key, f"{prefix}{key}"
        for inner in [kind, *typing.get_args(kind)] if depth else []:
            for owner in _models(inner):
                yield from all_keys(owner, f"{prefix}{key}.", depth - 1)


def _is_union_member(part: str, kinds: list[object]) -> bool:
    """Whether `part` of the location is the name of a union member instead of a key of the file."""
    members = [member for kind in kinds for member in _members(kind)]
    if len(members) < 2:
        return False
    names = {getattr(member, "__name__", "") for member in members} | _SCALARS
    return part.partition("[")[0] in names


def _members(kind: object) -> list[object]:
    """The members of a union annotation; any other annotation itself."""
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        return _members(typing.get_args(kind)[0])
    if origin in (typing.Union, types.UnionType):
        return [inner for member in typing.get_args(kind) for inner in _members(member)]
    return [kind]


def _models(kind: object) -> Models:
    members = _members(kind)
    return [one for one in members if isinstance(one, type) and issubclass(one, BaseModel)]


def _annotations_under(kind: object, part: int | str) -> list[object]:
    """The annotations of the value under key or index `part`."""
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


# ASSUME: every date of a plan, zone or figure lies in this range
EARLIEST, LATEST = date(1949, 10, 1), date(2199, 12, 31)
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]
ModelT = TypeVar("ModelT", bound=BaseModel)

_DIGITS = 4000  # about the longest number that Python parses
_LONG_BITS = 200
_SHOWN = 5  # mistakes listed in the message; all of them are in `problems`

# pydantic's error type, without its suffix → what was expected
_EXPECTED = {
    "bool": Text("true 或 false", "true or false"),
    "date": Text("日期，如 2024-10-31", "a date such as 2024-10-31"),
    "dict": Text("一个表（[节] 或 { 键 = 值 }）", "a table ([section] or { key = value })"),
    "model": Text("一个表（[节] 或 { 键 = 值 }）", "a table ([section] or { key = value })"),
    "float": Text("数字", "a number"),
    "int": Text("整数", "a whole number"),
    "list": Text("一个列表 [ … ]", "a list [ … ]"),
    "string": Text("带引号的文字", "text in quotes"),
    "tuple": Text("一个列表 [ … ]", "a list [ … ]"),
}
_OTHER = Text("模板（nuantu new）里这个键的写法", "what the template (nuantu new) says of this key")
_LIMITS = {
    "greater_than": Text("大于 {gt}", "greater than {gt}"),
    "greater_than_equal": Text("不小于 {ge}", "at least {ge}"),
    "less_than": Text("小于 {lt}", "less than {lt}"),
    "less_than_equal": Text("不大于 {le}", "at most {le}"),
    "literal_error": Text("以下之一：{expected}", "one of {expected}"),
    "finite_number": Text("有限的数字", "a finite number"),
    "string_too_short": Text("至少 {min_length} 个字", "at least {min_length} characters"),
    "too_short": Text("至少 {min_length} 项", "at least {min_length} entries"),
    "string_pattern_mismatch": Text("形如 {pattern} 的文字", "text of the form {pattern}"),
}


def validation_error(code: LiteralString, message: Text) -> PydanticCustomError:
    """The error that a model's validator raises, with a message in both languages."""
    context = {"zh": message.zh, "en": message.en}
    return PydanticCustomError(code, "{en}", context)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file, UTF-8 with or without BOM.

    Raises:
        InputError: The file is missing, unreadable, not UTF-8 or not TOML.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # reading a pipe could block forever
            raise OSError(0, "not a regular file")
        raw = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _not_utf8(path, raw, error) from error
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(path, error, raw.decode("utf-8-sig")) from error
    except RecursionError as error:
        too_deep = tomllib.TOMLDecodeError("nested too deeply")
        raise _not_toml(path, too_deep, "") from error
    except ValueError as error:  # a number that is too long, or an impossible date
        raise _number_error(path, raw) from error


def parse_model(model: type[ModelT], data: Mapping[str, Any], file: Path) -> ModelT:
    """Validate `data`, which was read from `file`, as a `model`.

    Raises:
        InputError: There are mistakes, with one problem for each.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = tuple(_problems(error, model, file.name))
    shown = [problem.message for problem in problems[:_SHOWN]]
    more = len(problems) - len(shown)
    zh = "\n".join([text.zh for text in shown] + ([f"（另有 {more} 处）"] if more else []))
    en = "\n".join([text.en for text in shown] + ([f"(and {more} more)"] if more else []))
    raise InputError(Text(zh, en), problems)


def closest_key(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The entry of `known` that is most similar to `word`, or "" if none is similar enough."""
    found = difflib.get_close_matches(word, sorted(set(known)), n=1, cutoff=cutoff)
    return found[0] if found else ""


def _number_error(path: Path, raw: bytes) -> InputError:
    """A number with too many digits, or an impossible date."""
    found = re.search(rb"\d[\d_]{%d,}" % _DIGITS, raw)
    line = raw.count(b"\n", 0, found.start()) + 1 if found else 0
    at = Text(f" 第 {line} 行", f", line {line},") if found else Text("", "")
    return _file_error(
        "not_toml",
        path,
        Text(
            f"{path.name}{at.zh}有写不成的数字或日期",
            f"{path.name}{at.en} has an impossible number or date",
        ),
        Text("请检查是否粘贴有误", "check whether it was pasted by mistake"),
    )


def _unreadable(path: Path, error: OSError) -> InputError:
    if path.parent.is_file():
        return _file_error(
            "not_a_folder",
            path.parent,
            Text(f"{path.parent} 是文件，不是文件夹", f"{path.parent} is a file, not a folder"),
            Text(f"请指向放 {path.name} 的文件夹", f"point to the folder that holds {path.name}"),
        )
    if isinstance(error, FileNotFoundError):
        folder = path.parent
        if not folder.exists():
            found = Text(f"没有文件夹 {folder}", f"there is no folder {folder}")
            way = Text(
                f"请指向放 {path.name} 的文件夹；新建项目用 nuantu new {folder}",
                f"point to the folder that holds {path.name}; nuantu new {folder} makes one",
            )
            return _file_error("file_missing", path, found, way)
        return _file_error(
            "file_missing",
            path,
            Text(f"没有文件 {path.name}", f"there is no file {path.name}"),
            Text(f"应在 {folder} 下", f"it should be in {folder}"),
        )
    found = Text(
        f"{path.name} 读不出来（{error.strerror}）", f"cannot read {path.name} ({error.strerror})"
    )
    way = Text(
        "请检查它是不是普通文件、是否有读取权限、是否被其他程序占用",
        "check that it is a plain file that you may read, and that no other program holds it",
    )
    return _file_error("file_unreadable", path, found, way)


def _not_utf8(path: Path, raw: bytes, error: UnicodeDecodeError) -> InputError:
    line = raw.count(b"\n", 0, error.start) + 1
    return _file_error(
        "not_utf8",
        path,
        Text(
            f"{path.name} 第 {line} 行不是 UTF-8 文字",
            f"{path.name}, line {line}, is not UTF-8 text",
        ),
        Text("请用记事本另存为 UTF-8 编码", "save it as UTF-8 in your editor"),
    )


# a line with prose before its key, such as "check it: cad = { … }", or without a key at all
_EXPLAINED = re.compile(r"""[^"'=\[\]]*[\u4e00-\u9fff，。：；（）][^"'=]*(?:=.*)?""")


def _not_toml(path: Path, error: tomllib.TOMLDecodeError, text: str) -> InputError:
    place = re.search(r"at line (\d+), column (\d+)", str(error))
    if place:
        at = Text(f" 第 {place[1]} 行第 {place[2]} 列", f" in line {place[1]}, column {place[2]}")
    elif "nested" in str(error):
        at = Text(" 嵌套太深，", ": it is nested too deeply")
    else:
        at = Text(" 的末尾", " at its end")
    found = Text(f"{path.name}{at.zh}不合 TOML 写法", f"{path.name} is not TOML{at.en}")
    line = text.splitlines()[int(place[1]) - 1].strip() if place and text else ""
    if _EXPLAINED.fullmatch(line):
        way = Text(
            f"这一行像是说明文字：“{line[:40]}”。请在行首加回“#”；要用其中的键，让键单独占一行",
            f"the line reads like an explanation: {line[:40]!r}; put the # back in front, "
            "and give the key that it names a line of its own",
        )
        return _file_error("not_toml", path, found, way)
    return _file_error(
        "not_toml",
        path,
        found,
        Text(
            "请检查这一处的引号、括号、等号，以及键是否写了两遍",
            "check the quotes, brackets and equals signs there, and that no key is written twice",
        ),
    )


def _file_error(code: str, path: Path, found: Text, way: Text) -> InputError:
    problem = Problem(path.name, code, None, "", "", found, way, blocking=True)
    return InputError(Text(f"{found.zh}。{way.zh}。", f"{found.en}; {way.en}."), (problem,))


def _problems(error: ValidationError, model: type[BaseModel], file: str) -> Iterator[Problem]:
    seen = set()
    for detail in error.errors(include_url=False):
        key, owners = locate_key(model, detail["loc"])
        if detail["type"] == "extra_forbidden":
            code, found, way = _unknown_key(model, key, owners, str(detail["loc"][-1]), file)
        elif detail["type"] == "missing":
            code = "missing_key"
            found = Text(f"{file} 缺少 {key}", f"{file} lacks {key}")
            way = Text(f"请补上 {key}", f"add {key}")
        else:
            code, found, way = _wrong_value(detail, key, file)
        if (code, key) not in seen:  # a union reports a value once for each member
            seen.add((code, key))
            value = "" if code == "missing_key" else _shown(detail["input"])
            message = Text(f"{found.zh}；{way.zh}。", f"{found.en}; {way.en}.")
            yield Problem(file, code, None, key, value, message, way, blocking=True)


def _unknown_key(
    model: type[BaseModel], key: str, owners: list[type[BaseModel]], word: str, file: str
) -> tuple[str, Text, Text]:
    siblings = [name for owner in owners for name in model_keys(owner)]
    dotted = dict(reversed(list(all_keys(model)))) | {name: name for name in siblings}
    near = dotted.get(closest_key(word, dotted), "") or closest_key(word, siblings, 0.0)
    found = Text(f"{file} 中没有 {key} 这个键", f"{file}: unknown key {key}")
    if not near:
        return "unknown_key", found, Text("请删去", "remove it")
    return "unknown_key", found, Text(f"最接近的是 {near}", f"the nearest known key is {near}")


def _wrong_value(detail: ErrorDetails, key: str, file: str) -> tuple[str, Text, Text]:
    context = detail.get("ctx", {})
    value = _shown(detail["input"])
    found = Text(f"{file} 的 {key} = {value} 不对", f"{file}: {key} = {value} is wrong")
    if isinstance(detail["input"], dict) and "zh" in context:  # several keys conflict
        there = (f"{file} 的 {key}", f"{file}: {key}") if key else (file, file)
        found = Text(f"{there[0]} 不对", f"{there[1]} is wrong")
    if "zh" in context:
        return detail["type"], found, Text(context["zh"], context["en"])
    kind = detail["type"]
    expected = _LIMITS.get(kind) or _EXPECTED.get(kind.split("_")[0])
    if expected is None:
        expected = _OTHER
    zh, en = (_fill(words, context) for words in expected)
    return "wrong_value", found, Text(f"应为{zh}", f"expected {en}")


def _fill(words: str, context: Mapping[str, Any]) -> str:
    for name, value in context.items():
        words = words.replace(f"{{{name}}}", str(value))
    return words


def _shown(value: object) -> str:
    if isinstance(value, int) and value.bit_length() > _LONG_BITS:
        return "…"  # more digits than are useful
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
