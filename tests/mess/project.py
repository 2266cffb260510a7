"""Projects of messy townships: their folder, and what the product makes of it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mess import cells, numbers, rows  # noqa: F401  they enter their kinds
from mess.judge import Published, Said
from mess.kinds import KINDS, Kind
from mess.ledger import FORMS, Ledger, plain_ledger
from mess.truth import AS_OF, CLEAN, SIDE_M, TOWNSHIPS, make_township
from project_folder import write_features, write_project
from shapely.geometry import box

from gis.audit.conversion_stage import conversion_stages
from gis.audit.ledger_checks import reconcile_ledger
from gis.editions.planner import planner_edition
from gis.editions.public import public_edition
from gis.errors import InputError
from gis.facts import build_facts
from gis.facts.executors import Threads
from gis.inputs import read_settings
from gis.layers import reader_answers
from gis.layers.reader_process import ReaderProcess
from gis.layers.second_reader import SecondReader
from gis.pipeline import Pipeline
from gis.publish.previous_edition import NO_PAST
from gis.report.metadata import summary

EACH = len(TOWNSHIPS) - 1
MISSING = next(one for one in KINDS if one.name == "township_without_ledger")
TURNS = [one for one in KINDS if one is not MISSING]
MUST, MORE = 3, 5  # kinds of a township: those whose turn it is, and others
OPEN = ("households", "pending", "completed", "late", "stock", "merged", "counted_with")
ORDER = (
    "village gone", "village", "heating", "stage", "occupancy", "days", "year", "acceptance",
    "area",
    "kwh", "errors", "blank", "id", "place", "headings", "remarks", "files", "headings again",
    "blank rows", "hidden", "titles", "totals", "notes",
)  # fmt: skip


class ReaderHere(ReaderProcess):
    """A reader in this process, where it can be watched and changed."""

    def __init__(self) -> None:
        self._second = SecondReader()

    def close(self) -> None:
        self._second.close()

    def _answer(self, request):
        return bytes(reader_answers.answer(request))


@dataclass
class Project:
    """A project of townships."""

    seed: int
    ledgers: list[Ledger]

    def write(self, folder: Path, only: Ledger | None = None) -> Path:
        """Its folder, without the ledgers that were refused; or with one ledger alone."""
        chosen = [only] if only and not only.town.missing else self.ledgers[: 1 if only else None]
        entries = [
            entry
            for ledger in chosen
            if not (ledger.town.missing or ledger.refused)
            for entry in ledger.write(folder)
        ]
        kept = [{key: one for key, one in entry.items() if one is not None} for entry in entries]
        layers = {"households": {"files": kept}, "villages": {"path": "villages.geojson"}}
        first = (only or self.ledgers[0]).town
        zone = {"zone_id": "Z1", "include_villages": [first.village_code(first.villages[0])]}
        write_project(folder, layers, [zone], as_of=AS_OF, may_lose=0.5)
        write_features(folder / "villages.geojson", self._borders(only))
        return folder

    def _borders(self, only: Ledger | None):
        """The villages; beside one ledger those of the same names alone."""
        for ledger in self.ledgers:
            town = ledger.town
            for name, (west, south) in town.corners.items():
                if only in (None, ledger) or only.town.missing or name in only.town.villages:
                    yield (
                        {"village_code": town.village_code(name), "village": name,
                         "township": town.name, "township_code": town.code,
                         "old_names": town.old.get(name)},
                        box(west, south, west + SIDE_M, south + SIDE_M),
                    )  # fmt: skip


def make_project(seed: int, count: int = EACH) -> Project:
    """Some of the endless row of messy townships, and one whose ledger has not come."""
    townships = [messy(seed + at, at) for at in range(count)]
    return Project(seed, [*townships, spoilt(random.Random(seed), EACH, [MISSING])])


def messy(number: int, at: int) -> Ledger:
    """The township with this number, in column `at` of its map."""
    dice = random.Random(number)
    step = -(-len(TURNS) // MUST)
    turn = [TURNS[(number + n * step) % len(TURNS)] for n in range(MUST)]
    return spoilt(dice, at, turn, MORE)


def spoilt(dice: random.Random, at: int, turn: Sequence[Kind], more: int = 0) -> Ledger:
    """A township with these kinds and some others, as many as fit together."""
    forms = [form for form in FORMS if form in turn[0].forms]
    both = [form for form in forms if all(form in one.forms for one in turn)]
    ledger = plain_ledger(make_township(dice, at), dice.choice(both or forms))
    chosen: dict[str, Kind] = {}
    others = [one for one in KINDS if one.group != "village gone"]
    for one in [*turn, *dice.sample(others, min(3 * more, len(others)))]:
        if len(chosen) < len(turn) + more and one.group not in chosen and ledger.form in one.forms:
            chosen[one.group] = one
    for group in sorted(chosen, key=ORDER.index):
        chosen[group].apply(dice, ledger)
        ledger.kinds.append(chosen[group].name)
    return ledger


# what the product makes of it ---------------------------------------------------------------------

STAGES = Pipeline(engine=Threads(1))


def refusals(error: InputError) -> dict[str, str]:
    """The files for which the product refuses a project → why."""
    blocking = [one for one in error.problems if one.blocking]
    return {(one.file or one.key).partition("/")[0]: one.code for one in blocking}


def results_of(folder: Path):
    """What every stage came to."""
    inputs = STAGES.read(read_settings(folder), ReaderHere())
    return STAGES.results(STAGES.check(inputs))


def said(problems) -> list[Said]:
    """The rows of problems.csv."""
    return [Said(one.code, one.file, one.sheet, one.row, one.column, one.blocking,
                 f"{one.value} {one.message.zh}") for one in problems]  # fmt: skip


def ids_of(homes) -> dict[tuple[str, str, int], str]:
    """(file, sheet, row) → the id of each home."""
    own = homes[homes["household_id"].notna()]
    places = zip(own["ledger_file"], own["ledger_sheet"].fillna(""), own["ledger_row"], strict=True)
    return dict(zip(places, own["household_id"], strict=True))


def figures(homes, stages) -> dict[str, dict[str, float]]:
    """Figure → village code → its number, in planner/households.parquet and the monthly report.

    stages: the homes completed, late and of earlier years, by village.
    """
    homes = homes[(homes["status"] != "rejected") & homes["village_code"].notna()]
    table = {
        "households": homes["village_code"].notna(),
        "converted": homes["heating"].isin(CLEAN),
        "pending": homes["pending"],
        "area_m2": homes["floor_area_m2"].fillna(0),
        "kwh": homes["heating_kwh"].fillna(0),
    }
    found = {
        name: one.groupby(homes["village_code"]).sum().to_dict() for name, one in table.items()
    }
    for name in ("completed", "late", "stock"):
        found[name] = stages[name].to_dict()
    return found


def by_village(found, facts) -> dict[str, dict[str, float]]:
    """Village code → figure → number."""
    villages = facts.villages.set_index("village_code")
    found = found | villages[["unplaced", "peak_kw"]].to_dict()
    return {
        code: {name: float(one.get(code, 0)) for name, one in found.items()}
        for code in villages.index
    }


def steps(folder: Path) -> Iterator[tuple[Published, list[Said]] | None]:
    """The same problems and figures step by step, without decisions and pages.

    First what is known of the layers, then that of the places; None where the product refuses them.
    """
    inputs = STAGES.read(read_settings(folder), ReaderHere())
    problems = [*inputs.layers.problems]
    if any(one.blocking for one in problems):
        yield None
        return
    ids = ids_of(inputs.tables["households"])
    yield Published({}, ids=ids), said(problems)
    facts = build_facts(inputs.tables, inputs.policy, inputs.as_of, Threads(1))
    homes = facts.households
    stages = conversion_stages(homes, inputs.policy, inputs.as_of)
    summed = stages.groupby(homes["village_code"]).sum(numeric_only=True)
    problems += [*facts.problems, *reconcile_ledger(homes, inputs.policy, inputs.as_of)]
    yield Published(by_village(figures(homes, summed), facts), ids=ids), said(problems)


def publish(project: Project, folder: Path) -> tuple[Published, list[Said]]:
    """What is published of a project, and its problems.

    Townships whose file the product refuses are left out, as an office would have to.
    """
    try:
        results = results_of(project.write(folder))
    except InputError as error:
        for ledger in project.ledgers:
            own = refusals(error).items()
            ledger.refused = [code for file, code in own if ledger.town.name in file]
        results = results_of(project.write(folder))
    exact = planner_edition(results, summary(results))
    public, _, _ = public_edition(exact, results, NO_PAST.memory)
    stages = results.progress.villages.groupby("village_code").sum(numeric_only=True)
    villages = by_village(figures(results.facts.households, stages), results.facts)
    shown = OPEN[:-2]
    done = results.progress.units.set_index(["unit_code", "mode"])["completed"]
    published = Published(
        villages,
        {one["code"]: {name: one[name] for name in shown} for one in exact.villages},
        {one["code"]: {name: one[name] for name in OPEN} for one in public.villages},
        {one["code"]: one["approach"] for one in exact.villages},
        {key: int(value) for key, value in done.dropna().items()},
        ids_of(results.facts.households),
    )
    return published, said(results.problems)
