"""No text of a library reaches a reader: what is wrong is said in our words, with its place."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

import gis
from gis.errors import InputError
from gis.layers.problems import Finding, library_cause, problem
from gis.layers.toml_model import read_toml
from gis.policy import read_policy

# What libraries say: GEOS, GDAL, PROJ, expat, csv, zip, calamine, pyarrow, pydantic, tomllib,
# Python.
FOREIGN = re.compile(
    r"[Ss]elf-intersection|Exception|Hole lies|Nested|Holes are|shell|OGR|GDAL|PROJ:"
    r"|[Ii]nput should"
    r"|Errno|Traceback|KeyError|ValueError|not well-formed|mismatched tag|unexpected end"
    r"|expected after|field larger|[Zz]ip|Arrow|Parquet magic|pydantic|Expected '|Cannot overwrite"
    r"|Invalid value|Unbalanced|line \d+ column \d+ \(char|Xlsx|Cfb"
)
BOWTIE = Polygon([(470000, 3940000), (470010, 3940010), (470010, 3940000), (470000, 3940010)])
SHAPES = {
    "crosses itself at x 470005, y 3940005": BOWTIE,
    "a hole lies outside of it at x 470101, y 3940100": Polygon(
        box(470000, 3940000, 470010, 3940010).exterior.coords,
        [box(470100, 3940100, 470101, 3940101).exterior.coords],
    ),
    "one part lies within another": MultiPolygon(
        [box(470000, 3940000, 470010, 3940010), box(470002, 3940002, 470004, 3940004)]
    ),
    "a hole lies within a hole": Polygon(
        box(0, 0, 10, 10).exterior.coords,
        [box(1, 1, 8, 8).exterior.coords, box(2, 2, 4, 4).exterior.coords],
    ),
}


def in_our_words(*texts):
    for text in texts:
        assert not FOREIGN.search(text.zh), text.zh
        assert not FOREIGN.search(text.en), text.en
        assert re.search(r"[\u4e00-\u9fff]", text.zh)


@pytest.mark.parametrize("said", SHAPES)
def test_why_a_polygon_is_none_and_where(said):
    numbers = {"reason": shapely.is_valid_reason(SHAPES[said]), "before_m2": 1.0, "after_m2": 2.0}
    assert FOREIGN.search(numbers["reason"]) or "[" in numbers["reason"]
    found = problem("villages", Finding("repaired", 4, numbers=numbers))
    in_our_words(found.message, found.remedy)
    assert said in found.message.en
    assert "在 x " in found.message.zh


def test_a_crossing_has_its_coordinates_to_the_centimetre():
    zh, en = library_cause("repaired", "Ring Self-intersection[470020.1234 3940020]")
    assert zh == "边界自己碰到自己，在 x 470020.12、y 3940020"
    assert en == "its boundary touches itself at x 470020.12, y 3940020"
    in_our_words(library_cause("repaired", "IllegalArgumentException: what nobody foresaw"))


@pytest.mark.parametrize(
    ("code", "reason", "en"),
    [
        ("csv_quotes", "unexpected end of data", "a quote is opened and never closed"),
        ("csv_quotes", "',' expected after '\"'", "something follows the closing quote"),
        ("csv_quotes", "field larger than field limit (131072)", "a cell is too long"),
        ("csv_quotes", "line contains NUL", "it holds NUL signs"),
        ("workbook_damaged", "Xlsx error: Zip error: invalid", "it is no whole workbook"),
        ("workbook_damaged", "Workbook is password protected", "it is protected by a password"),
        ("database_unreachable", "OperationalError", "no answer"),
        ("database_refused", "42P01", "SQLSTATE 42P01"),
        ("database_refused", "KeyError", "its content cannot be understood"),
    ],
)
def test_why_a_file_is_not_read(code, reason, en):
    found = library_cause(code, reason)
    assert found.en.startswith(en)
    in_our_words(found) if "SQLSTATE" not in en else None


@pytest.mark.parametrize(
    "content", ["a = ", "a = 1\na = 2", "[a", "a = 1\n[a]", "a = 'x", "= 1", "a = 2024-13-01"]
)
def test_what_is_no_toml(content, tmp_path):
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(content)
    file = tmp_path / "policy.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_toml(file)
    in_our_words(refused.value.message)
    assert "policy.toml" in refused.value.message.zh


@pytest.mark.parametrize(
    "line",
    [
        "plan_year = 'x'",
        "plan_year = [1]",
        "deadline = 5",
        "document = 7",
        "name = { a = 1 }",
        "deadline = 2024-11-15T10:00:00",
        "plan_year = 2024.5",
        "plan_year = inf",
    ],
)
def test_what_a_policy_says_wrongly(line, tmp_path):
    key = line.split(" ")[0]
    sound = {"name": "'p'", "document": "'d'", "plan_year": "2024",
             "programme_start": "2024-04-01", "deadline": "2024-11-15"}  # fmt: skip
    lines = [f"{name} = {value}" for name, value in sound.items() if name != key]
    file = tmp_path / "policy.toml"
    routes = "[[routes]]\nroute = 'gas'\nclause = 'c'\n"
    file.write_text("\n".join(["[policy]", *lines, line, routes]), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_policy(file)
    in_our_words(refused.value.message)
    assert f"policy.{key}" in refused.value.message.en


def caught(tree):
    """(name, handler) of every exception that is caught under a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name, node


def put_into_words(name, handler):
    """Lines where the exception itself becomes text, but for a `reason`, which `cause` reads."""
    allowed = {
        id(inner)
        for node in ast.walk(handler)
        if isinstance(node, ast.keyword) and node.arg == "reason"
        for inner in ast.walk(node)
    }
    for node in ast.walk(handler):
        text = isinstance(node, ast.FormattedValue) or (
            isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("str", "repr")
        )
        inner = node.value if isinstance(node, ast.FormattedValue) else node
        whole = [*getattr(inner, "args", []), inner]
        if (
            text
            and id(node) not in allowed
            and any(getattr(one, "id", "") == name for one in whole)
        ):
            yield node.lineno


def test_no_exception_of_a_library_is_put_into_a_message():
    found = [
        f"{path.name}:{line}"
        for path in sorted(Path(gis.__file__).parent.rglob("*.py"))
        for name, handler in caught(ast.parse(path.read_text("utf-8")))
        for line in put_into_words(name, handler)
    ]
    assert found == []


def test_the_search_finds_what_it_looks_for():
    bad = "try:\n    pass\nexcept OSError as e:\n    raise X(f'no: {e}') from e\n"
    worse = "try:\n    pass\nexcept OSError as e:\n    raise X(y=str(e)) from e\n"
    fine = "try:\n    pass\nexcept OSError as e:\n    raise X(reason=str(e)) from e\n"
    for code, lines in ((bad, 1), (worse, 1), (fine, 0)):
        assert sum(len(list(put_into_words(*one))) for one in caught(ast.parse(code))) == lines
