"""In Chromium, the network cut: from an empty folder to both editions, by mouse and by keyboard."""

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from desk.made_files import write_office
from office import make_office

from gis.layers.project import read_project

ROOT = Path(__file__).parents[2]
SIZES = {"office": (1366, 768), "tablet": (768, 1024)}
STEPS = ("files", "columns", "places", "reconcile", "problems", "decide", "publish")
NOTICE = (
    "关于划定禁燃区的通告（试政发〔2023〕12号）\n范围：北川镇石桥村、上营村，南沟镇南沟村。\n"
    "自2023年10月1日起施行。\n"
)
ABOUT = {"title_zh": "试验县2024年清洁取暖", "title_en": "Trial county 2024",
         "as_of": "2024-10-31", "plan": "试验县清洁取暖方案", "document": "试政办发〔2024〕3号"}  # fmt: skip
PATIENCE_MS = 300_000  # publishing takes three minutes on a machine at work


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """The raw files of an office, and what is true of its villages."""
    made = make_office(tmp_path_factory.mktemp("office"))
    for name in ("project.toml", "policy.toml"):
        (made.folder / name).unlink()
    (made.folder / "公告.txt").write_text(NOTICE, encoding="utf-8")
    return made


def start(folder):
    """The server of a folder, and the address that opens it."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "gis", "desk", str(folder), "--no-browser"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    return process, re.search(r"http://\S+", process.stdout.readline())[0]


@pytest.fixture
def opened(browser, tmp_path):
    """A page on the desk of an empty folder, which reaches nothing else, and what went wrong."""
    process, address = start(tmp_path / "县")
    base = address.split("/open", 1)[0]
    context = browser.new_context(
        viewport=dict(zip(("width", "height"), SIZES["office"], strict=True))
    )
    page, wrong = context.new_page(), []

    def only_here(route):
        if route.request.url.startswith((base, "data:", "blob:")):
            route.continue_()
        else:
            wrong.append(route.request.url)
            route.abort()

    context.route("**/*", only_here)
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    # Listening from here on, the chooser is caught however soon after a key it opens.
    page.on("filechooser", lambda chooser: None)
    page.on("console", lambda said: said.type in ("error", "warning") and wrong.append(said.text))
    page.goto(address)
    page.bring_to_front()
    yield page, base, tmp_path / "县"
    context.close()
    process.kill()
    process.wait()
    assert wrong == []


class Mouse:
    """Somebody with a mouse."""

    def __init__(self, page):
        self.page = page

    def choose_files(self, files):
        with self.page.expect_file_chooser() as chooser:
            self.page.click("#files")
        chooser.value.set_files(files)

    def click(self, selector):
        self.page.click(selector)

    def type(self, selector, text):
        self.page.fill(selector, text)

    def pick(self, selector, value):
        self.page.select_option(selector, value)


class Keyboard(Mouse):
    """Somebody without one: Tab to a thing, then keys."""

    def reach(self, selector):
        wanted = self.page.locator(selector).first
        wanted.wait_for()
        for _ in range(600):
            if wanted.evaluate("one => one === document.activeElement"):
                return wanted
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not get to {selector}")

    def choose_files(self, files):
        self.reach("#files")
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files(files)

    def click(self, selector):
        wanted = self.reach(selector)
        ticks = wanted.get_attribute("type") == "checkbox"
        self.page.keyboard.press("Space" if ticks else "Enter")

    def type(self, selector, text):
        self.reach(selector)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def pick(self, selector, value):
        wanted = self.reach(selector)
        self.page.keyboard.press("Home")
        for _ in range(120):
            if wanted.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{selector} has no {value}")


def row_of(heading):
    return f"tr:has(th:text-is('{heading}')) select"


def send(clerk, page, button):
    """Press a button that sends a form, and wait for what the page that follows says of it."""
    page.evaluate("document.querySelectorAll('.said').forEach((one) => one.remove())")
    clerk.click(button)
    page.wait_for_selector(".said.good")


def walk(clerk, page, base, files, *, whole=True):
    """Every step from the files to the button that publishes; else to a ledger's columns."""
    clerk.choose_files([str(one) for one in files])
    clerk.click("#drop button")
    page.wait_for_selector("#title_zh")
    for name, text in ABOUT.items():
        clerk.type(f"#{name}", text)
    send(clerk, page, "section[aria-labelledby=about-h] button[type=submit]")
    clerk.click("nav a[href='/columns']")
    clerk.click(".file-list a:has-text('东坪乡.xls')")
    page.wait_for_selector("h2:text-is('东坪乡.xls')")
    clerk.pick(row_of("X"), "lon")
    clerk.pick(row_of("Y"), "lat")
    clerk.pick("li.strange:has-text('空气能') select", "electric")
    send(clerk, page, "#columns button[type=submit]")
    if not whole:
        return
    clerk.click("nav a[href='/places']")
    form = "form.line-form:has(b:text-is('东坪乡.xls'))"
    clerk.pick(f"{form} select", "GCJ-02")
    clerk.click(f"{form} button")
    page.wait_for_selector(f"{form} input[type=checkbox]")
    clerk.click(f"{form} input[type=checkbox]")
    clerk.click(f"{form} button")
    cad = "section:has(h2:has-text('管网.dxf'))"
    page.wait_for_selector(f"{form} input[type=checkbox]:checked")
    clerk.pick(f"{cad} li:has-text('供热一次网') select", "in_service")
    clerk.pick(f"{cad} li:has-text('图框') select", "leave_out")
    send(clerk, page, f"{cad} button")
    clerk.click("nav a[href='/publish']")
    page.wait_for_selector("form[action='/publish/begin'] button:enabled")
    clerk.click("form[action='/publish/begin'] button")
    page.wait_for_selector(".editions")


def counted(page, base):
    """(township, village) → homes, converted, pending and placed, as step 4 says."""
    page.goto(f"{base}/reconcile")
    page.wait_for_selector("#villages-h")
    found = {}
    for town in page.locator("table").first.locator("th a").all_inner_texts():
        page.click(f"th a:text-is('{town}')")
        page.wait_for_selector(f"#town-h:text-is('{town}')")
        rows = page.locator("section[aria-labelledby=villages-h] tbody tr").all()
        for row in rows:
            village, *numbers = row.locator("th, td").all_inner_texts()
            homes, converted, pending, unplaced = (int(one.replace(",", "")) for one in numbers)
            found[town, village] = (homes, converted, pending, homes - unplaced)
    return found


def digests(folder):
    return {
        one.relative_to(folder).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest()
        for one in folder.rglob("*")
        if one.is_file() and not one.name.startswith(".")
    }


def violations(page):
    rules = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in rules for node in rule["nodes"]]


def ran_again(folder):
    """Both editions of the folder by the command line."""
    again = folder.parent / "again"
    subprocess.run(
        [sys.executable, "-m", "gis", "run", str(folder), "--out", str(again)],
        check=True,
        capture_output=True,
        # the code of the desk, which the manifest names
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    return again


@pytest.mark.parametrize("audited", ["zh", pytest.param("zh en", marks=pytest.mark.long)])
def test_by_mouse_and_everybody_can_use_every_step(opened, office, audited):
    """Axe looks at the languages of `audited`; with all, the editions are the command line's.

    The quick suite compares them without a browser, in test_to_the_map.py.
    """
    page, base, folder = opened
    walk(Mouse(page), page, base, sorted(office.folder.iterdir()))
    assert counted(page, base) == office.truth()
    if "en" in audited:
        assert digests(ran_again(folder)) == digests(folder.parent / "县-maps")
    found = []
    for lang in ("zh", "en"):
        for step in STEPS:
            page.goto(f"{base}/{step}?lang={lang}")
            page.wait_for_selector(f"nav a[aria-current][href='/{step}']")
            page.wait_for_selector("#busy", state="detached")
            for size in SIZES.values():
                page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
                wide = page.evaluate("document.documentElement.scrollWidth")
                found += [(step, lang, size, wide)] if wide > size[0] else []
            if lang in audited.split():
                found += [(step, lang, one) for one in violations(page)]
    assert found == []


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.long)])
def test_by_keyboard_alone(opened, office, whole):
    page, base, folder = opened
    walk(Keyboard(page), page, base, sorted(office.folder.iterdir()), whole=whole)
    assert read_project(folder).title.zh == ABOUT["title_zh"]
    assert not whole or counted(page, base) == office.truth()


@pytest.mark.parametrize("moments", [1, pytest.param(100, marks=pytest.mark.long)])
def test_a_killed_server_loses_no_confirmed_change(tmp_path, moments):
    """Changes follow each other while the server is killed: what was confirmed stands, whole."""
    files = write_office(tmp_path / "own")
    folder = tmp_path / "p"
    for moment in range(moments):
        process, address = start(folder)
        confirmed = 0
        with httpx2.Client(follow_redirects=True, timeout=60) as client:
            base = address.split("/open", 1)[0]
            page = client.get(address).text
            key = re.search(r'name="change" value="([^"]+)"', page)[1]
            headers = {"Origin": base}
            if moment == 0:
                sent = [("files", (one.name, one.read_bytes())) for one in files]
                client.post(f"{base}/files/drop", data={"change": key}, files=sent, headers=headers)
                while "busy" in client.get(f"{base}/files").text:
                    time.sleep(0.2)
            until = time.monotonic() + 0.15 + moment % 7 / 20
            killed = False
            while not killed:
                about = ABOUT | {
                    "plan": f"方案{moment}-{confirmed + 1}",
                    "map_review_no": "",
                    "change": key,
                }
                if time.monotonic() > until:
                    os.kill(process.pid, signal.SIGKILL)
                    killed = True
                try:
                    answer = client.post(
                        f"{base}/files/about", data=about, headers=headers, follow_redirects=False
                    )
                except httpx2.HTTPError:
                    break
                assert answer.status_code == 303
                confirmed += 1
        process.wait()
        policy = (folder / "policy.toml").read_text("utf-8")
        number = int(re.search(rf'name = "方案{moment}-(\d+)"', policy)[1])
        assert number in (confirmed, confirmed + 1)
        assert read_project(folder).title.zh == ABOUT["title_zh"]


def test_a_page_that_waits_goes_on_to_an_address_with_a_fragment(browser):
    """A browser that is sent to where it is, but for the part after #, stays there."""
    script = (ROOT / "maps" / "looks" / "desk.js").read_text("utf-8")
    waits = '<div id="busy" data-back="/decide?village=1"><ol id="stages"></ol></div>'
    waits += f"<script>{script}</script>"
    answers = [waits, '<p id="village-h">好</p>']
    page = browser.new_page()

    def answer(route):
        if route.request.url.endswith("/work"):
            route.fulfill(json={"done": True, "stages": []})
        else:
            route.fulfill(content_type="text/html; charset=utf-8", body=answers.pop(0))

    page.route("**/*", answer)
    page.goto("http://desk.test/decide?village=1#village-h")
    page.wait_for_selector("#village-h")
    assert page.url == "http://desk.test/decide?village=1#village-h"
    assert answers == []
    page.close()
