"""A cell is corrected, or a row left out, in the office's record; the file stays as it is."""

from desk.made_files import home, write_borders, write_ledger

import gis
from gis.layers import load, read_project


def county(clerk, folder):
    rows = [home(n, 0, "煤" if n != 3 else "烧炕") for n in range(1, 13)]
    clerk.drop(write_borders(folder), write_ledger(folder, "甲镇台账.csv", rows))
    return (clerk.folder / "甲镇台账.csv").read_bytes()


def heating(clerk):
    homes = load(read_project(clerk.folder)).tables["households"]
    return dict(zip(homes["ledger_row"], homes["heating"].fillna("-"), strict=True))


FIELDS = {"layer": "households", "file": "甲镇台账.csv", "sheet": "", "row": "4",
          "column": "heating", "who": "李强", "why": "入户看过",
          "cause": "households:bad_choice"}  # fmt: skip


def test_a_cell_is_corrected_and_the_correction_undone(clerk, tmp_path):
    before = county(clerk, tmp_path)
    page = clerk.page("/problems?cause=households:bad_choice")
    assert "correct=0" in page
    page = clerk.page("/problems?cause=households:bad_choice&correct=0")
    assert 'name="row" value="4"' in page
    assert "现写 烧炕" in page
    assert heating(clerk)[4] == "-"
    clerk.send("/problems/correct", FIELDS | {"new": "biomass"})
    assert heating(clerk)[4] == "biomass"
    assert (clerk.folder / "甲镇台账.csv").read_bytes() == before
    assert "households:bad_choice" not in clerk.page("/problems").replace("%3A", ":")
    (entry,) = (
        gis.open_project(clerk.folder).record.journal().query("column == 'new_value'").itertuples()
    )
    assert (entry.who, entry.why, entry.new) == ("李强", "入户看过", "biomass")
    clerk.send("/decide/undo", {"number": "1", "who": "王芳", "why": "看错了", "back": "/problems"})
    assert heating(clerk)[4] == "-"


def test_a_row_is_left_out(clerk, tmp_path):
    county(clerk, tmp_path)
    clerk.page("/problems")
    clerk.send("/problems/correct", FIELDS | {"new": "", "leave_out": "1"})
    assert 4 not in heating(clerk)
    assert len(heating(clerk)) == 11


def test_a_cell_that_is_not_there_is_refused(clerk, tmp_path):
    county(clerk, tmp_path)
    clerk.page("/problems")
    for wrong in (
        {"row": "99"},
        {"file": "../x.csv"},
        {"layer": "x"},
        {"column": "device"},
        {"who": ""},
        {"why": " "},
    ):
        fields = FIELDS | {"new": "coal", "change": clerk.keys.change} | wrong
        assert clerk.client.post("/problems/correct", data=fields).status_code == 400, wrong
    assert not (clerk.folder / "office.gpkg").exists() or heating(clerk)[4] == "-"
