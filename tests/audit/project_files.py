"""A made-up project with its damage, written as an office would have it: CSV, Excel, GeoJSON."""

import csv
from datetime import date
from random import Random  # made-up towns, no secrets

import town
import xlsxwriter
from audit import damage
from audit.damaged_projects import APART, EAST, NORTH, TOWNS, Home, Town
from project_folder import write_features, write_project
from shapely import box

COLUMNS = (
    "household_id", "village_code", "heating", "x", "y", "installed_on", "energised_on",
    "accepted_on", "acceptance_result", "acceptance_by", "stove_removed_on", "coal_removed_on",
    "heating_kwh", "season",
)  # fmt: skip
CHINESE = {"household_id": "户编号", "heating": "采暖方式", "accepted_on": "验收日期"}
STYLES = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d")


def a_project(dice):
    """(the towns, whether a damage opens every zone, the rows of the files)."""
    files = {name: [] for name in ("households", "inspections", "complaints", "premises",
                                   "zone_rulings")}  # fmt: skip
    files |= {"above": 0, "blank": dict.fromkeys(COLUMNS, "")}
    towns = [_a_town(dice, n, files) for n in range(TOWNS)]
    whole = []
    if dice.random() < 0.08:
        spoil = dice.choice(damage.OF_PROJECTS)
        spoil(dice, files)
        whole.append(spoil.__name__)
    return towns, whole, files


def _a_town(dice, n, files):
    west, code = EAST + APART * n, f"140882{n:03d}00"
    mine = files | {"n": n, "west": west, "code": code, "zone_id": f"Z{n}"}
    own = Town(units=n > 0 and dice.random() < 0.4, rows={"households": []})
    own.zone = box(west, NORTH, west + 800, NORTH + 1000)
    own.village = box(west, NORTH, west + 1000, NORTH + 1000)
    places = [*(dice.sample(range(40, 760, 10), dice.choice([1, 2, 4]))), 1500]
    spoilt = dice.random() < 0.7
    for k, x in enumerate(places):
        home = Home(float(x), "A" if x < 1000 else "B")
        row = _row(home, f"{n}h{k}", code, west)
        if spoilt and x < 1000 and dice.random() < 0.35:
            spoil = dice.choice(damage.OF_HOMES)
            spoil(dice, own, home, row, mine)
            own.damage.append(spoil.__name__)
        own.homes.append(home)
        own.rows["households"].append(row)
        files["inspections"].append(row["visit"])
    if spoilt and dice.random() < 0.6:
        spoil = dice.choice(damage.OF_TOWNS)
        own.damage.append(spoil.__name__)
        if n or spoil is not damage.no_shape:  # one drawn zone keeps its shape
            spoil(dice, own, mine)
    files["households"] += own.rows["households"]
    return own


def _row(home, number, code, west):
    return {
        "household_id": number, "village_code": code + ("1" if home.code == "A" else "2"),
        "heating": home.heating, "x": west + home.x, "y": NORTH + 500,
        "installed_on": home.installed, "energised_on": home.energised,
        "accepted_on": home.accepted, "acceptance_result": "pass", "acceptance_by": "township",
        "stove_removed_on": home.stove_gone, "coal_removed_on": home.coal_gone,
        "heating_kwh": home.kwh, "season": "", "west": west,
        "visit": {"inspection_id": f"{number}i", "household_id": number, "premises_id": "",
                  "inspected_on": home.seen_clean, "finding": "clean", "coal_kg": "", "x": "",
                  "y": ""},
    }  # fmt: skip


def write(folder, dice, towns, files):
    """Put the files of a project into its folder."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    style, specs = dice.choice(STYLES), {}
    for name in ("households", "inspections", "complaints", "premises", "zone_rulings"):
        rows = files[name]
        if rows:
            columns = (
                COLUMNS if name == "households" else list(dict.fromkeys(k for r in rows for k in r))
            )
            lines = [[_said(row.get(c, ""), style) for c in columns] for row in rows]
            heading = [CHINESE.get(c, c) for c in columns]
            at = files["above"] if name == "households" else 0
            table = [*lines[:at], heading, *lines[at:]]
            suffix = dice.choice(["utf-8", "gb18030", "xlsx"])
            file = folder / f"{name}.{'xlsx' if suffix == 'xlsx' else 'csv'}"
            _workbook(file, table) if suffix == "xlsx" else _text(file, table, suffix)
            specs[name] = file.name
    villages, zones, named_zones = [], [], []
    for n, own in enumerate(towns):
        west, code = EAST + APART * n, f"140882{n:03d}00"
        named = {"township_code": code[:9], "township": f"镇{n}"}
        villages.append(({"village_code": code + "1", "village": f"甲{n}"} | named, own.village))
        beside = box(west + 1000, NORTH, west + 2000, NORTH + 1000)
        villages.append(({"village_code": code + "2", "village": f"乙{n}"} | named, beside))
        if own.units:
            named_zones.append({"zone_id": f"Z{n}", "include_villages": [f"{code}1"]})
        else:
            said = {"zone_id": f"Z{n}", "zone": "禁煤区", "effective_on": "2023-10-01"}
            zones.append((said, own.zone))
    write_features(folder / "villages.geojson", villages)
    write_features(folder / "zones.geojson", zones)
    specs |= {"villages": "villages.geojson", "coal_ban_zones": "zones.geojson"}
    accept = sorted({entry for own in towns for entry in own.accept})
    layers = {name: {"path": path, "crs": town.CRS} for name, path in specs.items()}
    write_project(folder, layers, named_zones, accept=accept)


def _said(value, style):
    if value is None:
        return ""
    return value.strftime(style) if isinstance(value, date) else str(value)


def _text(file, table, encoding):
    with file.open("w", encoding=encoding, newline="") as out:
        csv.writer(out).writerows(table)


def _workbook(file, table):
    book = xlsxwriter.Workbook(str(file))
    sheet = book.add_worksheet()
    for row, line in enumerate(table):
        for column, value in enumerate(line):
            if value.startswith("#"):
                sheet.write_formula(row, column, "=NA()", None, value)
            elif value == "-":
                sheet.write_formula(row, column, "=A1", None, "")  # never computed
            elif value:
                sheet.write_string(row, column, value)
    book.close()


def project_of(seed):
    dice = Random(f"damaged {seed}")
    return (dice, *a_project(dice))
