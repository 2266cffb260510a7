"""Install Nuantu from the wheels next to this file, without a network.

python install.py [FOLDER]: installs into FOLDER, by default into `env` next to this file. Needs the
Python of python.txt (version and platform), with pip; uses only the standard library.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Make the environment, install with hashes, and try the command."""
    if hasattr(sys.stdout, "reconfigure"):  # a character that the console lacks is no error
        sys.stdout.reconfigure(errors="replace")
    needed = (HERE / "python.txt").read_text("utf-8").strip()
    version = ".".join(map(str, sys.version_info[:2]))
    found = f"{version} {sysconfig.get_platform()}"
    if found != needed:
        sys.exit(
            f"这一包要用 Python {needed}，这里是 {found}；请换这个版本的 Python，或另做一包 / "
            f"needs Python {needed}, found {found}; use that Python, or have a bundle made for "
            "this one"
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
    """The environment without pip settings, so that only these wheels are used."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return kept | {"PIP_CONFIG_FILE": os.devnull}


if __name__ == "__main__":
    sys.exit(main())
