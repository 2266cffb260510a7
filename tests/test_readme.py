"""What the README tells a reader to type is there."""

import re
from pathlib import Path

import typer
from api.frames_town import POLICY, frames

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


def test_its_python_runs(tmp_path, monkeypatch):
    """On a small town in place of the demonstration, with a village of the name it asks for."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.toml").write_text(POLICY, encoding="utf-8")
    town = frames()
    (asked,) = re.findall(r'plan\.explain\("(\w+)"\)', TEXT)
    town["villages"].loc[3, "村"] = asked
    project = gis.Project(**town, policy="plan.toml", as_of="2024-10-31")
    project.save("layers/hejin-2024")
    section = TEXT.split("\n## 在 Python 中使用", 1)[1].split("\n## ", 1)[0]
    code = "\n".join(line[4:] for line in section.splitlines() if line.startswith("    "))
    assert code.count("\n") > 10
    known = {}
    exec(compile(code, "README.md", "exec"), known)  # noqa: S102  what a reader types
    assert asked in str(known["plan"].explain(asked))
    assert "</html>" in Path("map.html").read_text("utf-8")
    assert Path("maps/hejin-2024/public/index.html").is_file()
    page = known["m"].get_root().render()
    assert all(name in page for name in ("L.control.layers", "nuantu.folium"))
