"""Made-up zones with everything that goes wrong in them, and a second judge to hold them against.

A case is a town of its own: village A from 0 to 1 km, B from 1 to 2 km, a zone from 0 to its
`reach` [m] east; all stands in the middle, at 500 m north. 3 sigma are 30 m where nothing else is
said.
"""

from datetime import timedelta

from audit.cleared_home import CLEARED_HOME, NEXT, VILLAGE
from audit.test_generated_households import AS_OF, COAL, DAYS, a_home, second_judge, some_visits

YESTERDAY, TOMORROW = AS_OF - timedelta(days=1), AS_OF + timedelta(days=1)
FIRST = AS_OF.replace(year=2023, month=10, day=1)
BEFORE = FIRST - timedelta(days=1)
NEAR = (569, 570, 571, 600, 630, 631)
PLACES = (100, 380, 429, 431, *NEAR, 900, 1500)
KINDS = (*COAL, "stove_present", "device_unused", None)
GOOD = {
    name: CLEARED_HOME.get(name)
    for name in ("heating", "acceptance_result", "acceptance_by", "heating_kwh", "season")
} | {"occupancy": "occupied", "occupancy_on": None, "accepted_on": AS_OF.replace(month=7, day=1)}
GOOD |= {"installed_on": None, "energised_on": None}
GOOD |= dict.fromkeys(("stove_removed_on", "coal_removed_on"), AS_OF.replace(month=7, day=5))


def a_case(dice):
    good = dice.random() < 0.7
    homes = [_a_home(dice, n, good) for n in range(dice.choice([0, 1, 1, 2, 3, 4]))]
    visits = [v for home in homes for v in _visits(dice, home)]
    odd = 0.06 if good else 0.4
    case = {"versions": _versions(dice), "homes": homes, "visits": visits, "rulings": []}
    for home in homes:
        for _ in range(dice.choice([0, 0, 1, 2])):
            case["rulings"].append(_a_ruling(dice, home["household_id"], odd))
    if dice.random() < odd / 3:
        case["rulings"].append(_a_ruling(dice, "nobody", odd))
    case["premises"] = [{"x": dice.choice(PLACES), "exempt": dice.choice([None, False, True])}]
    case["found"] = [_found(dice) for _ in range(3) if dice.random() < odd]
    case["complaints"] = [_a_complaint(dice) for _ in range(2) if dice.random() < odd]
    return case


def _versions(dice):
    """(effective_on, expires_on, reach): one, or one that takes over or is about to."""
    one = [(FIRST, dice.choice([None] * 6 + [YESTERDAY, AS_OF]), 600)]
    if dice.random() < 0.3:
        return [(FIRST, None, 400), (dice.choice([YESTERDAY, AS_OF, TOMORROW]), None, 600)]
    return one


def _a_home(dice, n, good):
    home = a_home(dice, n)
    if good or dice.random() < 0.5:
        home |= GOOD
        if dice.random() < 0.2:
            away = {"occupancy": dice.choice(["vacant", "demolition"]), "heating": "coal"}
            home |= away | {"occupancy_on": dice.choice([None, FIRST, AS_OF, TOMORROW])}
    x = dice.choice([*PLACES, None])
    return home | {
        "x": x, "y": None if x is None else 500.0, "good": good,
        "village_code": dice.choice([VILLAGE, VILLAGE, NEXT, *([] if x is None else [None, "99"])]),
        "accuracy_m": dice.choice([None, None, None, 0.0, 3.0, 50.0]),
        "reject_reason": dice.choice([""] * 30 + ["duplicate_id"]) if x else "",
    }  # fmt: skip


def _visits(dice, home):
    if home["reject_reason"]:
        return
    own = list(some_visits(dice, 0)) if not home["good"] or dice.random() < 0.1 else []
    if home["good"]:
        seen = AS_OF - timedelta(days=dice.choice([0, 1, 59, 60] * 4 + [61, -1]))
        own.append({"inspected_on": seen, "finding": "clean", "rectified_on": None,
                    "coal_kg": None, "reject_reason": ""})  # fmt: skip
    yield from (visit | {"household_id": home["household_id"]} for visit in own)


def _a_ruling(dice, household, odd):
    whole = dice.random() > odd
    return {
        "household_id": household,
        "ruling": dice.choice(["inside", "outside", "outside", *([] if whole else [None])]),
        "ruled_on": dice.choice(
            [BEFORE, FIRST, YESTERDAY, AS_OF, TOMORROW, *([] if whole else [None])]
        ),
        "document_no": "d" if whole else dice.choice(["d", None, " "]),
    }


def _found(dice):
    """A finding at the premises, or at a bare place (x), and perhaps a clean visit after it."""
    seen = dice.choice([None, *DAYS])
    later = [None, *([] if seen is None else [seen, seen + timedelta(days=1)]), AS_OF, TOMORROW]
    return {"x": dice.choice([None, *NEAR, 300]), "finding": dice.choice(KINDS),
            "inspected_on": seen, "rectified_on": dice.choice(later),
            "clean_on": dice.choice(later)}  # fmt: skip


def _a_complaint(dice):
    return {"x": dice.choice([None, *NEAR]), "village_code": dice.choice([VILLAGE, NEXT]),
            "received_on": dice.choice([None, FIRST, AS_OF, TOMORROW]),
            "handled_on": dice.choice([None, FIRST, YESTERDAY, AS_OF, TOMORROW]),
            "subject": dice.choice(["烧散煤", "煤改电补贴", None])}  # fmt: skip


def in_force(case):
    """(effective_on, expires_on, reach) of the version that holds."""
    begun = [version for version in case["versions"] if version[0] <= AS_OF]
    last = max(begun, key=lambda version: version[0])
    if last[1] and last[1] < AS_OF:
        return None
    return last


def judge_zone(case):
    """(verdict, inside, cleared, not_cleared, unknown, undecidable); None: not in force."""
    holds = in_force(case)
    if holds is None:
        return None
    _, _, reach = holds
    counted = [home for home in case["homes"] if not home["reject_reason"]]
    placed = [(home, _position(home, case, holds)) for home in counted]
    own = {home["household_id"]: [v for v in case["visits"]
           if v["household_id"] == home["household_id"]] for home in counted}  # fmt: skip
    said = {where: [second_judge(home, own[home["household_id"]]) for home, at in placed
            if at == where] for where in ("inside", "undecidable")}  # fmt: skip
    inside, line = said["inside"], said["undecidable"]
    counts = [inside.count(word) for word in ("cleared", "not_cleared", "unknown")]
    coal = [_at(found, case, reach) for found in case["found"]]
    unlisted = {one["household_id"] for one in case["rulings"]} - own.keys()
    held = {_duty(home) for home, at in placed if at != "outside"}
    open_ = [
        "open" in coal,
        any(_complains(one, reach, held) for one in case["complaints"]),
        any(home["reject_reason"] and home["x"] <= reach + 30 for home in case["homes"]),
        reach > 500 and VILLAGE not in {_duty(home) for home in counted},
        any(_last_ruling(_of(case, name), None) in ("inside", "unread") for name in unlisted),
    ]
    word = "unconfirmed"
    if "not_cleared" in inside or "stands" in coal:
        word = "not_cleared"
    elif inside and set(inside + line) == {"cleared"} and not any(open_):
        word = "cleared"
    return (word, len(inside), *counts, len(line))


def _duty(home):
    if home["village_code"] in (VILLAGE, NEXT):
        return home["village_code"]
    return VILLAGE if home["x"] <= 1000 else NEXT


def _position(home, case, holds):
    (since, _, reach), x = holds, home["x"]
    if x is None:
        at = "undecidable" if home["village_code"] == VILLAGE else "outside"
    else:
        away = min(x, reach - x)
        margin = 3 * (home["accuracy_m"] or 10)
        at = "inside" if away > margin else "undecidable" if away >= -margin else "outside"
    ruled = _last_ruling(_of(case, home["household_id"]), since)
    if ruled in ("none", at) or at == "inside":
        return at
    return "undecidable" if ruled == "unread" else ruled


def _of(case, household):
    return [one for one in case["rulings"] if one["household_id"] == household]


def _last_ruling(rulings, drawn_on):
    """inside, outside, unread, or none."""
    valid = []
    made = [one for one in rulings if not (one["ruled_on"] and one["ruled_on"] > AS_OF)]
    for one in made:
        day, word = one["ruled_on"], one["ruling"] or "unread"
        void = day is None or not (one["document_no"] or "").strip()
        if day and drawn_on and day < drawn_on:
            continue
        if word == "outside" and void:
            if len(made) == 1:
                continue
            word = "unread"
        word = word if day else "unread"
        valid.append((day or AS_OF, ("outside", "inside", "unread").index(word), word))
    return max(valid)[2] if valid else "none"


def _at(found, case, reach):
    """What a finding that is not at a home says of the zone: "stands", "open" or nothing."""
    seen, kind = found["inspected_on"] or AS_OF, found["finding"] or "unread"
    if seen > AS_OF or (found["finding"] is None and found["inspected_on"] is None):
        return ""
    premises, bare = case["premises"][0], found["x"] is not None
    if not bare and premises["exempt"]:
        return ""
    x = found["x"] if bare else premises["x"]
    serious = (*COAL, "unread", "stove_present") if bare else (*COAL, "unread")
    if kind not in serious or x > reach + 30:
        return ""
    fixed = found["rectified_on"]
    fixed = fixed if fixed and seen <= fixed <= AS_OF else None
    clean = max(_cleans(found, case), default=None)
    again = bool(clean and seen < clean and not (fixed and clean < fixed))
    if fixed and again:
        return ""
    return "stands" if kind in COAL and x <= reach and not fixed and not again else "open"


def _cleans(found, case):
    """The days of the clean visits to the same premises, or within 10 m of the same place."""
    for one in case["found"]:
        same = one["x"] is None if found["x"] is None else abs((one["x"] or -99) - found["x"]) <= 10
        if same and one["clean_on"] and one["clean_on"] <= AS_OF:
            yield one["clean_on"]


def _complains(one, reach, held):
    received, handled = one["received_on"], one["handled_on"]
    done = received and handled and received <= handled <= AS_OF
    if (received and received > AS_OF) or done or one["subject"] == "煤改电补贴":
        return False
    if one["x"] is not None and one["x"] <= reach + 30:
        return True
    there = one["x"] is not None and (one["village_code"] == VILLAGE) == (one["x"] <= 1000)
    return not there and one["village_code"] in held
