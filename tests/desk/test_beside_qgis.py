"""The desk has the project open while QGIS edits its record, holds it locked, and is killed."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from desk.conftest import text_of

import gis
from gis.record import UNKNOWN

SCRIPT = Path(__file__).parents[1] / "record" / "edit_in_qgis.py"
PYTHON = Path("/usr/bin/python3")  # the one that Debian's python3-qgis belongs to
EAST, WANG = "150101100201", "150101100202"
RULING = {"part": "", "approach": "biomass", "status": "approved", "document_no": "办9号",
          "who": "王芳", "why": "会议", "decided_on": "2024-10-20"}  # fmt: skip
FOREIGN = "别的程序（如 QGIS）改的"


@pytest.mark.long  # the desk waits ten seconds for the lock
def test_what_qgis_saved_is_shown_and_its_lock_is_said(explained):
    if not PYTHON.exists() or shutil.which("qgis") is None:
        pytest.skip("no QGIS on this machine")
    explained.page("/decide")
    explained.send("/decide/rule", RULING | {"village": EAST})
    record = gis.open_project(explained.folder).record
    record.put("payments", [{"payment_id": "P1", "amount_cny": 0.1, "payer": "县"}],
               who="王芳", why="会议")  # fmt: skip
    assert FOREIGN not in explained.page("/journal")
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with subprocess.Popen(
        [PYTHON, SCRIPT, explained.folder / "office.gpkg", WANG, "locked"],
        env=outside | {"QT_QPA_PLATFORM": "offscreen"}, stdout=subprocess.PIPE, text=True,
    ) as qgis:  # fmt: skip
        said = [qgis.stdout.readline().strip() for _ in range(4)]
        assert said == ["saved rulings", "saved coal_ban_zones", "saved payments", "editing"]
        shown = explained.page("/journal")
        fields = RULING | {"village": EAST, "change": explained.keys.change}
        refused = explained.client.post("/decide/rule", data=fields)
        qgis.send_signal(signal.SIGKILL)
    assert shown.count(FOREIGN) == 4
    assert refused.status_code == 400
    assert "正被另一个程序（如 QGIS 或另一个窗口）写入" in text_of(refused.text)
    assert "没有保存" in refused.text

    explained.page("/problems")
    routes = {row["village_code"]: row["approach"] for row in record_rows(explained, "rulings")}
    assert routes == {WANG: "gas"}  # QGIS deleted the other, and the locked one was not written
    explained.send("/decide/rule", RULING | {"village": EAST})
    routes = {row["village_code"]: row["approach"] for row in record_rows(explained, "rulings")}
    assert routes == {WANG: "gas", EAST: "biomass"}
    (paid,) = record_rows(explained, "payments")
    assert (paid["amount_cny"], paid["payer"]) == (
        0.25,
        "县",
    )  # what QGIS had not saved is not there
    page = explained.page(f"/decide?village={WANG}")
    assert '<span class="chip route route-gas">' in page
    told = gis.open_project(explained.folder).record.changes()
    numbers = [one.number for one in told if one.who == UNKNOWN]
    assert len(numbers) == 4
    for number in numbers:
        explained.send(
            "/journal/explain", {"number": str(number), "who": "李强", "why": "在图上改"}
        )
    assert FOREIGN not in explained.page("/journal")


def record_rows(clerk, table):
    return gis.open_project(clerk.folder).record.rows(table).to_dict("records")
