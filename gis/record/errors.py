"""What is said of an office.gpkg that cannot be read or written."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from gis.errors import InputError, Text

_BUSY = frozenset(["SQLITE_BUSY", "SQLITE_LOCKED"])
_FULL = frozenset(["SQLITE_FULL"])
_CLOSED = frozenset(["SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR"])


def file_error(path: Path, error: sqlite3.Error | OSError) -> InputError:
    """The error for what SQLite or the system says of the file; nothing was changed then."""
    name = _cause(error)
    if name in _BUSY:
        zh = (
            f"{path} 正被另一个程序（如 QGIS 或另一个窗口）写入，本次修改没有保存。"
            "请在那里保存或停止编辑，再做一次。"
        )
        en = (
            f"{path} is being written by another program, such as QGIS or a second window; this "
            "change was not saved. Save or end editing there, then do it again."
        )
    elif name in _FULL:
        zh = f"磁盘已满，{path} 写不进，本次修改没有保存，原有记录未动。请腾出空间再做一次。"
        en = (
            f"the disk is full: {path} cannot be written, this change was not saved and the record "
            "is as it was. Free some space, then do it again."
        )
    elif name in _CLOSED:
        zh = (
            f"{path} 写不进或打不开（{name}），本次修改没有保存。请检查文件夹是否只读、"
            "是否有权限，或把项目复制到可写的文件夹。"
        )
        en = (
            f"{path} cannot be opened or written ({name}); this change was not saved. See whether "
            "the folder is read-only or not yours, or copy the project to one that can be written."
        )
    else:
        return damaged(path, name)
    return InputError(Text(zh, en))


def _cause(error: sqlite3.Error | OSError) -> str:
    """SQLite's name of the primary error; of the system's own a full or a closed one."""
    if isinstance(error, OSError):
        return "SQLITE_FULL" if error.errno in (28, 122) else "SQLITE_CANTOPEN"  # ENOSPC, EDQUOT
    found = str(getattr(error, "sqlite_errorname", "") or type(error).__name__)
    return "_".join(found.split("_")[:2])


def damaged(path: Path, why: str) -> InputError:
    """The error for a record of which SQLite or a check says that it is damaged."""
    zh = (
        f"{path} 已损坏，或结构被别的程序改动（{why}），没有读取，也没有改动它。请用备份的 office.gpkg 替换；没有备份的，"
        "把它改名移走（不要删除），再交维护人员抢救。"
    )
    en = (
        f"{path} is damaged, or another program altered its structure ({why}); it was neither read "
        "nor changed. Put a copy of office.gpkg in "
        "its place, or rename it, keep it, and give it to whoever helps."
    )
    return InputError(Text(zh, en))


def foreign(path: Path) -> InputError:
    """The error for a file of that name that is something else."""
    zh = (
        f"{path} 不是暖图的办公记录（缺少 schema_version 等表），没有读取，也没有改动它。"
        "office.gpkg 这个名字留给办公记录；请把该文件改名，要用的图层写进 project.toml。"
    )
    en = (
        f"{path} is no office record (it lacks the table schema_version); it was neither read nor "
        "changed. The name office.gpkg is the record's: rename the file, and name its layers in "
        "project.toml."
    )
    return InputError(Text(zh, en))


def newer(path: Path, found: int, known: int) -> InputError:
    """The error for a record of a later version."""
    zh = f"{path} 由更新的暖图写成（版本 {found}，本机只认到 {known}），没有改动它。请升级暖图。"
    en = (
        f"{path} was written by a newer Nuantu (version {found}, this one knows {known}); it was "
        "not changed. Upgrade Nuantu."
    )
    return InputError(Text(zh, en))


def without_journal(path: Path, triggers: list[str]) -> InputError:
    """The error for a record whose triggers another program has removed or altered."""
    listed = "、".join(triggers[:3])
    zh = (
        f"{path} 的修改记录被别的程序停用（触发器 {listed} 缺失或改动），没有读取，也没有改动它。"
        "请用备份替换；或运行 nuantu journal 项目 --mend：先另存一份，再恢复触发器，并把未记录的"
        "改动记为未知人所为。"
    )
    en = (
        f"{path}: another program removed or altered what keeps the journal (trigger {listed}); it "
        "was neither read nor changed. Put a copy in its place, or run nuantu journal PROJECT "
        "--mend: it keeps a copy, restores the triggers and notes what was changed meanwhile as "
        "done by nobody known."
    )
    return InputError(Text(zh, en))


def unplain(path: Path) -> InputError:
    """The error for something that is no file of the project folder."""
    zh = f"{path} 不是项目文件夹里的普通文件，没有读取。请换成普通文件。"
    en = f"{path} is no regular file inside the project folder; it was not read. Put a file there."
    return InputError(Text(zh, en))
