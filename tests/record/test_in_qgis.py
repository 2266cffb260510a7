"""office.gpkg edited in QGIS itself, which is killed: what it saved stands and is journalled."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import shapely

from gis.record import UNKNOWN, OfficeRecord

SCRIPT = Path(__file__).with_name("edit_in_qgis.py")
PYTHON = Path("/usr/bin/python3")  # the one that Debian's python3-qgis belongs to
SAID = ("王芳", "会议")


def test_what_qgis_saved_stands_when_it_is_killed(tmp_path):
    if not PYTHON.exists() or shutil.which("qgis") is None:
        pytest.skip("no QGIS on this machine")
    record = OfficeRecord(tmp_path)
    with record.changing(*SAID) as change:
        change.insert("rulings", {"village_code": "1", "approach": "electric"})
        change.insert("payments", {"payment_id": "P1", "amount_cny": 0.1, "payer": "县"})
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with subprocess.Popen(
        [PYTHON, SCRIPT, record.path],
        env=outside | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as qgis:
        said = [qgis.stdout.readline().strip() for _ in range(4)]
        qgis.send_signal(signal.SIGKILL)
    assert said == ["saved rulings", "saved coal_ban_zones", "saved payments", "editing"]

    (ruling,) = record.rows("rulings")
    assert (ruling["village_code"], ruling["approach"]) == ("140882102205", "gas")
    (zone,) = record.rows("coal_ban_zones")
    assert zone["effective_on"] == "2024-10-01"
    assert shapely.from_wkb(zone["geom"]).area == pytest.approx(0.005)
    (payment,) = record.rows("payments")
    assert (payment["amount_cny"], payment["payer"]) == (0.25, "县")

    own = [one for one in record.journal() if one.who == UNKNOWN]
    assert {(one.entries[0].table, one.entries[0].action) for one in own} == {
        ("rulings", "insert"), ("rulings", "delete"), ("coal_ban_zones", "insert"),
        ("payments", "update"),
    }  # fmt: skip
    (paid,) = [one.cells for one in own if one.entries[0].table == "payments"]
    assert [(one.column, one.old, one.new) for one in paid] == [("amount_cny", "0.1", "0.25")]
    for one in reversed(own):
        record.undo(one.number, *SAID)
    assert record.rows("rulings")[0]["approach"] == "electric"
    assert record.rows("coal_ban_zones") == []
    assert record.rows("payments")[0]["amount_cny"] == 0.1
