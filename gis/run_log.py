r"""What a run did and where it stopped, for whoever is asked for help; nobody is in it.

One file a run, outside of every publication, in the user's own folder for such files:

    Windows   %LOCALAPPDATA%\nuantu\runs
    macOS     ~/Library/Logs/nuantu/runs
    others    $XDG_STATE_HOME/nuantu/runs, or ~/.local/state/nuantu/runs

Only what the program itself says is written: stages, layer and problem codes, counts, versions,
times, the names of its own functions. No value of any layer, no message, no path, no argument: a
name, a number of a person or a place could be in any of those.
"""

from __future__ import annotations

import logging
import os
import platform
import re
import sys
import traceback
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import gis
from gis.errors import InputError, Text, UsageError

if TYPE_CHECKING:
    from gis.facts import Facts
    from gis.layers import Layers

LOG = logging.getLogger("nuantu")
LOG.addHandler(logging.NullHandler())
LOG.propagate = False
KEPT = 30  # runs
_OPTION = re.compile(r"--[a-z-]+(=|\Z)")
_LAYER = re.compile(r"[a-z_]+(\.toml)?\Z")
_LINE = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")


def begin_log(file: Path | None) -> None:
    """Write the run to `file`, or to a new file in the user's own folder.

    Where the usual folder cannot be written the run goes on without a log.

    Raises:
        UsageError: `file` cannot be written.
    """
    end_log()
    try:
        handler = _to(file) if file else _to(_new_file())
    except (OSError, RuntimeError) as error:  # RuntimeError: a user without a home
        if file is None:
            return
        zh = f"日志 {file} 写不了：没有这个文件夹、没有权限或磁盘已满。请换一个 --log。"
        en = (
            f"cannot write the log {file}: no such folder, no right to, or a full disk. Choose "
            "another --log."
        )
        raise UsageError(Text(zh, en)) from error
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    named = [part.split("=")[0] for part in sys.argv[1:] if _OPTION.match(part)]
    LOG.info("nuantu %s, Python %s, %s", gis.__version__, platform.python_version(), _system())
    LOG.info("options: %s", " ".join(sorted(named)) or "none")


def log_stage(text: Text) -> None:
    """A stage begins."""
    LOG.info("%s", text.en)


def log_read(layers: Layers) -> None:
    """What was read, and how often which problem was found."""
    for origin in layers.origins:
        LOG.info("layer %s: %s rows%s", origin.layer, origin.rows, Path(origin.path).suffix)
    found = Counter((_known(one.layer), one.code) for one in layers.problems)
    for (layer, code), times in sorted(found.items()):
        LOG.info("problem %s in %s: %s", code, layer, times)


def log_placed(facts: Facts) -> None:
    """What became of the households."""
    counts = facts.households["status"].value_counts()
    said = ", ".join(f"{counts[name]} {name}" for name in sorted(counts.index))
    LOG.info("households: %s; villages: %s", said, len(facts.villages))


def log_failure(error: BaseException) -> None:
    """How the run failed: what kind of error, where in the program, which problems."""
    LOG.error("%s", type(error).__name__)
    if isinstance(error, InputError):
        for layer, code in sorted({(_known(one.layer), one.code) for one in error.problems}):
            LOG.error("blocking problem %s in %s", code, layer)
    for frame in traceback.extract_tb(error.__traceback__):
        LOG.error("  %s:%s in %s", _module(frame.filename), frame.lineno, frame.name)


def log_ended(code: int) -> Path | None:
    """The last line; the file of the log, None where there is none."""
    LOG.info("ended with exit code %s", code)
    files = [Path(one.baseFilename) for one in _open()]
    end_log()
    return files[0] if files else None


def end_log() -> None:
    """Close the log, if one is open."""
    for handler in _open():
        LOG.removeHandler(handler)
        handler.close()


def _open() -> list[logging.FileHandler]:
    return [one for one in LOG.handlers if isinstance(one, logging.FileHandler)]


def log_folder() -> Path:
    """Where this user's runs are kept."""
    home = Path.home()
    if _windows():
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Logs"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    return base / "nuantu" / "runs"


def _windows() -> bool:
    return os.name == "nt"


def _new_file() -> Path:
    place = log_folder()
    place.mkdir(parents=True, exist_ok=True)
    for old in sorted(place.glob("*.log"))[: -KEPT + 1]:
        with suppress(OSError):  # another run was quicker
            old.unlink()
    return place / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.log"


def _to(file: Path) -> logging.Handler:
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(_LINE)
    return handler


def _known(layer: str) -> str:
    """A layer of ours or a file of the project folder; any other name may be somebody's."""
    return layer if _LAYER.match(layer) else "another file"


def _system() -> str:
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def _module(filename: str) -> str:
    """A file of the program by its place in the package; of others the name of the file alone."""
    parts = Path(filename).parts
    own = "gis" in parts and parts[len(parts) - parts[::-1].index("gis") - 1 :]
    return "/".join(own) if own else parts[-1]
