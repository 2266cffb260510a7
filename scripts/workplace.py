"""The project's own Python environment, `.venv`, made from the hashed lock files.

Uses only the standard library, so that it runs on any machine with Python 3.11 and pip.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
SOURCES = ("gis", "maps/looks", "maps/words", "pyproject.toml", "README.md", "LICENSE")

# A character that the console's encoding lacks ("»" in GBK) must not stop the script.
if hasattr(sys.stdout, "reconfigure"):
    sys.stdout.reconfigure(errors="replace")


def say(zh: str, en: str) -> None:
    """Print one line of progress in both languages."""
    print(f"» {zh} / {en}", flush=True)


def ready(lock: str) -> None:
    """Install the packages of `lock` and the project into `.venv`, unless they are current.

    lock: a requirements file with hashes, relative to the project's root.
    """
    if sys.version_info < (3, 11):  # noqa: UP036  # reported here before anything else fails
        found = sys.version.split()[0]
        sys.exit(
            f"需要 Python 3.11 或更新，这里是 {found} / needs Python 3.11 or later, found {found}"
        )
    if not PYTHON.exists():
        say("新建 .venv", "making .venv")
        shutil.rmtree(VENV, ignore_errors=True)
        venv.EnvBuilder(with_pip=False).create(VENV)
    _once("packages", _digest([ROOT / "requirements.lock", ROOT / lock]), lambda: _packages(lock))
    _once("project", _digest(_files()), _project)


def run(*command: str | Path) -> int:
    """Run a command of `.venv` from the project's root; return its exit code."""
    environment = os.environ | {"PYTHONUTF8": "1", "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=environment, check=False
    ).returncode


def _packages(lock: str) -> None:
    say("安装依赖（只需一次，要联网）", "installing what it needs (once; needs the network)")
    _pip("--require-hashes", "--only-binary", ":all:", "--requirement", str(ROOT / lock))


def _project() -> None:
    say("安装暖图本身", "installing Nuantu itself")
    _pip("--no-deps", "--no-index", "--no-build-isolation", "--force-reinstall", str(ROOT))


def _pip(*arguments: str) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-warn-script-location"]
    command = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", *quiet, *arguments]
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    if subprocess.run(command, env=environment, check=False).returncode:
        sys.exit(
            "安装没有成功；上面是 pip 的原话。没有网络或有代理时，请先设好 pip 的代理和证书。\n"
            "The installation failed; above is what pip said. Behind a proxy, set pip's proxy and "
            "certificate first, then try again."
        )


def _once(step: str, digest: str, work: object) -> None:
    """Do `work` unless `.venv` records that this step was done for the same digest."""
    mark = VENV / f"nuantu-{step}.txt"
    done = mark.read_text("utf-8").splitlines() if mark.exists() else []
    if digest in done:
        return
    work()  # type: ignore[operator]
    kept = done if step == "packages" else []
    mark.write_text("\n".join([*kept, digest]), encoding="utf-8")


def _files() -> list[Path]:
    found: list[Path] = []
    for source in SOURCES:
        path = ROOT / source
        inside = path.rglob("*") if path.is_dir() else [path]
        found += [one for one in inside if one.is_file() and "__pycache__" not in one.parts]
    return sorted(found)


def _digest(paths: list[Path]) -> str:
    total = hashlib.sha256(sys.version.encode())
    for path in paths:
        total.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
