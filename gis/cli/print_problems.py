"""Print the problems of layers, and the differences between a publication and its manifest."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from gis import i18n
from gis.errors import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.api.problem_groups import Group
    from gis.cli.output import Screen
    from gis.layers import Layers
    from gis.publish import Verification
    from gis.report.answers import AnswerNeeds

_LANGS = ("zh", "en")


def list_problems(
    screen: Screen, layers: Layers, groups: Sequence[Group], fits: Sequence[Text]
) -> None:
    """Print every layer with its source and its problems below, then the notes.

    fits: what is right with the places of the households.
    """
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
        for fit in fits if name == "households" else ():
            screen.say(fit)
        found = [group for group in groups if group.problems[0].layer == name]
        for group in (one for one in found if not one.note):
            screen.say(group.told())
        if all(group.note for group in found):
            screen.say(Text("  未发现问题", "  nothing found wrong"))
    notes = [group for group in groups if group.note]
    if notes:
        screen.say(Text("说明（怎样读的，一般无须处理）", "notes (how things were read)"))
    for group in notes:
        screen.say(Text(*(f"  {group.problems[0].layer}{one}" for one in group.told())))
    total = sum(len(group.problems) for group in groups if not group.note)
    blocking = sum(group.blocking for group in groups)
    noted = sum(len(group.problems) for group in notes)
    screen.say(
        Text(
            f"共 {total:,} 处问题，其中 {blocking} 类须先解决；另有说明 {noted:,} 条。"
            "定方式、核查和统计进度时还会发现的，run 之后见 problems.xlsx",
            f"{total:,} problems in all, {blocking} kinds of them must be mended first; {noted:,} "
            "notes. What deciding, auditing and counting find besides is in problems.xlsx after "
            "run",
        )
    )


def list_answers(screen: Screen, answers: Sequence[AnswerNeeds]) -> None:
    """Print what each answer needs of the layers, and lacks."""
    from gis.report.answers import listed  # noqa: PLC0415  # pandas: 0.4 s

    words = i18n.messages("report")["lacks"]
    screen.say(i18n.format_message(words, "title"))
    for answer in answers:
        told = {"name": answer.name, "needs": listed(answer.needs), "lacks": listed(answer.lacks)}
        filled = {f"{key}_{lang}": text.of(lang) for key, text in told.items() for lang in _LANGS}
        screen.say(i18n.format_message(words, "these" if answer.lacks else "none", **filled))


def differences(screen: Screen, found: Verification, signed: bool | None) -> bool:
    """Print the differences of a publication from its manifest; return whether there are none.

    signed: Whether the signature is valid; None: not checked.
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
    if found.opened_for_editing:
        screen.say(
            Text(
                "  .gpkg 可能在 QGIS 中点过“切换编辑”：什么都没改，文件头也会变。看图请打开 nuantu.qgs"
                "（图层只读），要改请先另存一份；重新运行 nuantu run 可恢复原样",
                "  the .gpkg may have been opened for editing in QGIS, which changes its header "
                "even "
                "if nothing is edited. Open nuantu.qgs to view it (its layers are read-only) and "
                "edit a copy; nuantu run writes it again",
            )
        )
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
