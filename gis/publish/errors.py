"""Why a publication failed, in the reader's words; the old edition stands each time.

Standard library alone.
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


def of_system(error: OSError, folder: Path) -> PublicationError:
    """What the system refused, which file, and the way out."""
    name = str(error.filename or folder)
    if error.errno in _FULL:
        zh = f"磁盘已满，写不下 {name}。上一版未动。请腾出空间后再发布。"
        en = f"the disk is full at {name}. The edition before stands. Make room, publish again."
    elif error.errno in _DENIED:
        held = next(iter(_held(folder)), None) if filesystem.WINDOWS else None
        if held is not None:
            return _open(held)
        zh = f"没有权限写 {name}。上一版未动。请检查文件夹是否只读，或换一个 --out。"
        en = (
            f"no permission to write {name}. The edition before stands. "
            "Check that the folder is not read-only, or choose another --out."
        )
    else:
        why = error.strerror or str(error)
        zh = f"无法写 {name}（{why}）。上一版未动。请检查磁盘后再发布。"
        en = (
            f"cannot write {name} ({why}). The edition before stands. Check the disk, then publish "
            "again."
        )
    return PublicationError(Text(zh, en))


def not_as_written(name: str) -> PublicationError:
    """A file that reads back otherwise than it was written."""
    zh = f"{name} 写入后读回不一致，没有发布。上一版未动。请检查磁盘后再发布。"
    en = f"{name} reads back otherwise than written; nothing was published. The edition before "
    return PublicationError(Text(zh, en + "stands. Check the disk, publish again."))


def halfway(folder: Path) -> PublicationError:
    """The disk failed in the middle of the swap and again on the way back."""
    zh = (
        f"磁盘在替换途中出错，{folder} 里暂时新旧混杂。修好磁盘后运行 nuantu verify，它会完成替换。"
    )
    en = (
        f"the disk failed in the middle of the swap, so that {folder} holds parts of both editions."
        " Mend the disk, then run nuantu verify: it completes the swap."
    )
    return PublicationError(Text(zh, en))


def stuck(folder: Path, error: OSError) -> PublicationError:
    """A publication that was broken off, on a medium that cannot be written."""
    zh = (
        f"{folder} 里有一次中断的发布，无法在此恢复（{error.strerror}）。请复制到可写的位置再核对。"
    )
    en = (
        f"{folder} holds a publication that was broken off and cannot be recovered here "
        f"({error.strerror}). Copy it to where it can be written, then verify."
    )
    return PublicationError(Text(zh, en))


def if_held(folder: Path) -> None:
    """Refuse to go on while a file of the old edition is open in another program.

    Raises:
        PublicationError: naming the first such file.
    """
    for path in _held(folder):
        raise _open(path)


def if_published(folder: Path, name: str) -> None:
    """Refuse to write `name` into a publication, which would not be as its manifest says.

    Raises:
        PublicationError: `folder` holds a publication.
    """
    if not (folder / MANIFEST).is_file():
        return
    zh = f"{folder} 里是一版发布成果，写入 {name} 会与清单不符。请换一个 --out。"
    en = f"{folder} holds a publication, which {name} would change. Choose another --out."
    raise PublicationError(Text(zh, en))


def unreadable_file(folder: Path, error: OSError) -> PublicationError:
    """Something of a publication cannot be read, so that nothing can be said of the whole."""
    name = str(error.filename or folder)
    zh = f"{name} 读不出来（{error.strerror}），无法核对。请检查权限，或关闭占用它的程序后再试。"
    en = (
        f"cannot read {name} ({error.strerror}), so that nothing is proven. Check the rights to "
        "it, or close the program that holds it, and try again."
    )
    return PublicationError(Text(zh, en))


def _open(path: Path) -> PublicationError:
    zh = (
        f"{path} 正被其他程序（如 Excel、WPS）打开，或是只读的，不能替换；上一版未动。"
        "请关闭后再发布。"
    )
    en = (
        f"{path} is open in another program (Excel, WPS) or read-only and cannot be replaced; the "
        "edition before stands. Close it, publish again."
    )
    return PublicationError(Text(zh, en))


def _held(folder: Path) -> list[Path]:
    found = []
    for part in PARTS:
        with suppress(OSError):  # not there, or not to be listed
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
