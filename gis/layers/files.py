"""Only regular files inside the project folder are opened."""

from __future__ import annotations

from pathlib import Path

from gis.layers.problems import Refusal, shorten

_FOLDER_ENDING = ".gdb"


def inside(folder: Path, file: str) -> Path:
    """The file that project.toml names, with every link followed.

    Raises:
        Refusal: it is missing, lies outside the folder, or is no regular file.
    """
    root = folder.resolve()
    try:
        path = (root / file).resolve()
        there = path.exists()
    except OSError as error:  # a name that no file can have
        raise Refusal("layer_file_missing", file=shorten(file), near=_near(root / "_")) from error
    if not path.is_relative_to(root):
        raise Refusal("file_outside", file=file)
    if not there:
        raise Refusal("layer_file_missing", file=file, near=_near(path))
    _check_regular(path, file, root)
    return path


def _check_regular(path: Path, file: str, root: Path) -> None:
    if path.is_dir():
        if path.suffix.lower() != _FOLDER_ENDING:
            raise Refusal("is_folder", file=file)
        parts = list(path.rglob("*"))
    elif path.is_file():
        parts = [one for one in path.parent.iterdir() if one.stem == path.stem]
    else:
        raise Refusal("not_regular", file=file)
    for part in parts:
        if not part.resolve().is_relative_to(root):
            raise Refusal("file_outside", file=part.name)
        if not (part.is_file() or part.is_dir()):
            raise Refusal("not_regular", file=part.name)


def _near(path: Path) -> str:
    """The files that lie where the missing one should."""
    if not path.parent.is_dir():
        return "—"
    return "、".join(sorted(one.name for one in path.parent.iterdir())[:10]) or "—"
