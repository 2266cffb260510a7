"""A province is published in volumes, one a district, with files of the whole and an index."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from gis.audit.clearance import Clearance
from gis.audit.progress import Progress
from gis.conservation import check_same_ids
from gis.decide import Decisions, add_needs
from gis.editions.run_results import EditionFlags, PublishOptions, Results
from gis.editions.search_names import make_search_names
from gis.errors import Text, UsageError
from gis.layers import Layers
from gis.memory import release_memory
from gis.pages.index_page import WHOLE_PROVINCE, IndexEntry, IndexPage
from gis.pipeline import extended_prices
from gis.province.districts import district_results
from gis.province.partitions import gone
from gis.province.read import counted
from gis.province.run import Province
from gis.publish.atomic_swap import install_file
from gis.publish.errors import from_os_error
from gis.publish.files import province_files
from gis.publish.filesystem import MANIFEST, SIGNATURE, remove
from gis.publish.manifest import manifest_bytes
from gis.publish.previous_edition import HOUSEHOLDS, past
from gis.publish.publication import Made, build_publication, install_publication
from gis.report.metadata import json_bytes, summary
from gis.report.monthly import LedgerCounts, join_ledger_counts, ledger_counts
from gis.report.output_tables import problem_table
from gis.report.translate import masked_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.inputs import Settings
    from gis.layers.reader_process import ReaderProcess
    from gis.pipeline import Pipeline
    from gis.province.districts import DistrictInputs, SharedResults
    from gis.province.partitions import PartitionStore, SharedArrays
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
    if options.draws is not None:
        raise UsageError(
            Text(
                "台账较大、分册发布时没有 --draws：每取一组参数都要把各册全部重算，一次推算有上百组。"
                "请把一个县的台账和图层另存为项目，对它用 nuantu sensitivity 或 run --draws；"
                "本项目去掉 --draws 再发布。",
                "--draws is not there for a ledger published in volumes: each of some hundred sets "
                "of numbers would work every volume out again. Save the ledger and the layers of "
                "one "
                "county as a project and use nuantu sensitivity, or run --draws, on that; publish "
                "this one without --draws.",
            )
        )
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
    with suppress(OSError):  # everything is published; the next run cleans up
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
    store = province.store
    there = [standing_volume(store, one, out / names[one.number], sign) for one in volumes]
    left = [one for one, stands in zip(volumes, there, strict=True) if stands is None]
    shares = []
    with closing(province.stages.engine.do(whole, left)) as making:
        for volume, stands in zip(volumes, there, strict=True):
            province.stages.say(counted(Text("发布", "publishing"), volume.number, len(names)))
            if stands is None:
                edition, stands = next(making)  # noqa: PLW2901
                install_publication(edition, out / names[volume.number], sign)
                path = store.path(volume.number, "volume")
                store.keep(path, (volume, edition.manifest, stands))
            shares.append(stands)
    return shares


def standing_volume(
    store: PartitionStore, volume: Volume, folder: Path, sign: Signer | None
) -> VolumeShare | None:
    """What a volume adds that a run that was stopped has put in place; None: it has not."""
    kept: tuple[Volume, bytes, VolumeShare] | None = store.kept(store.path(volume.number, "volume"))
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


class VolumeShare(NamedTuple):
    """What a volume adds to the files of the whole province.

    households  ledger_file, status: one row per household
    decided     Decisions.villages
    progress    without its problems
    problems    `gis.report.output_tables.problem_table`
    needs       `gis.decide.winter_needs`
    """

    households: pd.DataFrame
    decided: pd.DataFrame
    progress: Progress
    counts: LedgerCounts
    problems: pd.DataFrame
    doors: list[IndexEntry]
    needs: pd.DataFrame

    @classmethod
    def of(cls, folder: str, results: Results) -> VolumeShare:
        """What the results of the district published in `folder` add."""
        facts, progress = results.facts, results.progress
        townships = facts.villages.groupby(["township_code", "township"])["village"]
        doors = [
            IndexEntry(
                str(code), str(name), tuple(villages), _search(code, name, *villages), folder
            )
            for (code, name), villages in townships
        ]
        return cls(
            facts.households[["ledger_file", "status", "served"]].astype("category"),
            results.decisions.villages,
            replace(progress, problems=()),
            ledger_counts(results),
            problem_table(results.problems, unmask=results.unmask),
            doors,
            results.winter_needs,
        )


def _search(code: str, *names: str) -> str:
    """The code and the names, with initials and pinyin, as index pages search them."""
    found = [code]
    for name in names:
        spelt = make_search_names(name)
        found += [name, spelt.initials, spelt.pinyin.replace("ü", "v").replace(" ", "").lower()]
    return " ".join("".join(one.split()).lower() for one in found if one)


def whole_province(
    province: Province, shares: Sequence[VolumeShare], volumes: Sequence[Path], flags: EditionFlags
) -> tuple[dict[str, Any], Made]:
    """The summary and the files of a whole province.

    Args:
        province: The province, all of its volumes published.
        shares: What each volume adds.
        volumes: The folders of the volumes.
        flags: As for the volumes.
    """
    results = _results(province, shares, flags)
    every = (*province.problems, *(results.extension.problems if results.extension else ()))
    problems = pd.concat(
        [problem_table(every, unmask=flags.unmask), *(share.problems for share in shares)],
        ignore_index=True,
    )
    counts = join_ledger_counts([share.counts for share in shares])
    told = summary(results) | {"volumes": len(shares), "problems": len(problems)}
    needs = add_needs([share.needs for share in shares])
    files = province_files(results, counts, problems, needs)
    shown = told if flags.unmask else masked_values(told)
    files.add({"planner/summary.json": json_bytes(shown), HOUSEHOLDS: _joined(volumes)})
    return told, Made(files, manifest_bytes(results, files, None))


def _results(province: Province, shares: Sequence[VolumeShare], flags: EditionFlags) -> Results:
    """The results of all districts: of the households, their number by status alone."""
    inputs, shared, store = province.shared_layers, province.shared, province.store
    settled, none = shared.settled, pd.DataFrame()
    decided = pd.concat([share.decided for share in shares])
    households = pd.concat([share.households.astype(object) for share in shares])
    return Results(
        project=inputs.project,
        policy=inputs.policy,
        layers=Layers(
            store.there(province.layers_path), province.origins + inputs.layers.origins, ()
        ),
        facts=replace(province.facts, households=households.astype("category")),
        decisions=Decisions(
            villages=decided.sort_values(["village_code", "part"], ignore_index=True),
            tried=settled.tried,
            households=none,
            upgrades=settled.upgrades,
            problems=settled.problems,
            allocation=settled.allocation,
        ),
        route_costs=extended_prices(province.summaries.priced, shared.extension),
        clearance=Clearance(none, shared.zones, none, ()),
        progress=_joined_progress([share.progress for share in shares]),
        gaps=shared.gaps,
        extension=shared.extension,
        not_extended=shared.not_extended,
        unmask=flags.unmask,
    )


def _joined_progress(parts: Sequence[Progress]) -> Progress:
    """The progress of all districts; no unit is of two of them."""
    units, villages, months = (
        pd.concat(tables).sort_values(key, kind="stable", ignore_index=True)
        for key, tables in (
            ("unit_code", [part.units for part in parts]),
            ("village_code", [part.villages for part in parts]),
            ("unit_code", [part.months for part in parts]),
        )
    )
    unknown, unreported = (
        frozenset[str]().union(*codes)
        for codes in ([part.unknown for part in parts], [part.unreported for part in parts])
    )
    return Progress(units, villages, months, (), unknown, unreported)


def _joined(volumes: Sequence[Path]) -> bytes:
    """The households of all volumes as one Parquet file, in the order of the volumes.

    Raises:
        InputError: A volume was changed during the run.
        PublicationError: The folder for temporary files is full or not writable.
    """
    parts = [str(folder / HOUSEHOLDS) for folder in volumes]
    try:
        return _written(parts)
    except (FileNotFoundError, pa.ArrowException) as error:
        raise gone(volumes[0].parent) from error
    except OSError as error:
        raise from_os_error(error, Path(gettempdir())) from error


def _written(parts: list[str]) -> bytes:
    schema = pa.unify_schemas([ds.dataset(part).schema for part in parts])
    with TemporaryDirectory(prefix="nuantu-", ignore_cleanup_errors=True) as folder:
        compressed = ds.ParquetFileFormat().make_write_options(compression="zstd")
        ds.write_dataset(
            ds.dataset(parts, schema=schema),
            folder,
            format="parquet",
            file_options=compressed,
            preserve_order=True,
        )
        return next(Path(folder).iterdir()).read_bytes()
