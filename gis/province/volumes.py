"""A province is published in volumes, one a district, with an index by township."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from gis.conservation import check_same_ids
from gis.editions.run_results import EditionFlags, PublishOptions
from gis.errors import Text, UsageError
from gis.memory import give_back
from gis.pages.index_page import IndexEntry, IndexPage
from gis.province.district_run import district_results
from gis.province.read import counted
from gis.province.run import Province
from gis.publish.atomic_swap import install_file
from gis.publish.filesystem import MANIFEST, SIGNATURE, remove
from gis.publish.previous_edition import past
from gis.publish.publication import build_publication, install_publication
from gis.report.metadata import json_bytes, rows_of, summary
from gis.report.table_files import csv_bytes
from gis.report.tables import problem_table

if TYPE_CHECKING:
    from gis.editions.run_results import Results
    from gis.inputs import Settings
    from gis.layers.reader_process import ReaderProcess
    from gis.pipeline import Pipeline
    from gis.province.district_run import DistrictInputs
    from gis.province.partitions import PartitionStore
    from gis.province.run import SharedLayers
    from gis.province.shared_arrays import SharedArrays
    from gis.publish.publication import Made
    from gis.publish.signing import Signer

_ZONE = ("zone_id", "verdict", "inside", "cleared", "not_cleared", "unknown", "undecidable")
_PUBLISHING = Text("分册发布", "publishing the volumes")


@dataclass
class VolumeTotals:
    """What volumes add up to, in the words of a summary."""

    households: Counter[str] = field(default_factory=Counter)
    villages: int = 0
    approach: dict[str, Counter[str]] = field(default_factory=dict)
    targets: list[dict[str, Any]] = field(default_factory=list)
    gaps: int = 0
    problems: int = 0
    doors: list[IndexEntry] = field(default_factory=list)

    @classmethod
    def of(cls, folder: str, results: Results) -> VolumeTotals:
        """Of one volume."""
        told = summary(results)
        names = results.facts.villages.groupby("township_code")["township"].agg(["first", "size"])
        return cls(
            Counter(told["households"]),
            told["villages"],
            {approach: Counter(sums) for approach, sums in told["approach"].items()},
            told["targets"],
            told["gaps"],
            len(results.problems),
            [
                IndexEntry(str(code), str(name), int(size), folder)
                for code, name, size in names.itertuples()
            ],
        )

    def add(self, other: VolumeTotals) -> None:
        """Count another volume."""
        self.households.update(other.households)
        self.villages += other.villages
        for approach, sums in other.approach.items():
            self.approach.setdefault(approach, Counter()).update(sums)
        self.targets += other.targets
        self.gaps += other.gaps
        self.problems += other.problems
        self.doors += other.doors


class VolumeInputs(NamedTuple):
    """What every volume rests on."""

    common: SharedArrays[DistrictInputs]
    shared: SharedLayers


@dataclass(frozen=True)
class Volume:
    """The volume of one district, to be made for folder `out`; previous: that of the one before."""

    number: int
    out: Path
    previous: Path | None
    flags: EditionFlags

    def __call__(self, whole: VolumeInputs) -> tuple[Made, VolumeTotals]:
        """The files of the volume, and what it adds to the whole."""
        common, shared = whole.common.get(), whole.shared
        found = district_results(common, self.number, shared.settled, shared.zones)
        asked = replace(found, **self.flags._asdict())
        edition = build_publication(asked, past(asked, self.out, self.previous))
        return edition, VolumeTotals.of(common.districts.names[self.number], found)


def publish_province(
    stages: Pipeline,
    settings: Settings,
    out: Path,
    options: PublishOptions = PublishOptions(),  # noqa: B008  a tuple
    reader: ReaderProcess | None = None,
) -> dict[str, Any]:
    """A whole run of a ledger that is read in chunks: from its files to its volumes in `out`.

    Args:
        stages: Who says what begins, and who works out the facts.
        settings: Project, day and scenario.
        out: Output folder, with a folder a district.
        options: How to publish; there is no comparison.
        reader: Process to read the other layers with, which is ended then; None: a new one.

    Returns:
        The summary of all volumes.

    Raises:
        UsageError: a comparison is asked for.
        InputError: a problem of the layers is blocking.
        PublicationError: as for `publish_volumes`.
    """
    if options.compare:
        raise UsageError(
            Text(
                "台账较大、分册发布时没有 --compare；请用一个县的项目比较。",
                "--compare is not there for a ledger published in volumes; compare in a project "
                "of one county.",
            )
        )
    province = Province.of(stages, settings, out, reader)
    return publish_volumes(province, out, options.previous, options.sign, options.flags)


def publish_volumes(
    province: Province,
    out: Path,
    previous: Path | None,
    sign: Signer | None,
    flags: EditionFlags = EditionFlags(),  # noqa: B008  a tuple
) -> dict[str, Any]:
    """Write DIR/<district>/ whole for every district, the indexes of DIR and DIR/summary.json.

    Each volume is a publication of its own: swapped in, verified and restored by itself. One that
    a run that was stopped has put in place is not made again. The indexes come last: index.html for
    the office, public.html for everybody, which leads to the public editions alone. What a run
    needed between is removed once all of them stand.

    Raises:
        PublicationError: as `gis.publish.publish`; the volumes before it are new, the rest old.
    """
    whole, names = VolumeInputs(province.district_inputs, province.shared), province.districts.names
    give_back()
    before = [
        previous / name if previous and (previous / name).is_dir() else None for name in names
    ]
    volumes = [
        Volume(number, out / name, one, flags)
        for number, (name, one) in enumerate(zip(names, before, strict=True))
    ]
    spread = province.spread
    there = [standing_volumes(spread, one, out / names[one.number], sign) for one in volumes]
    left = [one for one, stands in zip(volumes, there, strict=True) if stands is None]
    sums = VolumeTotals()
    with closing(province.engine.apart().do(whole, left)) as making:
        for volume, stands in zip(volumes, there, strict=True):
            province.say(counted(Text("发布", "publishing"), volume.number, len(names)))
            if stands:
                sums.add(stands)
                continue
            edition, own = next(making)
            install_publication(edition, out / names[volume.number], sign)
            _mark(spread, volume, edition.manifest, own)
            sums.add(own)
    project = province.shared_layers.project
    came = province.counts.sum()
    told = _told(province, sums)
    went = pd.Series({status: sums.households[status] for status in came.index})
    check_same_ids(
        _PUBLISHING, came.index.repeat(came).to_series(), went.index.repeat(went).to_series()
    )
    title = Text(project.title.zh, project.title.en)
    problems = problem_table(province.problems, unmask=flags.unmask)
    install_file(out / "problems.csv", csv_bytes(problems))
    install_file(out / "summary.json", json_bytes(told))
    for name, public in (("public.html", True), ("index.html", False)):
        day, made_up = project.as_of.isoformat(), project.demonstration
        page = IndexPage(title, day, sums.doors, made_up=made_up, public=public)
        install_file(out / name, page.render(), openly=public)
    remove(province.work)
    return told


def _mark(spread: PartitionStore, volume: Volume, manifest: bytes, sums: VolumeTotals) -> None:
    """Remember that a volume stands."""
    spread.keep(spread.path(volume.number, "volume"), (volume, manifest, sums))


def standing_volumes(
    spread: PartitionStore, volume: Volume, folder: Path, sign: Signer | None
) -> VolumeTotals | None:
    """What a volume adds up to that a run that was stopped has put in place; None: it has not."""
    kept: tuple[Volume, bytes, VolumeTotals] | None = spread.kept(
        spread.path(volume.number, "volume")
    )
    if kept is None:
        return None
    asked, manifest, sums = kept
    wanted = {MANIFEST: manifest} | ({SIGNATURE: sign(manifest)} if sign else {})
    there = {
        name: (folder / name).read_bytes()
        for name in (MANIFEST, SIGNATURE)
        if (folder / name).is_file()
    }
    return sums if asked == volume and there == wanted else None


def _told(province: Province, sums: VolumeTotals) -> dict[str, Any]:
    """The summary of all volumes; a zone is counted over all of them."""
    zones = province.shared.zones.sort_values("zone_id")
    return {
        "households": dict(sums.households),
        "villages": sums.villages,
        "approach": {approach: dict(counts) for approach, counts in sums.approach.items()},
        "targets": sums.targets,
        "zones": rows_of(zones, _ZONE),
        "gaps": sums.gaps,
        "as_of": province.shared_layers.project.as_of.isoformat(),
        "volumes": len({door.folder for door in sums.doors}),
        "problems": sums.problems + len(province.problems),
    }
