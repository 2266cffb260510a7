"""What is wrong with the layers, as a clerk can act on it; and what differs from a manifest."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from gis.errors import Problem, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.cli.output import Screen
    from gis.layers import Layers
    from gis.publish import Verification

_ROWS = 8  # row numbers spelled out; problems.csv has each


@dataclass(frozen=True)
class Group:
    """The problems of one layer that have one cause."""

    problems: tuple[Problem, ...]

    @property
    def blocking(self) -> bool:
        """Whether one of them stops the run."""
        return any(problem.blocking for problem in self.problems)

    def as_json(self, lang: str) -> dict[str, Any]:
        """The group as `check --json` prints it."""
        first = self.problems[0]
        return {
            "layer": first.layer,
            "code": first.code,
            "rows": len(self.problems),
            "blocking": self.blocking,
            "message": first.message.of(lang),
            "remedy": first.remedy.of(lang),
        }

    def told(self) -> Text:
        """The group as a person reads it."""
        first, count = self.problems[0], len(self.problems)
        rows = [str(problem.row) for problem in self.problems if problem.row is not None]
        where = ", ".join(rows[:_ROWS])
        more = "…" if len(rows) > _ROWS else ""
        zh_rows = f"（第 {where}{more} 行）" if rows else ""
        en_rows = f" (rows {where}{more})" if rows else ""
        zh_example, en_example = ("例如：", "e.g. ") if len(rows) > 1 else ("", "")
        zh_stop, en_stop = (
            (" 【须先解决】", " [must be mended first]") if self.blocking else ("", "")
        )
        # of rows one is an example; whatever concerns no row differs from one to the next
        told = self.problems[:1] if rows else self.problems[:_ROWS]
        zh = "\n      ".join(one.message.zh for one in told)
        en = "\n      ".join(one.message.en for one in told)
        return Text(
            f"  {count} 处 {first.code}{zh_stop}{zh_rows}\n"
            f"      {zh_example}{zh}\n      办法：{first.remedy.zh}",
            f"  {count} x {first.code}{en_stop}{en_rows}\n"
            f"      {en_example}{en}\n      remedy: {first.remedy.en}",
        )


def grouped(problems: Sequence[Problem]) -> list[Group]:
    """The problems by layer and cause, blocking ones first within their layer."""

    def key(problem: Problem) -> tuple[str, bool, str]:
        return problem.layer, not problem.blocking, problem.code

    ordered = sorted(problems, key=lambda one: (*key(one), one.row or 0))
    return [Group(tuple(same)) for _, same in groupby(ordered, key)]


def list_problems(screen: Screen, layers: Layers, groups: Sequence[Group]) -> None:
    """Print every layer with where it came from, and under it what is wrong."""
    names = [origin.layer for origin in layers.origins]
    others = [group.problems[0].layer for group in groups]
    for name in dict.fromkeys([*names, *others]):
        own = [origin for origin in layers.origins if origin.layer == name]
        for origin in own:
            details = [part for part in (origin.crs, origin.encoding) if part]
            said = f"{name}  {origin.path}  {', '.join(details)}"
            screen.say(Text(f"{said}  {origin.rows} 行", f"{said}  {origin.rows} rows"))
        if not own:
            screen.say(Text(name, name))
        found = [group for group in groups if group.problems[0].layer == name]
        for group in found:
            screen.say(group.told())
        if not found:
            screen.say(Text("  未发现问题", "  nothing found wrong"))
    total = sum(len(group.problems) for group in groups)
    blocking = sum(group.blocking for group in groups)
    screen.say(
        Text(
            f"共 {total} 处问题，其中 {blocking} 类须先解决",
            f"{total} problems in all, {blocking} kinds of them must be mended first",
        )
    )


def differences(screen: Screen, found: Verification, signed: bool | None) -> bool:
    """Print what a publication differs in from its manifest; whether it is as it should be.

    signed: whether the manifest is signed as asked; None: nobody asked.
    """
    right = found.whole and signed is not False
    if screen.as_json:
        asked = {} if signed is None else {"signed": signed}
        screen.json(asdict(found) | {"whole": found.whole} | asked)
        return right
    kinds = {
        Text("被改动", "changed"): found.changed,
        Text("缺少", "missing"): found.missing,
        Text("多出", "added"): found.added,
    }
    for kind, paths in kinds.items():
        for path in paths:
            screen.say(Text(f"  {kind.zh}  {path}", f"  {kind.en}  {path}"))
    if found.whole:
        screen.say(
            Text(
                f"{found.files} 个文件与清单一致，截至 {found.as_of}",
                f"all {found.files} files are as the manifest says, as of {found.as_of}",
            )
        )
    if signed:
        screen.say(Text("签名与公钥相符", "signed with the private half of this key"))
    elif signed is False:
        screen.say(
            Text(
                "没有与此公钥相符的签名：未签名、由别人签名，或清单被改动",
                "no signature for this key: unsigned, signed by another, or the manifest changed",
            )
        )
    return right
