"""Errors of publishing, in both languages; each time the old edition is unchanged.

Uses only the standard library.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from pathlib import Path

from gis.errors import PublicationError, Text
from gis.publish import filesystem
from gis.publish.filesystem import MANIFEST, PARTS, files_under

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)


def from_os_error(error: OSError, folder: Path) -> PublicationError:
    """The error for a failed system call: what failed, which file, and what to do."""
    name = str(error.filename or folder)
    if error.errno in _FULL:
        zh = f"磁盘已满，写不下 {name}。原有内容未动。请腾出空间后再做一次。"
        en = (
            f"the disk is full at {name}; what stood before is unchanged. "
            "Free some space and do it again."
        )
    elif error.errno in _DENIED:
        held = next(iter(_held_files(folder)), None) if filesystem.WINDOWS else None
        if held is not None:
            return _file_in_use(held)
        if filesystem.WINDOWS:
            return _denied_on_windows(name)
        zh = f"没有权限写 {name}。原有内容未动。请检查文件夹是否只读，或换一个文件夹。"
        en = (
            f"no permission to write {name}; what stood before is unchanged. "
            "Check that the folder is not read-only, or choose another."
        )
    elif error.errno in (errno.EEXIST, errno.ENOTDIR):
        zh = f"{name} 是文件，不是文件夹。请换一个 --out。"
        en = f"{name} is a file, not a folder; choose another --out."
    else:
        why = error.strerror or str(error)
        zh = f"无法写 {name}（{why}）。原有内容未动。请检查磁盘后再做一次。"
        en = f"cannot write {name} ({why}); nothing was changed. Check the disk, then do it again."
    return PublicationError(Text(zh, en))


def not_as_written(name: str) -> PublicationError:
    """A file that reads back differently from what was written."""
    zh = f"{name} 写入后读回不一致，没有发布。上一版未动。请检查磁盘后再发布。"
    en = (
        f"{name} reads back otherwise than written; nothing was published. The previous edition is "
    )
    return PublicationError(Text(zh, en + "unchanged. Check the disk and publish again."))


def swap_failed(folder: Path) -> PublicationError:
    """The disk failed during the swap, and again while undoing it."""
    zh = (
        f"磁盘在替换途中出错，{folder} 里暂时新旧混杂。修好磁盘后运行 nuantu verify，它会完成替换。"
    )
    en = (
        f"the disk failed in the middle of the swap, so that {folder} holds parts of both editions."
        " Repair the disk, then run nuantu verify: it completes the swap."
    )
    return PublicationError(Text(zh, en))


def cannot_recover(folder: Path, error: OSError) -> PublicationError:
    """An interrupted publication on a medium that cannot be written."""
    zh = (
        f"{folder} 里有一次中断的发布，无法在此恢复（{error.strerror}）。请复制到可写的位置再核对。"
    )
    en = (
        f"{folder} holds an interrupted publication that cannot be recovered here "
        f"({error.strerror}). Copy it to a writable place, then verify."
    )
    return PublicationError(Text(zh, en))


def if_held(folder: Path) -> None:
    """Check that no file of the old edition is open in another program.

    Raises:
        PublicationError: A file is open; the message names the first one.
    """
    for path in _held_files(folder):
        raise _file_in_use(path)


def if_published(folder: Path, name: str) -> None:
    """Check that `folder` is not a publication: writing `name` would contradict its manifest.

    Raises:
        PublicationError: The folder holds a publication.
    """
    if not (folder / MANIFEST).is_file():
        return
    zh = f"{folder} 里是一版发布成果，写入 {name} 会与清单不符。请换一个 --out。"
    en = f"{folder} holds a publication, which {name} would change. Choose another --out."
    raise PublicationError(Text(zh, en))


def unreadable_file(folder: Path, error: OSError) -> PublicationError:
    """A file of a publication cannot be read, so that verification is impossible."""
    name = str(error.filename or folder)
    zh = f"{name} 读不出来（{error.strerror}），无法核对。请检查权限，或关闭占用它的程序后再试。"
    en = (
        f"cannot read {name} ({error.strerror}), so that nothing is proven. Check the rights to "
        "it, or close the program that holds it, and try again."
    )
    return PublicationError(Text(zh, en))


def _file_in_use(path: Path) -> PublicationError:
    zh = (
        f"{path} 正被其他程序（如 Excel、WPS）打开，或是只读的，不能替换；上一版未动。"
        "请关闭后再发布。"
    )
    en = (
        f"{path} is open in another program (Excel, WPS) or read-only and cannot be replaced; the "
        "previous edition is unchanged. Close it and publish again."
    )
    return PublicationError(Text(zh, en))


def _denied_on_windows(name: str) -> PublicationError:
    """Windows refuses to move a folder that is some program's current one, as without rights."""
    zh = (
        f"{name} 不能改动：可能有命令窗口、资源管理器或其他程序停在这个文件夹里，或没有写的权限。"
        "上一版未动。请让命令窗口退到上一级文件夹、关闭其他程序后再发布，或换一个 --out。"
    )
    en = (
        f"{name} cannot be changed: a command prompt, Explorer or another program may stand in "
        "that "
        "folder, or the right to write is missing. The previous edition is unchanged. Leave the "
        "folder in the command prompt (cd ..), close other programs and publish again, or choose "
        "another --out."
    )
    return PublicationError(Text(zh, en))


def _held_files(folder: Path) -> list[Path]:
    found = []
    for part in PARTS:
        with suppress(OSError):  # missing, or cannot be listed
            found += [path for path in files_under(folder / part) if _is_held(path)]
    return found


def _is_held(path: Path) -> bool:
    try:
        with path.open("r+b"):
            return False
    except PermissionError:
        return True
    except OSError:
        return False
