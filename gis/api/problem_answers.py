"""Answers to problems: accepted, left out or corrected, one by one or from returned workbooks.

    answers, refused = read_answers(project, ["城关镇_140882100.xlsx"])   # as `problem_books` wrote it
    done = apply_answers(project, answers, who="李强", why="城关镇回复")
    apply_answers(project, [Answer(problem, "correct", "120")], who="王芳", why="量得")

What is accepted goes into `accept` of project.toml, everything else into the office's record.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import tomlkit

from gis import i18n
from gis.api.project_file import changing
from gis.errors import InputError, Problem, Text
from gis.layers import formats
from gis.layers.accepted_problems import LOSSES, accept_entry
from gis.layers.columns import LAYERS
from gis.layers.file_cells import FileRow, file_rows
from gis.layers.memory_need import SECONDS_PER_MB, refuse_too_large
from gis.layers.problems import Refusal, problem, shorten
from gis.layers.raw_table import RawTable, Request
from gis.layers.reader_process import ReaderProcess
from gis.layers.schema import normalise_word
from gis.report.problem_books import ANSWERED, ANSWERS, KEY, line_keys, problem_lines
from gis.report.translate import heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gis.api.project import Project

_NUMBER = "#"
_DONE = {"leave_out": "left_out", "correct": "corrected"}


class ProblemAnswer(NamedTuple):
    """What is to become of a problem.

    what   accept, leave_out or correct
    value  what the cell is corrected to; "" makes it blank
    why    the reason of this answer; "": that of all
    who    who gave it; "": who takes all of them
    place  how it is named in what is said of it
    """

    problem: Problem
    what: str
    value: str = ""
    why: str = ""
    who: str = ""
    place: str = ""


class AnswerOutcome(NamedTuple):
    """What became of an answer: accepted, left_out, corrected, already; else why it was refused."""

    code: str
    said: Text

    @property
    def done(self) -> bool:
        """Whether it holds now."""
        return self.code in ("accepted", "left_out", "corrected", "already")


def read_answers(
    project: Project, files: Iterable[str | Path]
) -> tuple[list[ProblemAnswer], list[AnswerOutcome]]:
    """The answers in workbooks of problems that came back, and the lines that cannot be taken.

    Args:
        project: The project, with the files that the problems are of.
        files: The workbooks, as `Project.problem_books` writes them.

    Raises:
        InputError: A file is no such workbook, or cannot be read.
    """
    lines, told = problem_lines(project.problem_list(), project.inputs().tables)
    known: dict[tuple[str, ...], list[Problem]] = defaultdict(list)
    for one, key in zip(lines, line_keys(told), strict=True):
        known[key].append(one)
    answers: list[ProblemAnswer] = []
    refused: list[AnswerOutcome] = []
    with ReaderProcess() as reader:
        for file in files:
            for line in _lines(Path(file), reader):
                found = _answer(line, known)
                if isinstance(found, ProblemAnswer):
                    answers.append(found)
                else:
                    refused.append(found)
    return answers, refused


def apply_answers(
    project: Project, answers: Sequence[ProblemAnswer], *, who: str, why: str
) -> list[AnswerOutcome]:
    """Accept, leave out and correct; one change of the record for each who and why.

    Args:
        project: The project; open it again to see what changed.
        answers: What is to become of which problem.
        who: Who takes them, where an answer says nobody.
        why: The reason, where an answer gives none.

    Returns:
        What became of each, in their order.

    Raises:
        InputError: The record or project.toml cannot be written.
    """
    rows, torn = _rows_of_files(project, answers), _contradicting(answers)
    outcomes = [
        _outcome("contradicting", one) if at in torn else _judged(project, one, rows)
        for at, one in enumerate(answers)
    ]
    standing = project.record.rows("corrections").fillna("").to_dict("records")
    changes: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    entries: list[str] = []
    for at, (one, outcome) in enumerate(zip(answers, outcomes, strict=True)):
        if outcome.code == "accepted":
            entries.append(accept_entry(one.problem))
        elif outcome.code in _DONE.values():
            correction = _correction(one, rows[_place(one.problem)])
            if any(correction.items() <= row.items() for row in standing):
                outcomes[at] = _outcome("already", one)
            else:
                changes[one.who or who, one.why or why].append(correction)
    for (name, reason), corrections in changes.items():
        project.record.put("corrections", corrections, who=name, why=reason)
    _accept(project, entries)
    return outcomes


class _Line(NamedTuple):
    """One line of a workbook: what it is known by, and its answer."""

    place: str
    key: tuple[str, ...]
    answer: Mapping[str, str]


def _lines(path: Path, reader: ReaderProcess) -> Iterator[_Line]:
    """The lines of a workbook that have an answer.

    Raises:
        InputError: It is no workbook of problems, or cannot be read.
    """
    name = i18n.messages("report")["sheets"]["problems"]["zh"]
    try:
        if not path.is_file():
            raise Refusal("layer_file_missing", file=shorten(path.name), near="—")
        seconds = refuse_too_large(path) * SECONDS_PER_MB
        raw = reader.read(Request(str(path), formats.format_of(path), name, seconds=seconds))
    except Refusal as refusal:
        told = problem(path.name, refusal.finding, path.name)
        zh, en = f"{path.name}：{told.message.zh}", f"{path.name}: {told.message.en}"
        raise InputError(Text(zh, en), (told,)) from refusal
    columns = {name: _texts(raw, heading(name)) for name in (*KEY, *ANSWERED)}
    missing = [heading(name) for name, cells in columns.items() if cells is None]
    if missing:
        zh = f"{path.name} 不是问题清单，缺少列：{'、'.join(missing)}。请用 check --xlsx 写出的册子。"
        en = f"{path.name} is no workbook of problems, it lacks {', '.join(missing)}. Use one that "
        raise InputError(Text(zh, en + "check --xlsx wrote."))
    for at, row in enumerate(raw.rows):
        cells = {name: one[at] for name, one in columns.items() if one is not None}
        if cells["answer"] or cells["corrected_value"]:
            place = f"{path.name} {_NUMBER}{int(row)}"
            yield _Line(place, tuple(cells[name] for name in KEY), cells)


def _texts(raw: RawTable, name: str) -> list[str] | None:
    """The cells under a heading, None where there is no such column."""
    if name not in raw.columns:
        return None
    return [(one or "").strip() for one in raw.columns[name].to_pylist()]


def _answer(
    line: _Line, known: Mapping[tuple[str, ...], list[Problem]]
) -> ProblemAnswer | AnswerOutcome:
    word, value = line.answer["answer"], line.answer["corrected_value"]
    what = _words().get(normalise_word(word), "") if word else "correct"
    said = {"place": line.place, "value": shorten(word)}
    if not what:
        return _told("unknown_answer", **said)
    if what == "correct" and not value:
        return _told("no_value", **said)
    if what != "correct" and value:
        return _told("two_answers", **said)
    found = known.get(line.key, [])
    if not found:
        return _told("no_such_problem", **said)
    blank = {normalise_word(one) for one in _message("blank").values()}
    value = "" if normalise_word(value) in blank else value
    why, who = line.answer["answer_reason"], line.answer["answered_by"]
    return ProblemAnswer(found[0], what, value, why, who, line.place)


def _words() -> dict[str, str]:
    """Each word for an answer, as `normalise_word` leaves it, → the answer."""
    return {normalise_word(word): one for one in ANSWERS for word in _message(one).values()}


def _message(key: str) -> dict[str, str]:
    return dict(i18n.messages("report")["problem_answers"][key])


def _told(code: str, /, **said: str) -> AnswerOutcome:
    words = i18n.messages("report")["problem_answers"]
    return AnswerOutcome(code, i18n.format_message(words, code, **said))


def _outcome(code: str, one: ProblemAnswer) -> AnswerOutcome:
    found = one.problem
    place = one.place or f"{found.place or found.layer} {_NUMBER}{found.row_label or '—'}"
    said = {"column": found.column or "—", "code": found.code, "layer": found.layer}
    return _told(code, place=place, entry=accept_entry(found), **said)


def _place(one: Problem) -> tuple[str, str, int]:
    return one.file, one.sheet, one.row or 0


def _rows_of_files(
    project: Project, answers: Sequence[ProblemAnswer]
) -> dict[tuple[str, str, int], FileRow]:
    """The rows that are to be corrected or left out, as their files have them now."""
    places: dict[str, set[tuple[str, str, int]]] = defaultdict(set)
    for one in answers:
        if one.what != "accept" and one.problem.row is not None:
            places[one.problem.layer].add(_place(one.problem))
    found: dict[tuple[str, str, int], FileRow] = {}
    if places:
        with ReaderProcess() as reader:
            for layer, own in places.items():
                found |= file_rows(project.inputs().project, reader, layer, own)
    return found


def _contradicting(answers: Sequence[ProblemAnswer]) -> set[int]:
    """The positions of answers that say different things of one cell or row."""
    said: dict[tuple[object, ...], dict[int, ProblemAnswer]] = defaultdict(dict)
    for at, one in enumerate(answers):
        if one.what != "accept" and one.problem.row is not None:
            said[(one.problem.layer, *_place(one.problem))][at] = one
    torn: set[int] = set()
    for own in said.values():
        if len({one.what for one in own.values()}) > 1:
            torn |= own.keys()
        values: dict[str, set[str]] = defaultdict(set)
        for one in own.values():
            values[one.problem.column].add(one.value)
        cells = {at for at, one in own.items() if len(values[one.problem.column]) > 1}
        torn |= cells
    return torn


def _judged(
    project: Project, one: ProblemAnswer, rows: Mapping[tuple[str, str, int], FileRow]
) -> AnswerOutcome:
    """What becomes of an answer, before anything is written."""
    found = one.problem
    if one.what == "accept":
        of_row = found.row is not None and not found.blocking
        if not (of_row or found.code in LOSSES):
            return _outcome("not_acceptable", one)
        there = accept_entry(found) in project.inputs().project.accept
        return _outcome("already" if there else "accepted", one)
    return _outcome(
        _why_not(one, rows.get(_place(found)), project.inputs().project.record.place)
        or _DONE[one.what],
        one,
    )


def _why_not(one: ProblemAnswer, row: FileRow | None, record: str) -> str:
    """Why a row cannot be left out or a cell corrected; "" where it can."""
    found = one.problem
    cell = one.what == "correct"
    if found.row is None or (cell and not found.column):
        return "no_row"
    if found.file == record:
        return "of_record"
    if cell and (found.layer not in LAYERS or found.column not in LAYERS[found.layer].by_name):
        return "not_of_layer"
    return "not_in_file" if row is None or (cell and found.column not in row.cells) else ""


def _correction(one: ProblemAnswer, row: FileRow) -> dict[str, Any]:
    """The row of the table corrections."""
    column = one.problem.column if one.what == "correct" else ""
    return {
        "layer": one.problem.layer, "file": one.problem.file, "sheet": one.problem.sheet,
        "file_sha256": row.sha256 if row.key.startswith(_NUMBER) else "", "row_key": row.key,
        "column_name": column, "old_value": row.cells.get(column, ""),
        "new_value": one.value if column else "",
    }  # fmt: skip


def _accept(project: Project, entries: Iterable[str]) -> None:
    """Add entries to `accept` of project.toml; its comments stay."""
    new = list(dict.fromkeys(entries))
    if not new:
        return
    with changing(project.inputs().project.folder) as document:
        table = document["project"]
        listed = table.get("accept")
        if listed is None:
            listed = tomlkit.array().multiline(multiline=True)
            table["accept"] = listed
        for entry in new:
            if entry not in listed:
                listed.append(entry)
