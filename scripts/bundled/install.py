"""Install Nuantu from the wheels beside this file; no network is asked for anything.

python install.py [FOLDER]: into FOLDER, `env` beside this file if none is named. Needs the Python
that python.txt names, with pip; the standard library alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Make the environment, install by hash, and try the command."""
    if hasattr(sys.stdout, "reconfigure"):  # what the console has no sign for stops nothing
        sys.stdout.reconfigure(errors="replace")
    needed = (HERE / "python.txt").read_text("utf-8").strip()
    found = ".".join(map(str, sys.version_info[:2]))
    if found != needed:
        sys.exit(
            f"这一包要用 Python {needed}，这里是 {found} / needs Python {needed}, found {found}"
        )
    place = Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "env").resolve()
    if place.is_file() or (
        place.is_dir() and any(place.iterdir()) and not (place / "pyvenv.cfg").exists()
    ):
        sys.exit(
            f"{place} 里已有别的东西，未动；请指定一个新文件夹 / "
            f"{place} holds something else, left alone; name a new folder"
        )
    print(f"» 安装到 {place} / installing into {place}", flush=True)
    venv.EnvBuilder(with_pip=False, clear=True).create(place)
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    python = programs / ("python.exe" if os.name == "nt" else "python")
    command = [
        sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index",
        "--no-deps", "--no-compile", "--no-warn-script-location", "--require-hashes",
        "--find-links", str(HERE / "wheels"), "--requirement", str(HERE / "requirements.txt"),
    ]  # fmt: skip
    if subprocess.run(command, env=alone(), check=False).returncode:
        sys.exit("安装没有成功；上面是 pip 的原话 / not installed; above is what pip said")
    nuantu = programs / ("nuantu.exe" if os.name == "nt" else "nuantu")
    code = subprocess.run(
        [str(nuantu), "--help"], stdout=subprocess.DEVNULL, check=False
    ).returncode
    print(f"» 装好了，命令是 {nuantu} / installed; the command is {nuantu}", flush=True)
    return code


def alone() -> dict[str, str]:
    """The surroundings without anybody's settings of pip: nothing but these wheels is used."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return kept | {"PIP_CONFIG_FILE": os.devnull}


if __name__ == "__main__":
    sys.exit(main())
