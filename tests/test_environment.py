"""The three lists of what Nuantu needs say the same."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent


def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [re.match(r"([\w-]+)(.*)", entry).groups() for entry in project["dependencies"]]


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_environment_yml_agrees_with_pyproject():
    text = (ROOT / "environment.yml").read_text("utf-8")
    listed = dict(re.findall(r"^ +- ([\w-]+) ([<>=]=?[\w.]+)$", text, re.MULTILINE))
    expected = dict(declared()) | {"python": ">=3.11"}
    assert listed == expected


def test_the_lock_pins_every_dependency_with_hashes():
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    entries = re.split(r"\n(?=\S)", lock)
    pinned = {canonical(entry.split("==")[0]) for entry in entries if "==" in entry}
    assert {canonical(name) for name, _ in declared()} <= pinned
    for entry in entries:
        assert "==" not in entry or "--hash=sha256:" in entry, entry


def test_no_lock_names_a_registry():
    for lock in ("requirements.lock", "tests/requirements.lock"):
        assert "://" not in (ROOT / lock).read_text("utf-8")


def test_what_is_needed_with_an_extra_is_pinned_with_it():
    """For `coverage[toml]` pip 23.2 does not look at the pin of `coverage` and wants another."""
    locks = [ROOT / "requirements.lock", ROOT / "tests/requirements.lock"]
    entries = [
        line for lock in locks for line in lock.read_text("utf-8").splitlines() if "==" in line
    ]
    pinned = {canonical(entry.split("==")[0].split("[")[0]): entry for entry in entries}
    asked = [
        need
        for package in distributions()
        for need in map(Requirement, package.requires or ())
        if canonical(package.name) in pinned
        and need.extras
        and (need.marker is None or need.marker.evaluate({"extra": ""}))
    ]
    assert any(need.name == "coverage" for need in asked)
    for need in asked:
        assert all(extra in pinned[canonical(need.name)] for extra in need.extras), need
