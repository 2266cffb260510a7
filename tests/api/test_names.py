"""What `gis` promises: its names, that they load lazily, and their documentation."""

import inspect
import re
import runpy
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

import gis
from gis.api.frame_layers import OptionalLayers
from gis.layers.columns import LAYERS

NAMES = [
    "Explanation", "GapMarkers", "HatchedAreas", "HeatMains", "HouseholdPoints", "InputError",
    "NuantuError", "Plan", "Project", "ProposedNetwork", "PublicationError", "UsageError",
    "VillageLabels", "__version__", "compare", "extend_network", "from_bd09", "from_gcj02",
    "judge_clearance", "open_project", "place", "read_layer", "served", "to_gcj02", "zone_position",
]  # fmt: skip


def test_the_exported_names_are_these():
    assert gis.__all__ == NAMES
    assert set(NAMES) <= set(dir(gis))
    for name in NAMES:
        assert getattr(gis, name) is not None
    with pytest.raises(AttributeError, match="module 'gis' has no attribute 'decide_all'"):
        _ = gis.decide_all


def test_import_loads_no_library_and_no_module_of_ours():
    code = "import sys; before = set(sys.modules); import gis; print(*(set(sys.modules) - before))"
    run = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert "gis" in loaded
    assert not [name for name in run.stdout.split() if name.startswith("gis.")]
    assert loaded <= {"gis", *sys.stdlib_module_names}


def test_types_are_there_for_checkers():
    assert files("gis").joinpath("py.typed").is_file()


@pytest.mark.parametrize("name", [one for one in NAMES if one[0].islower()])
def test_every_function_says_what_it_takes_and_gives(name):
    function = getattr(gis, name)
    said = inspect.getdoc(function)
    parameters = [one for one in inspect.signature(function).parameters if one != "layers"]
    for parameter in parameters:
        assert f"\n    {parameter}: " in said or f"{name}({parameter}" in said or name == "compare"
        assert function.__annotations__[parameter]
    assert function.__annotations__["return"]
    assert "Raises:" in said or name == "compare"


@pytest.mark.parametrize("kind", [gis.Plan, gis.Project])
def test_every_public_attribute_is_documented(kind):
    for name, attribute in vars(kind).items():
        if not name.startswith("_"):
            assert (inspect.getdoc(attribute) or "").strip(), name


def test_the_reference_is_current_and_has_every_name(monkeypatch):
    """./scripts/api_reference writes it."""
    root = Path(__file__).parents[2]
    monkeypatch.setattr("sys.path", [*sys.path])  # the script puts the checkout first
    written = runpy.run_path(str(root / "scripts" / "api_reference"))["reference"]()
    assert (root / "docs" / "python.md").read_text("utf-8") == written
    named = set(re.findall(r"^## `gis\.(\w+)", written, re.MULTILINE))
    assert named == set(NAMES) - {"__version__"}
    assert "### `Plan.explain(village: str | int, lang: str = 'zh') -> Explanation`" in written


def test_every_layer_of_the_hints_is_a_layer():
    hinted = set(OptionalLayers.__annotations__)
    assert hinted <= {*LAYERS, "targets"}
