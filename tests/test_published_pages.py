"""What the main job published, opened in a real Chromium from file:// with the network cut."""

from pathlib import Path

import forked
import pytest
from publish.office_files import without_office_files
from small_town import FAR, write

PAGES = ("index", "approach", "progress", "gaps", "clearance")
SCENARIOS = """
[scenario.wide.heating_network]
connect_m = 20000
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    write(folder / "town")
    with (folder / "town" / "policy.toml").open("a", encoding="utf-8") as policy:
        policy.write(SCENARIOS)
    forked.warm()
    command = ("run", folder / "town", "--out", folder / "out", "--compare", "wide")
    with pytest.MonkeyPatch.context() as patch:
        without_office_files(patch)
        run = forked.nuantu(*command, log=folder)
    assert run.code == 0, run.err
    return folder / "out"


@pytest.fixture
def page(tabs):
    """A page, the addresses that it asks for, and what goes wrong on it."""
    page = tabs.take((1440, 900))
    asked, wrong = [], []
    heard = {
        "request": lambda request: asked.append(request.url),
        "pageerror": lambda error: wrong.append(str(error)),
        "console": lambda line: line.type == "error" and wrong.append(line.text),
    }
    for event, hear in heard.items():
        page.on(event, hear)
    page.asked, page.wrong = asked, wrong
    yield page
    for event, hear in heard.items():
        page.remove_listener(event, hear)
    tabs.leave(page)


@pytest.mark.parametrize("edition", ["public", "planner"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_without_a_request_or_an_error(page, out, edition, name):
    address = (out / edition / f"{name}.html").resolve().as_uri()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").inner_text()
    assert page.wrong == []
    assert [url for url in page.asked if url != address and not url.startswith("data:")] == []


def test_a_village_is_found_and_says_its_route_reason_and_clause(page, out):
    page.goto((out / "planner" / "approach.html").resolve().as_uri())
    page.get_by_role("combobox").first.fill(f"v{FAR[-3:]}")
    page.get_by_role("option").first.click()
    card = page.locator("#card")
    card.wait_for(state="visible")
    said = card.inner_text()
    for words in ("煤改电", "c2", "50"):
        assert words in said
    page.get_by_role("button", name="Switch to English").click()
    assert "Coal to electric" in card.inner_text()
    assert page.wrong == []


def test_the_plan_is_compared_with_the_scenario_that_was_named(page, out):
    page.goto((out / "planner" / "compare.html").resolve().as_uri())
    assert "热力管接入距离 20,000 m" in page.locator("#scenarios").inner_text()
    # within 20 km of the main everybody is served; the first village was so before
    assert page.locator("#list tbody tr").count() == 3
    changed = page.locator(f"#list tr[data-id='{FAR}']")
    told = [text.strip() for text in changed.locator("td").all_inner_texts()]
    assert told[:2] == ["煤改电", "集中供热"]
    changed.click()
    assert "现行方案" in page.locator("#card").inner_text()
    assert page.wrong == []
    assert not (out / "public" / "compare.html").exists()


def test_the_pages_say_that_the_data_are_synthetic(out):
    for path in (*Path(out, "public").glob("*.html"), *Path(out, "planner").glob("*.html")):
        assert "合成" in path.read_text(encoding="utf-8"), path.name
