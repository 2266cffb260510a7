"""What the README tells a reader to type is there."""

import re
from pathlib import Path

import typer

import gis
from gis.cli.commands import app

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text("utf-8")


def test_every_command_it_names_is_a_command():
    named = set(re.findall(r"nuantu (\w+) my-", TEXT))
    assert len(named) >= 6
    assert named <= set(typer.main.get_command(app).commands)


def test_every_script_and_picture_it_names_is_there():
    named = re.findall(r"(?:\./|py )(scripts/\w+)|\]\((docs/[\w.-]+)\)", TEXT)
    assert named
    for script, picture in named:
        assert (ROOT / (script or picture)).exists(), script or picture


def test_every_name_of_the_library_it_uses_is_there():
    for owner, kind in (("gis", gis), ("project", gis.Project), ("plan", gis.Plan)):
        named = set(re.findall(rf"\b{owner}\.(\w+)", TEXT)) - {"toml"}
        assert named, owner
        assert named <= set(dir(kind)), owner
