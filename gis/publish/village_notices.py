"""Notices for village boards, printed from the public edition of a publication."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gis.errors import InputError, Text, UsageError
from gis.pages.payload import encode

NOTICES = "public/notice.html"
_BEGIN, _END = '<script type="application/json" id="edition">', "</script>"


def write_village_notices(folder: Path, names: Sequence[str] = (), lang: str = "zh") -> bytes:
    """One page with the notices of the named villages, ready to print.

    Args:
        folder: The publication's folder.
        names: Codes or names of villages or townships; empty: all villages.
        lang: The language in which the page opens, "zh" or "en".

    Raises:
        InputError: The folder holds no publication.
        UsageError: A name matches no village or township, or several villages.
    """
    head, data, tail = _read(folder)
    codes = [code for name in names for code in _codes(name, data)]
    wanted = list(dict.fromkeys(codes)) or [row["code"] for row in data["villages"]]
    data |= {"only": wanted, "lang": lang}
    data["codes"] = {code: data["codes"][code] for code in wanted}
    return f"{head}{_BEGIN}{encode(data)}{_END}{tail}".encode()


def _read(folder: Path) -> tuple[str, dict[str, Any], str]:
    """The page of all notices: the text before its data, the data, and the text after it."""
    try:
        page = (folder / NOTICES).read_text("utf-8")
        head, rest = page.split(_BEGIN, 1)
        data, tail = rest.split(_END, 1)
        return head, json.loads(data), tail
    except (OSError, ValueError) as error:
        zh = f"{folder} 里没有可用的 {NOTICES}。请指向 nuantu run 的输出文件夹。"
        en = f"{folder} has no {NOTICES} to read. Point to the folder that nuantu run wrote."
        raise InputError(Text(zh, en)) from error


def _codes(name: str, data: dict[str, Any]) -> list[str]:
    for town in data["townships"]:
        if name in (town["code"], town["name"]):
            return [row["code"] for row in data["villages"] if row["township_code"] == town["code"]]
    found = [
        row["code"]
        for row in data["villages"]
        if name in (row["code"], row["name"], row.get("full"))
    ]
    if len(found) == 1:
        return found
    listed = "、".join(found) or "—"
    raise UsageError(
        Text(
            f"按“{name}”找到 {len(found)} 个村（{listed}），应恰为一个；请用 12 位村代码。",
            f"{len(found)} villages answer to {name!r} ({listed}), expected one; "
            "use the 12-digit code.",
        )
    )
