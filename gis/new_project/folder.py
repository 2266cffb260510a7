"""A new project folder: templates that say what goes where, run as a demonstration."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from gis.errors import InputError, Text
from gis.new_project import ledger_template

if TYPE_CHECKING:
    from pathlib import Path


def write_template(folder: Path) -> list[str]:
    """Write the templates into `folder`, which must be new or empty; the names written.

    Raises:
        InputError: there is something in the folder, or it cannot be made.
    """
    make_empty(folder)
    templates = files("gis.new_project").joinpath("templates").iterdir()
    contents = {template.name: template.read_bytes() for template in templates}
    contents[ledger_template.NAME] = ledger_template.ledger_template()
    for name, content in sorted(contents.items()):
        (folder / name).write_bytes(content)
    return sorted(contents)


def template_text(name: str) -> str:
    """The text of a template."""
    return files("gis.new_project").joinpath("templates", name).read_text("utf-8")


def make_empty(folder: Path) -> None:
    """Make a folder, which must be new or empty.

    Raises:
        InputError: there is something in it, or it cannot be made.
    """
    if folder.is_file():
        raise InputError(
            Text(
                f"{folder} 是文件；请先写新文件夹的名字，再写 --from 和文件。",
                f"{folder} is a file; first name the new folder, then --from and the files.",
            )
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            Text(
                f"{folder} 里已有东西；请换一个新文件夹，原有内容未动。",
                f"{folder} is not empty; choose a new folder. Nothing in it was touched.",
            )
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            Text(
                f"建不了文件夹 {folder}：{error.strerror}",
                f"cannot make {folder}: {error.strerror}",
            )
        ) from error
