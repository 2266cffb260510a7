"""Homes by stage for the monthly report (月报) and the weekly one (周调度), and who has reported."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from gis import i18n
from gis.audit.conversion_stage import ACCEPTED, conversion_stages
from gis.audit.ground import REPORTED_GROUND, completion_ground, grounds, known_counts

if TYPE_CHECKING:
    from gis.audit.progress import Progress
    from gis.report.metadata import RunResults

BY_DAY = {
    "signed": "signed_on",
    "installed": "installed_on",
    "energised": "energised_on",
    "removed": "stove_removed_on",
    "coal_removed": "coal_removed_on",
}
_JUDGED = ("unused", "suspected_unused")
_OF_PROGRESS = ("awaiting", "self_checked", "accepted", "completed", "reported")
COUNTS = (
    "listed", "signed", "installed", "energised", "awaiting", "self_checked", "accepted",
    "removed", "coal_removed", "sampled", "completed", "this_month", "reported", "visited",
    "relapsed", *_JUDGED,
)  # fmt: skip
MONTHLY = (
    "township_code", "township", "target", *COUNTS, "share_done", "subsidy_paid_cny", "stations",
    "reported_on", "report_late", "problems_met", "filled_by", "reviewed_by", "ground_zh",
)  # fmt: skip
_SIGNED_BY_HAND = ("filled_by", "reviewed_by")
# ASSUME: from September to November townships report weekly, else monthly; a ledger kept longer
# ago than that is late
_WEEKLY_MONTHS, _WEEK_DAYS, _MONTH_DAYS = (9, 10, 11), 7, 31


def ground_of(run: RunResults) -> tuple[str, ...]:
    """The columns of the ledger that the monthly report rests on."""
    return tuple(dict.fromkeys((*BY_DAY.values(), *completion_ground(run.policy))))


def stage_table(run: RunResults) -> pd.DataFrame:
    """One row per village: homes of this plan year at each stage, by the as-of date and this month.

    listed are those of this year's list. awaiting, self_checked, accepted, completed, this_month
    and reported are those of the progress audit; sampled are decided by a third party; the other
    stages count the dates of the ledger. A count without its ground is blank; ground_zh says why.
    """
    homes, judged, day = run.facts.households, run.clearance.households, run.project.as_of
    counted = homes["status"] != "rejected"
    ours = counted & (homes["plan_year"] == run.policy.plan.plan_year)
    as_of, first = pd.Timestamp(day), pd.Timestamp(day.replace(day=1))
    marks = {name: ours & (homes[column] <= as_of) for name, column in BY_DAY.items()}
    decided = homes["acceptance_result"].notna() & (homes["accepted_on"] <= as_of)
    marks |= {
        "listed": counted & homes["in_programme"].eq(other=True).fillna(value=False),
        "sampled": ours & decided & homes["acceptance_by"].eq("third_party"),
        "visited": judged["last_visit_on"].between(first, as_of),
        "relapsed": judged["relapse"].astype(bool),
        **{name: judged[name].astype(bool) for name in _JUDGED},
    }
    counts = pd.DataFrame(marks).groupby(homes["village_code"]).sum()
    counts = counts.join(_completed(run.progress, f"{day:%Y-%m}"), how="outer")
    villages = run.facts.villages[["township_code", "township", "village_code", "village"]]
    table = villages.merge(counts, left_on="village_code", right_index=True, how="left")
    table[list(COUNTS)] = table[list(COUNTS)].fillna(0).astype("Int64")
    table = table.set_index("village_code", drop=False).rename_axis(None)
    for name, known in _known_counts(run).items():
        table.loc[~known.reindex(table.index), name] = pd.NA
    own = grounds(run.facts, ground_of(run), "village_code")["zh"]
    table["ground_zh"] = own.reindex(table.index)
    names = [*villages.columns, *COUNTS, "ground_zh"]
    return table[names].sort_values("village_code", ignore_index=True)


def _known_counts(run: RunResults) -> pd.DataFrame:
    """Whether each village has the ground of each count."""
    rests_on = dict[str, tuple[str, ...]]({one: (by, "plan_year") for one, by in BY_DAY.items()})
    judged = ("completed", "this_month", "accepted", "awaiting", "self_checked")
    rests_on |= dict.fromkeys(judged, completion_ground(run.policy))
    rests_on |= dict.fromkeys(("visited", "relapsed", *_JUDGED), ())
    rests_on |= {"listed": ("in_programme",), "reported": REPORTED_GROUND}
    rests_on |= {"sampled": ("acceptance_by", "acceptance_result", "accepted_on", "plan_year")}
    known = known_counts(run.facts, rests_on)
    if "inspections" not in run.layers.tables:
        known[["visited", "relapsed", "unused"]] = False
    return known


def _completed(progress: Progress, month: str) -> pd.DataFrame:
    months = progress.months
    this = months[months["month"] == month]
    sums = progress.villages.groupby("village_code")[list(_OF_PROGRESS)].sum()
    return pd.DataFrame(
        {
            **sums,
            "this_month": this.groupby("village_code")["completed"].sum(),
        }
    )


def reporting_table(run: RunResults) -> pd.DataFrame:
    """Who has reported: one row per township.

    township_code, township, reported_on (the day up to which its ledger is kept; NaT: not stated),
    report_late (boolean; NA: not stated), stations (transformers that feed homes of the list; NA
    without transformers), subsidy_paid_cny (paid by then, to the township or its homes; NaN without
    payments).
    """
    homes, as_of = run.facts.households, run.project.as_of
    names = run.facts.villages.drop_duplicates("township_code")[["township_code", "township"]]
    table = names.sort_values("township_code").set_index("township_code")
    kept = homes.reindex(columns=["ledger_as_of"])["ledger_as_of"]
    # the oldest of a township's files: the township has reported when all of them have come
    reported = pd.to_datetime(kept).groupby(homes["township_code"]).min().reindex(table.index)
    weekly = as_of.month in _WEEKLY_MONTHS
    oldest = pd.Timestamp(as_of) - pd.Timedelta(days=_WEEK_DAYS if weekly else _MONTH_DAYS)
    late = (reported < oldest).astype("boolean").mask(reported.isna())
    listed = homes["in_programme"].eq(other=True).fillna(value=False)
    fed = homes[listed.astype(bool)].groupby("township_code")["transformer_id"].nunique()
    stations = fed.reindex(table.index).fillna(0).astype("Int64")
    if not run.facts.transformers_known:
        stations[:] = pd.NA
    made = table.assign(
        reported_on=reported,
        report_late=late,
        stations=stations,
        subsidy_paid_cny=_subsidy_paid_cny(run),
    )
    return made.reset_index()


def _subsidy_paid_cny(run: RunResults) -> pd.Series:
    """What was paid by township [yuan], less what came back."""
    payments = run.facts.payments
    if payments is None:
        return pd.Series(dtype=float)
    counted = payments[(payments["refused"] == "") & ~payments["later"]]
    signs = counted["stage"].map({"paid": 1, "returned": -1, "recovered": -1})
    fen = counted["amount_fen"].astype("Int64") * signs.astype("Int64")
    sums = fen.groupby(counted["township_code"]).sum(min_count=1)
    codes = run.facts.villages["township_code"].unique()
    return sums.reindex(codes).fillna(0).astype("Int64").astype(float) / 100


def weekly_table(run: RunResults) -> pd.DataFrame:
    """周调度: homes of this plan year at each stage by the end of each week, by township.

    From the first of September to the end of November of the plan's year, weeks end on Sundays or
    on the as-of day: township_code, township, week_ends, the stages of BY_DAY and accepted, each up
    to that day, and new_* in that week. A stage without its ground is blank.
    """
    homes, policy, as_of = run.facts.households, run.policy, run.project.as_of
    ends = week_ends(policy.plan.plan_year, as_of)
    ours = (homes["status"] != "rejected") & (homes["plan_year"] == policy.plan.plan_year)
    stages = {name: homes[column].where(ours) for name, column in BY_DAY.items()}
    passed = conversion_stages(homes, policy, as_of)[ACCEPTED].to_numpy(dtype=bool)
    stages["accepted"] = homes["accepted_on"].where(passed)
    names = run.facts.villages.drop_duplicates("township_code")[["township_code", "township"]]
    names = names.sort_values("township_code")
    rows = []
    for end in ends:
        by_then = {name: on <= pd.Timestamp(end) for name, on in stages.items()}
        before = pd.Timestamp(max(end - timedelta(days=end.weekday() + 1), date.min))
        fresh = {f"new_{name}": by_then[name] & (on > before) for name, on in stages.items()}
        sums = pd.DataFrame(by_then | fresh).groupby(homes["township_code"]).sum()
        rows.append(names.join(sums, on="township_code").assign(week_ends=pd.Timestamp(end)))
    columns = ["township_code", "township", "week_ends", *stages, *(f"new_{s}" for s in stages)]
    if not rows:
        return pd.DataFrame(columns=columns)
    table = pd.concat(rows, ignore_index=True)[columns]
    table[columns[3:]] = table[columns[3:]].fillna(0).astype("Int64")
    rests_on = {name: (by, "plan_year") for name, by in BY_DAY.items()}
    known = known_counts(
        run.facts, rests_on | {"accepted": completion_ground(policy)}, "township_code"
    )
    for name in stages:
        blank = ~known[name].reindex(table["township_code"]).eq(other=True).to_numpy()
        table.loc[blank, [name, f"new_{name}"]] = pd.NA
    return table.sort_values(["township_code", "week_ends"], ignore_index=True)


def with_week_totals(weekly: pd.DataFrame) -> pd.DataFrame:
    """`weekly_table` with the sums of each week below; one is blank where a township's is."""
    if weekly.empty:
        return weekly
    counts = [name for name in weekly if name not in {"township_code", "township", "week_ends"}]
    blank = weekly[counts].isna().groupby(weekly["week_ends"]).any()
    sums = weekly.groupby("week_ends")[counts].sum().mask(blank)
    total = sums.reset_index().assign(township=i18n.messages("report")["titles"]["total"]["zh"])
    return pd.concat([weekly, total.astype(dict.fromkeys(counts, "Int64"))], ignore_index=True)


def week_ends(year: int, as_of: date) -> list[date]:
    """The last days of the weeks from September to November of `year`, up to `as_of`.

    The week of `as_of` ends on it.
    """
    first, last = date(year, _WEEKLY_MONTHS[0], 1), date(year, _WEEKLY_MONTHS[-1], 30)
    last = min(last, as_of)
    ends, day = [], first + timedelta(days=6 - first.weekday())
    while day < last:
        ends.append(day)
        day += timedelta(days=7)
    return [*ends, last] if first <= last else []


def township_table(  # noqa: PLR0913, PLR0917  # every part of the report
    stages: pd.DataFrame,
    progress: Progress,
    ground: pd.DataFrame,
    reporting: pd.DataFrame,
    work: pd.DataFrame,
    left_out: str = "",
) -> pd.DataFrame:
    """`stages` summed by township, with the township's target, and the city's total below.

    A target of a unit that is not a township has its own row. share_done counts only the modes
    that have a target.

    Args:
        stages: The table of `stage_table`.
        progress: The progress.
        ground: `grounds` by township, for the note on each.
        reporting: The table of `reporting_table`.
        work: The open work of `gis.audit.responsible.open_work`, for 存在问题.
        left_out: What is in no total, for the note on the city's.
    """
    keys = ["township_code", "township"]
    summed = stages.groupby(keys, as_index=False).sum(numeric_only=True, min_count=1)
    aimed = progress.units["completed"].where(progress.units["target"].notna())
    units = progress.units.assign(aimed=aimed.astype("Int64")).groupby(
        ["unit_code", "unit"], as_index=False, dropna=False
    )[["target", "aimed"]]
    targets = units.sum(min_count=1).rename(columns={"unit_code": "township_code", "unit": "named"})
    table = summed.merge(targets, on="township_code", how="outer")
    table["township"] = table["township"].fillna(table.pop("named"))
    table = table.merge(reporting.drop(columns="township"), on="township_code", how="left")
    table["problems_met"] = table["township_code"].map(_problems_met(work))
    table = table.assign(**dict.fromkeys(_SIGNED_BY_HAND, " "))
    beside_counts = (
        "subsidy_paid_cny",
        "reported_on",
        "report_late",
        "problems_met",
        *_SIGNED_BY_HAND,
    )
    counted = [name for name in table.columns if name not in (*keys, *beside_counts)]
    table[counted] = table[counted].astype("Int64")
    name = i18n.messages("report")["titles"]["total"]["zh"]
    no_township = i18n.messages("audit")["ground"]["no_township"]["zh"]
    own = table["township_code"].map(ground["zh"]).fillna(no_township)
    beside = "；".join(filter(None, (left_out, _not_totalled(table))))
    summed = [*counted, "subsidy_paid_cny"]
    total = table[summed].sum(min_count=1).to_frame().T.assign(township=name, ground_zh=beside)
    table = pd.concat([table.assign(ground_zh=own), total], ignore_index=True)
    table["subsidy_paid_cny"] = table["subsidy_paid_cny"].astype("Float64").astype(float)
    table[counted] = table[counted].astype("Int64")
    share = table["aimed"].astype("Float64") / table["target"].astype("Float64")
    table["share_done"] = share.where(table["target"] > 0).astype("float64")
    return table[list(MONTHLY)]


def _not_totalled(table: pd.DataFrame) -> str:
    """Which townships' completions are in no total, since nobody can tell them."""
    unknown = table.loc[table["completed"].isna() & table["township_code"].notna(), "township"]
    if unknown.empty or len(unknown) == len(table):
        return ""
    said, zh, en = i18n.messages("report")["missing"], "、".join(unknown), ", ".join(unknown)
    return i18n.format_message(said, "completed", zh=zh, en=en).zh


def _problems_met(work: pd.DataFrame) -> dict[str, str]:
    """存在问题: what each township has open, with the numbers."""
    said = work["work_zh"] + " " + work["number"].map("{:,}".format)
    return said.groupby(work["township_code"]).agg("；".join).to_dict()
