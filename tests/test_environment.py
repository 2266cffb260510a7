"""The three lists of what Nuantu needs say the same."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent


def declared():
    """What runs, and the extra of the desk, which the demonstration and the bundle carry."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["desk"]]
    return [re.match(r"([\w-]+)([^;]*)", entry).groups() for entry in wanted]


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


@pytest.mark.parametrize(
    ("system", "left_out"),
    [
        ({"python_full_version": "3.13.9", "platform_machine": "x86_64"}, False),
        ({"python_full_version": "3.13.9", "platform_machine": "AMD64"}, False),
        ({"python_full_version": "3.13.9", "platform_machine": "arm64"}, False),  # a Mac
        ({"python_full_version": "3.14.0", "platform_machine": "x86_64"}, True),
        ({"python_full_version": "3.13.9", "platform_machine": "aarch64"}, True),
        ({"python_full_version": "3.13.9", "platform_machine": "ARM64"}, True),  # Windows
    ],
)
def test_fiona_alone_is_left_out_where_it_has_no_wheel(system, left_out):
    """And what only fiona needs; of Nuantu's own dependencies every other one is there."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = re.findall(r"^([\w-]+)\S*==\S+(?: ; (.*))? \\$", lock, re.MULTILINE)
    kept = {canonical(name) for name, marker in pinned if not marker
            or Marker(marker).evaluate({"python_version": "3.14",
                "sys_platform": "linux"} | system)}  # fmt: skip
    missing = {canonical(name) for name, _ in declared()} - kept
    assert missing == ({"fiona"} if left_out else set())


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
