"""A province is published in volumes, one a district, with an index by township."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gis.conserved import conserved
from gis.errors import Text
from gis.pages.doors import Door, Doors
from gis.publish import publish
from gis.publish.disk import remove
from gis.publish.swap import install_file
from gis.report.csv_table import csv_bytes
from gis.report.summary import json_bytes, rows_of, summary
from gis.report.tables import problem_table

if TYPE_CHECKING:
    from gis.cli.province import Province
    from gis.publish.results import Results
    from gis.publish.sign import Signer

_ZONE = ("zone_id", "verdict", "inside", "cleared", "not_cleared", "unknown", "undecidable")
_PUBLISHING = Text("分册发布", "publishing the volumes")


@dataclass
class Sums:
    """What the volumes add up to, in the words of a summary."""

    households: Counter[str] = field(default_factory=Counter)
    villages: int = 0
    approach: dict[str, Counter[str]] = field(default_factory=dict)
    targets: list[dict[str, Any]] = field(default_factory=list)
    gaps: int = 0
    problems: int = 0
    doors: list[Door] = field(default_factory=list)

    def add(self, folder: str, results: Results) -> None:
        """Count one volume."""
        told = summary(results)
        self.households.update(told["households"])
        self.villages += told["villages"]
        for approach, sums in told["approach"].items():
            self.approach.setdefault(approach, Counter()).update(sums)
        self.targets += told["targets"]
        self.gaps += told["gaps"]
        self.problems += len(results.problems)
        names = results.facts.villages.groupby("township_code")["township"].agg(["first", "size"])
        for code, name, size in names.itertuples():
            self.doors.append(Door(str(code), str(name), int(size), folder))


def publish_volumes(
    province: Province,
    out: Path,
    previous: Path | None,
    sign: Signer | None,
    *,
    unmask: bool = False,
) -> dict[str, Any]:
    """Write DIR/<district>/ whole for every district, the indexes of DIR and DIR/summary.json.

    Each volume is a publication of its own: swapped in, verified and restored by itself. The
    indexes come last: index.html for the office, public.html for everybody, which leads to the
    public editions alone. What a run needed between is removed once all of them stand.

    Raises:
        PublicationError: as `gis.publish.publish`; the volumes before it are new, the rest old.
    """
    sums = Sums()
    for name, results in province.results():
        before = previous / name if previous and (previous / name).is_dir() else None
        publish(replace(results, unmask=unmask), out / name, before, sign)
        sums.add(name, results)
    project = province.beside.project
    came = province.spread.counts().sum()
    told = _told(province, sums)
    went = pd.Series({status: sums.households[status] for status in came.index})
    conserved(_PUBLISHING, came.index.repeat(came).to_series(), went.index.repeat(went).to_series())
    title = Text(project.title.zh, project.title.en)
    problems = problem_table(province.problems, unmask=unmask)
    install_file(out / "problems.csv", csv_bytes(problems))
    install_file(out / "summary.json", json_bytes(told))
    for name, public in (("public.html", True), ("index.html", False)):
        day, made_up = project.as_of.isoformat(), project.demonstration
        page = Doors(title, day, sums.doors, made_up=made_up, public=public)
        install_file(out / name, page.render())
    remove(province.work)
    return told


def _told(province: Province, sums: Sums) -> dict[str, Any]:
    """The summary of all volumes; a zone is counted over all of them."""
    zones = province.shared.zones.sort_values("zone_id")
    return {
        "households": dict(sums.households),
        "villages": sums.villages,
        "approach": {approach: dict(counts) for approach, counts in sums.approach.items()},
        "targets": sums.targets,
        "zones": rows_of(zones, _ZONE),
        "gaps": sums.gaps,
        "as_of": province.beside.project.as_of.isoformat(),
        "volumes": len({door.folder for door in sums.doors}),
        "problems": sums.problems + len(province.problems),
    }
