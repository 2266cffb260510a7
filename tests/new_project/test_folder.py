"""`nuantu new`: the folder runs as a demonstration, its comments are TOML, placeholders stop."""

import io
import re
import tomllib
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from gis.inputs import read_settings
from gis.layers.columns import LAYERS
from gis.layers.placeholders import is_placeholder
from gis.layers.project import read_project
from gis.layers.schema import normalise_heading, normalise_word
from gis.new_project.folder import write_template
from gis.new_project.ledger_template import heading_of, ledger_template, listed_words
from gis.pipeline import Pipeline
from gis.policy import read_policy

# a comment that is a key or a table, whoever uncomments it
COMMENTED = re.compile(r"^#\s?(?=[\[\w\"][\w.\-\" \]]*(=|\]$|\]\s))", re.MULTILINE)


@pytest.fixture
def folder(tmp_path):
    write_template(tmp_path / "new")
    return tmp_path / "new"


def change(path, before, after):
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def blocking(folder):
    stages = Pipeline()
    problems = stages.read(read_settings(folder)).layers.problems
    return [(one.layer, one.column, one.value) for one in problems if one.blocking]


def test_every_commented_line_is_toml_and_a_known_key(folder):
    for name, read in (("project.toml", read_project), ("policy.toml", read_policy)):
        path = folder / name
        text = path.read_text("utf-8")
        places = [found.span() for found in COMMENTED.finditer(text)]
        assert len(places) > 5
        path.write_text(COMMENTED.sub("", text), encoding="utf-8")
        read(folder if name == "project.toml" else path)
        for start, end in places:  # and each of them alone
            tomllib.loads(text[:start] + text[end:])
            path.write_text(text[:start] + text[end:], encoding="utf-8")
            read(folder if name == "project.toml" else path)


def test_it_runs_as_a_demonstration_without_a_blocking_problem(folder):
    stages = Pipeline()
    inputs = stages.read_and_check(folder)
    assert inputs.project.demonstration
    assert not inputs.layers.problems
    results = stages.results(inputs)
    homes = results.facts.households
    assert (len(homes), int(homes["pending"].sum())) == (26, 14)
    units = results.progress.units.set_index("mode")
    assert units.loc["electric", ["target", "completed"]].tolist() == [24, 10]


def test_what_the_template_calls_things_is_refused_outside_a_demonstration(folder):
    change(folder / "project.toml", "demonstration = true ", "demonstration = false")
    found = blocking(folder)
    assert ("project.toml", "project.title.zh", "某市2024年冬季清洁取暖") in found
    assert ("project.toml", "zones.document_no", "某政发〔2023〕1号") in found
    assert ("policy.toml", "policy.document", "某政办发〔2024〕1号") in found
    assert ("villages", "village", "某村") in found
    assert ("villages", "township", "某镇") in found
    change(folder / "policy.toml", "某政办发〔2024〕1号", "绛政办发〔2024〕1号")
    assert "policy.document" not in [column for _, column, _ in blocking(folder)]


@pytest.mark.parametrize(
    "text", ["某市2024年", "某某村", "XX县", "××镇人民政府", "某政办发〔2024〕1号"]
)
def test_placeholders(text):
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text", ["河津市2024年冬季", "X村", "某一类用户", "双XX型炉具", "河政办发〔2024〕8号"]
)
def test_no_placeholders(text):
    assert not is_placeholder(text)


def test_the_headings_and_lists_of_the_ledger_template_are_read_as_what_they_stand_for():
    book = CalamineWorkbook.from_filelike(io.BytesIO(ledger_template()))
    tables = [one for one in LAYERS.values() if {"none", "point"} & set(one.shapes)]
    assert book.sheet_names == [layer.title.zh for layer in tables]
    for layer in tables:
        headings = book.get_sheet_by_name(layer.title.zh).to_python()[0]
        named = [layer.headings.get(normalise_heading(one)) for one in headings]
        assert named == [column.name for column in layer.columns]
        for column in (one for one in layer.columns if one.choices):
            codes = [column.words[normalise_word(word)] for word in listed_words(column)]
            assert codes == list(column.choices), column.name


def test_the_ledger_template_has_a_list_and_a_note_in_the_file():
    with zipfile.ZipFile(io.BytesIO(ledger_template())) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        notes = archive.read("xl/comments1.xml").decode()
    columns = LAYERS["households"].columns
    choices = sum(bool(listed_words(column)) for column in columns)
    assert sheet.count("<dataValidation ") == choices > 5
    assert notes.count("<comment ") == len(columns)
    assert "空气源热泵热风机" in notes
    assert heading_of(LAYERS["households"].by_name["heating"]) == "取暖方式*"
    assert ledger_template() == ledger_template()
