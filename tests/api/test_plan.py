"""A plan's tables: split villages, money, categories, labels; and no text of data that is HTML."""

import gc

import geopandas as gpd
import pandas as pd
import pytest
from api.frames_town import CODES, POLICY, frames
from publish.office_files import without_office_files
from small_town import FAR, ON, write_with_streets

import gis

HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    path = tmp_path_factory.mktemp("policy") / "plan.toml"
    path.write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def plan(policy):
    """The third village is split by a ruling: one home is 50 m from the end of the main."""
    town = frames()
    town["villages"]["村"] = town["villages"]["村"].where(town["villages"].index != 3, HOSTILE)
    town["rulings"] = pd.DataFrame({
        "village_code": [CODES[2]], "片区": ["served"], "approach": ["central"],
        "status": ["approved"], "document_no": ["1号"],
    })  # fmt: skip
    town["households"].loc["row 30", "户编号"] = None
    return gis.Project(**town, policy=policy, as_of="2024-10-31", title=HOSTILE).decide()


def test_a_split_village_is_one_row_with_the_sums_of_its_parts(plan):
    parts = plan.decisions.loc[CODES[2]]
    assert list(parts.index) == ["served", "unserved"]
    assert list(parts["households"]) == [1, 10]  # one of the twelve has no id
    assert list(parts["approach"]) == ["central", "electric"]
    village = plan.villages.loc[CODES[2]]
    assert (village["parts"], village["approach"], village["households"]) == (2, "electric", 11)
    assert village["cost_cny_a"] == pytest.approx(parts["cost_cny_a"].sum(), abs=1e-9)
    assert village["batch"] == parts["batch"].sum()
    assert plan.villages.index.is_unique
    assert len(plan.villages) == 20


def test_tables_join_by_their_index(plan):
    homes = plan.households.join(plan.villages[["village"]], on="village_code")
    assert homes["village"].notna().sum() == 239  # all that count
    zones = plan.households.join(plan.zones[["verdict"]], on="zone_id")
    assert set(zones.loc[zones["zone_id"].notna(), "verdict"]) == {"not_cleared"}
    costs = plan.budget.join(plan.decisions[["clause"]])
    assert costs["clause"].notna().all()
    for name in ("villages", "decisions", "zones", "budget", "connections", "network"):
        assert getattr(plan, name).index.is_monotonic_increasing, name


def test_heat_says_what_it_rests_on_and_nothing_is_measured_without_meters(plan):
    """No home of the town has a reading: all rest on floor area, or on the policy's default."""
    grounds = plan.villages[["heat_by_median", "heat_by_area", "heat_by_default"]]
    decided = plan.villages["approach"].isin(["central", "electric", "gas", "biomass"])
    sums = grounds.sum(axis=1, skipna=False)[decided]
    assert sums.astype(int).equals(plan.villages["pending"][decided].astype(int).rename(None))
    assert len(sums) > 1
    assert set(plan.households["heat_basis"].dropna()) <= {"area", "default"}
    assert plan.measured.empty
    assert plan.measured_scenario == ""
    costs = plan.emissions.join(plan.decisions[["approach"]], suffixes=("", "_decided"))
    assert (costs["approach"] == costs["approach_decided"]).all()
    assert plan.emissions["bill_after_cny_a"].notna().sum() > 1


def test_every_amount_is_whole_fen(plan):
    exact = plan.run.plan.decisions.villages.set_index(["village_code", "part"])["cost_fen_a"]
    found = plan.decisions["cost_cny_a"]
    assert found.dtype == "float64"
    assert (found * 100).round().astype("Int64").equals(exact.astype("Int64").rename("cost_cny_a"))
    undecided = (plan.decisions["approach"] == "undecided").sum()
    assert found.isna().sum() == exact.isna().sum() == undecided > 0  # an unknown cost stays blank
    for name in ("gaps", "budget", "connections"):
        table = getattr(plan, name)
        money = [column for column in table if "_cny" in column]
        assert money
        assert not [column for column in table if "fen" in column]
        assert set(table[money].dtypes) == {pd.api.types.pandas_dtype("float64")}, name


def test_columns_of_codes_have_the_same_categories_in_every_plan(plan, policy):
    wider = gis.Project(**frames(), policy=policy, as_of="2024-10-31").decide("wider_reach")
    for name in ("approach", "computed", "runner_up", "status"):
        assert isinstance(plan.villages[name].dtype, pd.CategoricalDtype)
    assert (plan.villages["approach"] == wider.villages["approach"]).sum() < 20
    assert list(plan.villages["approach"].cat.categories)[:2] == ["central", "electric"]
    assert isinstance(plan.households["clearance"].dtype, pd.CategoricalDtype)
    assert isinstance(plan.zones["verdict"].dtype, pd.CategoricalDtype)


def test_problems_of_later_stages_have_index_labels_too(plan):
    found = plan.problems.set_index("code")
    assert found.loc["no_id", "row_labels"] == ("row 30",)
    assert set(plan.problems["layer"]) >= {"households", "coal_ban_zones"}


def test_no_text_of_data_is_markup(plan):
    page = plan.map("computed", lang="en").get_root().render()
    assert HOSTILE not in page
    assert "<img" not in page
    card = plan.explain(CODES[3])._repr_html_()
    assert "<img" not in card
    assert "&lt;img src=x" in card
    assert HOSTILE in str(plan.explain(CODES[3]))


def test_a_plan_shows_in_a_notebook_how_many_villages_have_each_route(plan):
    told = plan._repr_html_()
    routes = plan.decisions["approach"].astype(str)
    assert f"集中供热 / District heating  {(routes == 'central').sum()}<" in told
    assert told.count("<div") == 1 + 1 + routes.nunique()  # the card, its day, a line a route
    assert "截至 / as of 2024-10-31<" in told
    assert "<img" not in told
    assert "&lt;img src=x" in told
    assert "scenario" not in told


def test_an_explanation_reads_in_both_languages(plan):
    assert str(plan.explain("村00")).splitlines()[1].startswith("  12 户，待改 7 户")
    english = plan.explain(CODES[0], lang="en")
    assert repr(english).splitlines()[1].startswith("  12 households, 7 still on coal")
    assert str(plan.explain(int(CODES[0]))) == str(plan.explain(CODES[0]))
    with pytest.raises(gis.UsageError, match="not certain which village '没有' is"):
        plan.explain("没有")
    with pytest.raises(gis.InputError, match="lang must be zh or en, found fr"):
        plan.explain(CODES[0], lang="fr")


def test_a_folder_gives_the_same_library(tmp_path):
    write_with_streets(tmp_path)
    project = gis.open_project(str(tmp_path), as_of="2024-10-30")
    assert (project.name, str(project.as_of), project.crs) == ("town", "2024-10-30", "EPSG:4546")
    assert repr(project) == "Project('town', as of 2024-10-30, 7 layers)"
    labels = project.problems.set_index("code").loc["duplicate_row", "row_labels"]
    assert labels == (122,)  # the row of the file
    plan = project.decide()
    assert repr(plan) == "Plan('town', as of 2024-10-30)"
    assert str(plan.as_of) == "2024-10-30"
    assert plan.scenario is None
    assert (plan.villages.loc[ON, "approach"], plan.villages.loc[FAR, "approach"]) == (
        "central", "electric",
    )  # fmt: skip
    assert plan.why_no_network == ""
    assert set(plan.tried.loc[ON].loc[""]["route"]) == {"central", "electric", "gas", "biomass"}
    with pytest.raises(gis.InputError, match="copy that"):
        project.save(tmp_path / "copy")
    outside = plan.households.loc["1001-000"]
    assert outside["status"] == "outside"
    assert outside.geometry is None  # 100, 100 is no place


def test_without_streets_there_is_no_network(tmp_path):
    write_with_streets(tmp_path)
    text = (tmp_path / "project.toml").read_text("utf-8")
    without = text.replace('[layers.roads]\npath = "roads.gpkg"\n', "")
    (tmp_path / "project.toml").write_text(without, encoding="utf-8")
    plan = gis.open_project(tmp_path).decide()
    assert isinstance(plan.network, gpd.GeoDataFrame)
    assert (len(plan.network), len(plan.connections)) == (0, 0)
    assert "there is no roads layer" in plan.why_no_network


def test_a_project_of_frames_is_published_by_itself(policy, tmp_path, monkeypatch):
    without_office_files(monkeypatch)
    project = gis.Project(**frames(), policy=policy, as_of="2024-10-31", name="twenty")
    results = project.publish(tmp_path / "out")
    assert len(results.facts.villages) == 20
    assert (tmp_path / "out" / "public" / "index.html").is_file()
    folder = project.run().inputs.project.folder
    assert sorted(one.name for one in folder.iterdir()) == [
        "policy.toml", "project.toml", "targets.csv",
    ]  # fmt: skip
    plan = project.decide()
    del project, results
    gc.collect()
    assert (folder / "project.toml").is_file()  # the plan keeps what publishing it needs
    del plan
    gc.collect()
    assert not folder.exists()
