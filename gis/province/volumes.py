"""A province is published in volumes, one a district, with an index by township."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from gis.conservation import check_same_ids
from gis.editions.run_results import EditionFlags, PublishOptions
from gis.errors import Text, UsageError
from gis.memory import release_memory
from gis.pages.index_page import WHOLE_PROVINCE, IndexPage
from gis.province.district_run import district_results
from gis.province.read import counted
from gis.province.run import Province
from gis.province.whole import VolumeShare, whole_province
from gis.publish.atomic_swap import install_file
from gis.publish.filesystem import MANIFEST, SIGNATURE, remove
from gis.publish.previous_edition import past
from gis.publish.publication import build_publication, install_publication
from gis.report.metadata import json_bytes

if TYPE_CHECKING:
    from gis.inputs import Settings
    from gis.layers.reader_process import ReaderProcess
    from gis.pipeline import Pipeline
    from gis.province.district_run import DistrictInputs, SharedResults
    from gis.province.partitions import PartitionStore
    from gis.province.shared_arrays import SharedArrays
    from gis.publish.publication import Made
    from gis.publish.signing import Signer

_PUBLISHING = Text("分册发布", "publishing the volumes")


class VolumeInputs(NamedTuple):
    """What every volume rests on."""

    common: SharedArrays[DistrictInputs]
    shared: SharedResults


@dataclass(frozen=True)
class Volume:
    """The volume of one district, to be made for folder `out`; previous: that of the one before."""

    number: int
    out: Path
    previous: Path | None
    flags: EditionFlags

    def __call__(self, whole: VolumeInputs) -> tuple[Made, VolumeShare]:
        """The files of the volume, and what it adds to the whole."""
        common = whole.common.get()
        found = district_results(common, self.number, whole.shared)
        asked = replace(found, **self.flags._asdict())
        edition = build_publication(asked, past(asked, self.out, self.previous))
        return edition, VolumeShare.of(common.districts.names[self.number], asked)


def publish_province(
    stages: Pipeline,
    settings: Settings,
    out: Path,
    options: PublishOptions = PublishOptions(),  # noqa: B008  a tuple
    reader: ReaderProcess | None = None,
) -> dict[str, Any]:
    """A whole run divided into districts: from the files of a project to its volumes in `out`.

    Args:
        stages: Who says what begins, and who works out the facts.
        settings: Project, day and scenario.
        out: Output folder, with a folder a district.
        options: How to publish; there is no comparison.
        reader: Process to read the other layers with, which is ended then; None: a new one.

    Returns:
        The summary of all volumes.

    Raises:
        UsageError: a comparison is asked for, or `out` holds an edition in one piece.
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
    if (out / MANIFEST).is_file():
        raise UsageError(
            Text(
                f"{out} 里是不分册的一版，公开数字接续不了。请关闭别的程序后再试，或另取 --out。",
                f"{out} holds an edition in one piece, whose public counts volumes cannot "
                "continue. Close other programs and try again, or name another --out.",
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
    """Write DIR/<district>/ for every district, DIR/province and the indexes of DIR.

    Each volume is a publication of its own: swapped in, verified and restored by itself. One that
    a run that was stopped has put in place is not made again. The files of the whole province
    follow, and the indexes come last: index.html for the office, public.html for everybody, which
    leads to the public editions alone. What a run needed between is removed once all stand.

    Returns:
        The summary of the whole province.

    Raises:
        PublicationError: as `gis.publish.publish`; the volumes before it are new, the rest old.
    """
    shares = _publish_volumes(province, out, previous, sign, flags)
    came = province.counts.sum()
    went = pd.concat(share.households for share in shares)["status"].value_counts()
    check_same_ids(
        _PUBLISHING, came.index.repeat(came).to_series(), went.index.repeat(went).to_series()
    )
    province.stages.say(Text("汇总全省成果", "putting the whole province together"))
    volumes = [out / name for name in province.districts.names]
    told, edition = whole_province(province, shares, volumes, flags)
    install_publication(edition, out / WHOLE_PROVINCE, sign)
    install_file(out / "summary.json", json_bytes(told))
    project, doors = (
        province.shared_layers.project,
        [one for share in shares for one in share.doors],
    )
    title, day = Text(project.title.zh, project.title.en), project.as_of.isoformat()
    for name, public in (("public.html", True), ("index.html", False)):
        page = IndexPage(title, day, doors, made_up=project.demonstration, public=public)
        install_file(out / name, page.render(), openly=public)
    remove(province.work)
    return told


def _publish_volumes(
    province: Province,
    out: Path,
    previous: Path | None,
    sign: Signer | None,
    flags: EditionFlags,
) -> list[VolumeShare]:
    """Publish every volume that does not stand already; what each adds to the whole."""
    whole, names = VolumeInputs(province.district_inputs, province.shared), province.districts.names
    release_memory()
    before = [
        previous / name if previous and (previous / name).is_dir() else None for name in names
    ]
    volumes = [
        Volume(number, out / name, one, flags)
        for number, (name, one) in enumerate(zip(names, before, strict=True))
    ]
    spread = province.spread
    there = [standing_volume(spread, one, out / names[one.number], sign) for one in volumes]
    left = [one for one, stands in zip(volumes, there, strict=True) if stands is None]
    shares = []
    with closing(province.stages.engine.processes().do(whole, left)) as making:
        for volume, stands in zip(volumes, there, strict=True):
            province.stages.say(counted(Text("发布", "publishing"), volume.number, len(names)))
            if stands is None:
                edition, stands = next(making)  # noqa: PLW2901
                install_publication(edition, out / names[volume.number], sign)
                path = spread.path(volume.number, "volume")
                spread.keep(path, (volume, edition.manifest, stands))
            shares.append(stands)
    return shares


def standing_volume(
    spread: PartitionStore, volume: Volume, folder: Path, sign: Signer | None
) -> VolumeShare | None:
    """What a volume adds that a run that was stopped has put in place; None: it has not."""
    kept: tuple[Volume, bytes, VolumeShare] | None = spread.kept(
        spread.path(volume.number, "volume")
    )
    if kept is None:
        return None
    asked, manifest, share = kept
    wanted = {MANIFEST: manifest} | ({SIGNATURE: sign(manifest)} if sign else {})
    there = {
        name: (folder / name).read_bytes()
        for name in (MANIFEST, SIGNATURE)
        if (folder / name).is_file()
    }
    return share if asked == volume and there == wanted else None
