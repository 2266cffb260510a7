"""What goes wrong with the files of a made-up town, and what of it is true (see damaged_projects).

Each damage takes (dice, town, home, files): it changes what is written and, where nobody could know
the truth from what is left, what is known. `HARMLESS` ones change nothing that is true.
"""

from datetime import timedelta

from audit.damaged_projects import (
    AS_OF,
    COAL_WORDS,
    DRAWN_ON,
    EAST,
    NORTH,
    OTHER_WORDS,
    day,
)
from shapely import MultiPolygon, Polygon, box

UNREADABLE = ("#N/A", "未定", "2024-13-45", "#REF!", "去年", "-")


def unreadable_date(dice, town, home, row, files):
    name, column = dice.choice(
        [("accepted", "accepted_on"), ("stove_gone", "stove_removed_on"),
         ("coal_gone", "coal_removed_on")]
    )  # fmt: skip
    setattr(home, name, None)
    row[column] = dice.choice(["", *UNREADABLE])


def accepted_before(dice, town, home, row, files):
    home.accepted = day(5, dice.choice([1, 31]))
    row["accepted_on"] = home.accepted


def idle_for_years(dice, town, home, row, files):
    home.installed, home.energised = day(9, 1, 2021), day(10, 1, 2021)
    home.kwh = dice.choice([0.0, 3.0, 199.0, 200.0, 900.0])
    row |= {"installed_on": home.installed, "energised_on": home.energised,
            "heating_kwh": home.kwh, "season": "2023-2024"}  # fmt: skip


def meter_unreadable(dice, town, home, row, files):
    home.installed, home.energised, home.kwh = day(9, 1, 2021), day(10, 1, 2021), None
    row |= {"installed_on": home.installed, "energised_on": home.energised,
            "heating_kwh": dice.choice(["#N/A", "#REF!", "", "坏表"]),
            "season": "2023-2024"}  # fmt: skip


def visit_of(dice, town, home, row, files):
    ago = dice.choice([59, 60, 61, 200, -1])
    home.seen_clean = AS_OF - timedelta(days=ago)
    row["visit"]["inspected_on"] = home.seen_clean


def visit_unreadable(dice, town, home, row, files):
    home.seen_clean = None
    column, value = dice.choice(
        [("finding", ""), ("finding", "见附件"), ("finding", "#N/A"), ("coal_kg", "约五十"),
         ("coal_kg", "20"), ("inspected_on", ""), ("inspected_on", "上月末"), ("finding", "no_access")]
    )  # fmt: skip
    row["visit"][column] = value


def future_removal(dice, town, home, row, files):
    name, column = dice.choice(
        [("stove_gone", "stove_removed_on"), ("coal_gone", "coal_removed_on")]
    )
    setattr(home, name, AS_OF + timedelta(days=1))
    row[column] = getattr(home, name)


def on_coal(dice, town, home, row, files):
    home.heating = row["heating"] = dice.choice(["coal", "none"])


def heating_unreadable(dice, town, home, row, files):
    home.heating = ""
    row["heating"] = dice.choice(["", "#N/A", "其他"])


def far_off(dice, town, home, row, files):
    """A home on coal whose place nobody can have meant: its village is the zone's."""
    home.x, home.heating = None, "coal"
    row |= {"y": row["y"] + dice.choice([2_600, 100_000, -150_000, 1_000_000]), "heating": "coal"}


def without_place(dice, town, home, row, files):
    home.x, home.heating = None, "coal"
    row |= {"heating": "coal"} | dice.choice(
        [{"x": "", "y": ""}, {"x": ""}, {"x": "不详"}, {"x": "0", "y": "0"}]
    )


def other_code(dice, town, home, row, files):
    """It stands in the zone and its code names the village beside it."""
    home.code, home.heating = "B", "coal"
    row |= {"village_code": row["village_code"][:-1] + "2", "heating": "coal"}


def twice(dice, town, home, row, files):
    """The same id in two rows: alike they are one, else nobody knows which is true."""
    copy = dict(row)
    if dice.random() < 0.6:
        copy["heating"], home.known = "coal", False
    town.rows["households"].append(copy)


def without_id(dice, town, home, row, files):
    row["household_id"], home.known = "", False


def on_the_line(dice, town, home, row, files):
    """A home on coal, ruled outside before or after the line was drawn."""
    home.x, home.heating = 795.0, "coal"
    on = dice.choice([DRAWN_ON - timedelta(days=1), DRAWN_ON, day(10, 1), day(1, 1, 2019)])
    home.ruled = ("outside", on)
    row |= {"x": row["west"] + 795, "heating": "coal"}
    files["zone_rulings"].append(
        {"household_id": row["household_id"], "zone_id": files["zone_id"], "ruling": "outside",
         "ruled_on": on, "document_no": "文9"}
    )  # fmt: skip


OF_HOMES = (
    unreadable_date, accepted_before, idle_for_years, meter_unreadable, visit_of, visit_unreadable,
    future_removal, on_coal, heating_unreadable, far_off, without_place, other_code, twice,
    without_id, on_the_line,
)  # fmt: skip


def complaint(dice, town, files):
    west, code = files["west"], files["code"]
    coal = dice.random() < 0.6
    told = {"complaint_id": f"{files['n']}c", "received_on": day(10, 5), "handled_on": "",
            "village_code": code + "1", "x": "", "y": "",
            "subject": dice.choice(COAL_WORDS if coal else OTHER_WORDS)}  # fmt: skip
    where = dice.choice(["code", "inside", "apart", "apart too", "away"])
    there = where != "away"
    at = {"inside": 300, "apart": 1500, "apart too": 300, "away": 1500}.get(where)
    if at:
        told |= {"x": west + at, "y": NORTH + 500}
    if where in ("apart too", "away"):
        told["village_code"] = code + "2"
    handled = dice.choice(["", "", day(10, 4), AS_OF, AS_OF + timedelta(days=1), "#N/A"])
    told["handled_on"] = handled
    files["complaints"].append(told)
    if coal and there and handled != AS_OF:
        town.open_.append("complaint")


def premises(dice, town, files):
    """Coal sold by a shop: where it is listed, or where it was seen."""
    west, exempt = files["west"], dice.choice(["是", "否", "", "否"])
    listed, seen = dice.choice([300, 1500]), dice.choice([None, 300, 1500])
    files["premises"].append({"premises_id": f"{files['n']}p", "kind": "商店", "exempt": exempt,
                              "x": west + listed, "y": NORTH + 500})  # fmt: skip
    visit = {"inspection_id": f"{files['n']}v", "premises_id": f"{files['n']}p",
             "inspected_on": day(10, 25), "finding": dice.choice(["coal_sold", "见附件"])}  # fmt: skip
    if seen:
        visit |= {"x": west + seen, "y": NORTH + 500}
    files["inspections"].append(visit)
    if exempt != "是" and 300 in (listed, seen):
        town.open_.append("premises")


def stray(dice, town, files):
    """A finding at a bare place, or at a home elsewhere that was seen in the zone."""
    west = files["west"]
    seen = dice.choice([300, 1500])
    files["inspections"].append(
        {"inspection_id": f"{files['n']}s", "household_id": dice.choice(["", "nobody"]),
         "inspected_on": day(10, 25), "x": west + seen, "y": NORTH + 500,
         "finding": dice.choice(["coal_stored", "coal_burned", "stove_present"])}
    )  # fmt: skip
    if seen == 300:
        town.open_.append("stray")


def _parts(west):
    """Shapes that are the zone by the union of their parts, every one invalid."""
    zone = box(west, NORTH, west + 800, NORTH + 1000)
    corners = list(zone.exterior.coords)
    return [
        MultiPolygon([zone, box(west + 200, NORTH, west + 600, NORTH + 1000)]),
        MultiPolygon([box(west, NORTH, west + 600, NORTH + 1000),
                      box(west + 200, NORTH, west + 800, NORTH + 1000)]),
        MultiPolygon([zone, box(west + 250, NORTH + 400, west + 350, NORTH + 600)]),
        MultiPolygon([zone, zone]),
        MultiPolygon([box(west, NORTH, west + 300, NORTH + 1000),
                      box(west + 300, NORTH, west + 800, NORTH + 1000)]),
        Polygon([*corners[:-1], *corners]),  # round it twice
    ]  # fmt: skip


def damaged_shape(dice, town, files):
    if town.units:
        return damaged_village(dice, town, files)
    town.zone = dice.choice(_parts(files["west"]))
    return _accept(dice, town, f"coal_ban_zones:{files['zone_id']}:repaired")


def damaged_village(dice, town, files):
    west = files["west"]
    village = box(west, NORTH, west + 1000, NORTH + 1000)
    inner = box(west + 200, NORTH + 200, west + 600, NORTH + 600)
    town.village = MultiPolygon([village, inner])
    return _accept(dice, town, f"villages:{files['code']}1:repaired")


def _accept(dice, town, entry):
    if dice.random() < 0.4:
        town.accept.append(entry)
    else:
        town.open_.append("ground")


def no_shape(dice, town, files):
    if not town.units:
        town.zone = None
        town.open_.append("no shape")


OF_TOWNS = (complaint, complaint, premises, stray, damaged_shape, damaged_village, no_shape)


def lost_home(dice, files):
    row = dict(files["blank"]) | {"household_id": "lost", "heating": "coal"}
    if dice.random() < 0.5:
        row |= {"x": EAST + 500, "y": NORTH - 90_000, "village_code": "999999999999"}
    files["households"].append(row)


def lost_complaint(dice, files):
    files["complaints"].append(
        {"complaint_id": "lost", "village_code": dice.choice(["", "990000000000"]), "x": "",
            "y": "",
         "received_on": day(10, 5), "handled_on": "", "subject": dice.choice(COAL_WORDS)}
    )  # fmt: skip


def lost_finding(dice, files):
    files["inspections"].append(
        {"inspection_id": "lost", "household_id": dice.choice(["", "nobody"]), "x": "", "y": "",
         "inspected_on": day(10, 25), "finding": "coal_stored"}
    )  # fmt: skip


def heading_below(dice, files):
    files["above"] = dice.choice([1, 4])


def findings_blank(dice, files):
    for visit in files["inspections"]:
        visit["finding"] = dice.choice(["", "#N/A"])


OF_PROJECTS = (lost_home, lost_complaint, lost_finding, heading_below, findings_blank)
