"""What the layers say against each other, in the words of maps/words/findings.toml."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis import i18n
from gis.errors import Problem, Text
from gis.facts import coverage
from gis.facts.ledger_state import ABSENT, INCOMPLETE, NO_TASK, township_states
from gis.facts.zone_membership import days_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from gis.facts.transformers import Transformers
    from gis.policy import NamedArea, Policy


def of_places(households: pd.DataFrame) -> tuple[Problem, ...]:
    """One problem a row whose place and village code do not agree, or that lacks one of them."""
    return tuple(_of_places(households))


def _of_places(households: pd.DataFrame) -> Iterator[Problem]:
    located, written = households["located_village_code"], households["ledger_village_code"]
    counted = households["status"] != "rejected"
    placed = households["x"].notna()
    known = written == households["village_code"]
    cases = {
        "no_place": households["reject_reason"] == "no_place",
        "outside": counted & placed & located.isna(),
        "unknown_village_code": counted & written.notna() & ~known & (written != located),
        "placed_elsewhere": counted & known & located.notna() & (written != located),
    }
    columns = [
        "ledger_row", "ledger_village_code", "village_code", "located_village_code",
        "nearest_village_code", "nearest_village_m", "household_id", "township_code",
        *(name for name in ("ledger_file", "ledger_sheet") if name in households),
    ]  # fmt: skip
    for code, chosen in cases.items():
        if not chosen.any():
            continue
        for row in households.loc[chosen.to_numpy(bool), columns].to_dict("records"):
            written_code = row["ledger_village_code"]
            value = written_code if isinstance(written_code, str) else ""
            yield of_row(code, "village_code", value, row)


def of_row(code: str, column: str, value: str, row: Mapping[str, Any]) -> Problem:
    """A problem of one row of the ledger.

    row: ledger_row, household_id, township_code and what the message names; ledger_file and
    ledger_sheet, if known.
    """
    return replace(
        _problem("households", code, column, value, row),
        key=_said(row["household_id"]),
        file=_said(row.get("ledger_file")),
        sheet=_said(row.get("ledger_sheet")),
        township=_said(row["township_code"]),
    )


def of_township(code: str, column: str, facts: Mapping[str, Any]) -> Problem:
    """A problem of the rows of one township; facts: township_code and what the message names."""
    township = str(facts["township_code"])
    return replace(_problem("households", code, column, township, facts), township=township)


def places_that_fit(homes: pd.DataFrame) -> list[Text]:
    """By file of the ledger, how many of its homes with coordinates stand in their own village.

    A CRS that is wrong shows here as well as one that is right.
    """
    placed = (homes["status"] != "rejected") & homes["x"].notna()
    own = placed & (homes["located_village_code"] == homes["village_code"])
    sums = pd.DataFrame({"own": own, "placed": placed}).groupby(homes["ledger_file"]).sum()
    words = i18n.messages("findings")["fits"]
    return [
        i18n.format_message(words, "good" if 2 * row.own > row.placed else "bad", file=row.Index,
                            own=int(row.own), placed=int(row.placed))
        for row in sums[sums["placed"] > 0].itertuples()
    ]  # fmt: skip


def unknown_feeders(
    households: pd.DataFrame, transformers: Transformers | None
) -> tuple[Problem, ...]:
    """Transformers that the ledger names and the layer does not have, in one problem."""
    if transformers is None or "transformer_id" not in households:
        return ()
    listed = households.loc[households["status"] != "rejected", "transformer_id"].dropna()
    strange = listed[~listed.isin(transformers.ids)]
    if strange.empty:
        return ()
    names = sorted(strange.unique())
    facts = {"homes": len(strange), "stations": len(names), "first": names[0]}
    return (_problem("households", "unknown_transformer", "transformer_id", names[0], facts),)


def meters_that_differ(households: pd.DataFrame, feeders: pd.Series | None) -> tuple[Problem, ...]:
    """Homes whose ledger names another transformer than the grid company's list, one by one."""
    if feeders is None or not {"meter_no", "transformer_id"} <= set(households):
        return ()
    listed = households["meter_no"].astype("str").map(feeders)
    own = households["transformer_id"].astype("str")
    rows = households[listed.notna() & own.notna() & (listed != own)]
    return tuple(
        _problem("households", "meter_differs", "transformer_id", str(row["transformer_id"]), row)
        for row in rows.to_dict("records")
    )


def meters_met(households: pd.DataFrame, feeders: pd.Series | None) -> pd.DataFrame:
    """meter_no of the grid company's list that the ledger has; no rows without a list."""
    own = households.reindex(columns=["meter_no"]).dropna().astype("str").drop_duplicates()
    listed = own["meter_no"].isin([] if feeders is None else feeders.index)
    return own[listed].reset_index(drop=True)


def unknown_meters(met: pd.DataFrame, feeders: pd.Series | None) -> tuple[Problem, ...]:
    """Meters of the grid company's list that no home has, in one problem; met: `meters_met`."""
    if feeders is None:
        return ()
    strange = feeders.index[~feeders.index.isin(met["meter_no"])]
    if strange.empty:
        return ()
    facts = {"meters": len(strange)}
    return (_problem("meters", "meter_unknown", "meter_no", str(min(strange)), facts),)


def of_ledgers(villages: pd.DataFrame, as_of: date) -> tuple[Problem, ...]:
    """What the ledger lacks, by township or village, and statements that do not settle it."""
    return tuple(_of_ledgers(villages, as_of))


def _of_ledgers(villages: pd.DataFrame, as_of: date) -> Iterator[Problem]:
    lacking = township_states(villages)
    missing = lacking[lacking["missing"]]
    for row in missing.to_dict("records"):
        yield _of_township("township_without_ledger", row["township_code"], row)
    alone = ~villages["township_code"].isin(missing["township_code"])
    stated = villages["no_task_on"].notna()
    later = stated & (villages["no_task_on"] > pd.Timestamp(as_of))
    settled = villages["ledger_state"] == NO_TASK
    cases = {
        "village_without_ledger": alone & (villages["ledger_state"] == ABSENT),
        "village_ledger_incomplete": villages["ledger_state"] == INCOMPLETE,
        "no_task_later": later,
        "no_task_contradicted": stated & ~later & (villages["pending"] > 0),
        "no_task_without_document": settled & (villages["no_task_document"] == ""),
    }
    for code, chosen in cases.items():
        for row in villages[chosen].to_dict("records") if chosen.any() else ():
            day = row["no_task_on"]
            facts = row | {"day": "" if pd.isna(day) else f"{day:%Y-%m-%d}"}
            yield _of_township(code, row["village_code"], facts)


def _of_township(code: str, value: str, facts: Mapping[str, Any]) -> Problem:
    column = "no_task_on" if code.startswith("no_task") else "village_code"
    layer = "villages" if code.startswith("no_task") else "households"
    return replace(_problem(layer, code, column, value, facts), township=facts["township_code"])


# ASSUME: a home on central heating stands within a kilometre of a main; mains on maps have gaps,
# but none so long.
_FAR_M = 1000.0


def of_central(households: pd.DataFrame, villages: pd.DataFrame) -> tuple[Problem, ...]:
    """Homes on central heating far from every main in the layer, one problem per village.

    Without mains, or inside the area that a company covers, nothing is said.
    """
    far = (
        (households["status"] != "rejected")
        & (households["heating"] == "central")
        & (households["served"] == coverage.NONE)
        & np.isfinite(households["pipe_m"].astype(float))
        & (households["pipe_m"] > _FAR_M)
    )
    own = households[far]
    sums = own.groupby("village_code")["pipe_m"].agg(["size", "min"])
    names = villages.set_index("village_code")[["village", "township", "township_code"]]
    return tuple(
        replace(
            _problem("households", "central_far_from_pipe", "heating", "central",
                     {**row, "homes": row["size"], "nearest_m": row["min"]}),
            township=row["township_code"],
        )
        for row in sums.join(names).to_dict("records")
    )  # fmt: skip


_ON_ANY_NETWORK = "radiator"  # of the house, behind whatever central equipment is priced


def of_devices(
    households: pd.DataFrame, villages: pd.DataFrame, policy: Policy
) -> tuple[Problem, ...]:
    """Devices chosen that no route offers, one problem per village and device.

    The homes are priced with the first device of each route instead.
    """
    offered = [*policy.priced_devices, _ON_ANY_NETWORK]
    pending = households[households["pending"].astype(bool)]
    strange = pending[pending["device_chosen"].notna() & ~pending["device_chosen"].isin(offered)]
    counts = strange.groupby(["village_code", "device_chosen"]).size().rename("homes")
    names = villages.set_index("village_code")[["village", "township", "township_code"]]
    rows = counts.reset_index().join(names, on="village_code").to_dict("records")
    return tuple(_device(row["device_chosen"], row) for row in rows)


def _device(device: str, row: Mapping[str, Any]) -> Problem:
    name = i18n.messages("terms")["device"].get(device, {"zh": device, "en": device})
    facts = {**row, **name, "device": device}
    own = _problem("households", "device_not_offered", "device_chosen", device, facts)
    return replace(own, township=row["township_code"])


def ledger_problem(code: str, key: str, facts: Mapping[str, Any]) -> Problem:
    """A loss of the ledger; `key` names it in the `accept` list of project.toml."""
    entry = f"households:{key}:{code}"
    return replace(_problem("households", code, "", key, {**facts, "entry": entry}), key=key)


def unplaced_area(area: NamedArea) -> Problem:
    """A named area whose place nobody has given."""
    facts = {"name": area.name}
    return _problem("policy.toml", "named_area_unplaced", "priority.named_areas", area.name, facts)


def zones_away(zones: pd.DataFrame, in_force: pd.DataFrame, as_of: date) -> tuple[Problem, ...]:
    """One problem a coal-ban zone of which no version is in force on `as_of`: it is not judged."""
    away = zones[~zones["zone_id"].isin(in_force["zone_id"])]
    found = []
    for row in away.sort_values("effective_on").drop_duplicates("zone_id").to_dict("records"):
        begun = row["effective_on"] <= pd.Timestamp(as_of)
        code, column = ("zone_not_begun", "effective_on")
        if begun:
            code, column = ("zone_expired", "expires_on")
        found.append(_of_zone(code, column, row))
    return tuple(found)


def zones_unsure(in_force: pd.DataFrame) -> tuple[Problem, ...]:
    """One problem a coal-ban zone of which nobody can tell when it holds: its answer is open."""
    unsure = in_force[days_unknown(in_force).to_numpy(bool)].to_dict("records")
    undated = [row for row in unsure if pd.isna(row["effective_on"])]
    return (
        *(_of_zone("zone_without_day", "effective_on", row) for row in undated),
        *(
            _of_zone("zone_ends_before", "expires_on", row)
            for row in unsure
            if pd.notna(row["effective_on"])
        ),
    )


def _of_zone(code: str, column: str, row: Mapping[str, Any]) -> Problem:
    day = "" if pd.isna(row[column]) else f"{row[column]:%Y-%m-%d}"
    begins = row["effective_on"]
    since = "" if pd.isna(begins) else f"{begins:%Y-%m-%d}"
    facts = {"zone": row["zone_id"], "day": day, "since": since}
    return _problem("coal_ban_zones", code, column, day, facts)


def unknown_household(ruling: Mapping[str, Any]) -> Problem:
    """A zone ruling on a household that is not in the ledger."""
    value = _said(ruling["household_id"])
    return _problem("zone_rulings", "unknown_household", "household_id", value, ruling)


_PAYMENT_COLUMNS = {
    "too_large": "amount_cny", "part_fen": "amount_cny", "no_home": "household_id",
    "no_unit": "unit_code",
}  # fmt: skip


def of_payment(row: Mapping[str, Any]) -> Problem:
    """A row of the payments that is refused: it is in no sum."""
    code, column = f"payment_{row['refused']}", _PAYMENT_COLUMNS.get(row["refused"], "stage")
    names = {"number": row["payment_id"], "home": row["household_id"], "unit": row["unit_code"]}
    facts = {name: _said(value) or "—" for name, value in names.items()}
    facts |= {"amount": "—" if pd.isna(row["amount_cny"]) else f"{row['amount_cny']:,.2f}"}
    facts |= {name: row[name] for name in ("ledger_row",) if name in row}
    own = _problem("payments", code, column, _said(row[column]), facts)
    return replace(
        own,
        key=_said(row["payment_id"]),
        file=_said(row.get("ledger_file")),
        township=_said(row["township_code"]),
    )


_RULING_COLUMNS = {
    "ruling_without_day": "ruled_on",
    "ruling_without_document": "document_no",
    "ruling_before_line": "ruled_on",
    "ruling_of_unknown_zone": "zone_id",
    "ruling_of_zone_not_in_force": "zone_id",
}


def faulty_ruling(code: str, ruling: Mapping[str, Any]) -> Problem:
    """A zone ruling with something wrong in itself."""
    names = {"household": ruling["household_id"], "zone": ruling["zone_id"]}
    facts = {name: _said(value) or "—" for name, value in names.items()}
    column = _RULING_COLUMNS[code]
    value = ruling[column]
    day = column == "ruled_on" and pd.notna(value)
    said = f"{value:%Y-%m-%d}" if day else _said(value)
    row = {"ledger_row": ruling["ledger_row"]} if "ledger_row" in ruling else {}
    return _problem("zone_rulings", code, column, said, facts | row | {"value": said})


def _said(value: Any) -> str:  # noqa: ANN401  # a cell
    """What a cell says, "" for a missing one."""
    return "" if value is None or pd.isna(value) else str(value)


def contradiction(ruling: Mapping[str, Any]) -> Problem:
    """A zone ruling that puts outside what clearly stands inside."""
    value = str(ruling["household_id"])
    return _problem("zone_rulings", "ruling_contradicts_location", "ruling", value, ruling)


def _problem(layer: str, code: str, column: str, value: str, facts: Mapping[str, Any]) -> Problem:
    said = i18n.messages("findings")
    row = int(facts["ledger_row"]) if "ledger_row" in facts else None
    message = i18n.format_message(said["message"], code, **facts)
    remedy = i18n.format_message(said["remedy"], code, **facts)
    return Problem(layer, code, row, column, value, message, remedy)
