"""The environment of the compared libraries, separate because Nuantu needs none of them."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path


def ready(root: Path) -> Path:
    """Install Nuantu's dependencies and the compared libraries into `.venv-bench`.

    Returns:
        The path of its Python.
    """
    given = os.environ.get("NUANTU_BENCH_PYTHON")
    if given:
        return Path(given)
    folder = root / ".venv-bench"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["bench"]]
    mark = folder / "peers.txt"
    if python.exists() and mark.exists() and mark.read_text("utf-8") == "\n".join(wanted):
        return python
    venv.EnvBuilder(with_pip=False).create(folder)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--only-binary", ":all:", *wanted], check=True)
    mark.write_text("\n".join(wanted), encoding="utf-8")
    return python
