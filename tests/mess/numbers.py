"""Kinds of mess in the numbers, ids and places of a ledger."""

from __future__ import annotations

from layers.made import Formula
from mess.kinds import homes_of, kind, lose, some, wide
from mess.ledger import Ledger, Line

# numbers ------------------------------------------------------------------------------------------


def scale(ledger: Ledger, column: str, heading: str, times: float) -> None:
    ledger.headings[column] = heading
    for line in ledger.of_homes():
        value = line.cells[column]
        if isinstance(value, int | float):
            line.cells[column] = float(f"{value * times:.10g}")


@kind("area")
def areas_in_units_of_the_heading(dice, ledger):
    heading, times = dice.choice([
        ("建筑面积（万平方米）", 1e-4), ("建筑面积(亩)", 3 / 2000), ("建筑面积/公顷", 1e-4), ("住房面积㎡", 1.0),
    ])  # fmt: skip
    scale(ledger, "area", heading, times)


@kind("area")
def areas_in_units_of_the_cell(dice, ledger):
    for line in ledger.of_homes():
        area = line.cells["area"]
        line.cells["area"] = dice.choice(
            [f"{area}平米", f"{area} ㎡", wide(area), f"{area}.00", f"{area}平方米"]
        )


@kind("area")
def areas_negative_or_absurd(dice, ledger):
    for line in some(dice, homes_of(ledger)):
        area = line.home.area
        lose(line, "area", dice.choice([-area, 10**13, f"{area}－", "一百二", "约100"]))


@kind("area")
def areas_with_a_slip(dice, ledger):
    """Digits too many or too few: still a number."""
    for line in some(dice, homes_of(ledger)):
        area = line.home.area
        lose(line, "area", dice.choice([area * 10, area * 100, area * 1000, 1]))


@kind("kwh")
def meters_in_units_of_the_heading(dice, ledger):
    heading, times = dice.choice([
        ("取暖用电量（千度）", 1e-3), ("取暖用电量（万千瓦时）", 1e-4), ("取暖用电量(度)", 1.0), ("用电量 kWh", 1.0),
        ("取暖用电量（兆瓦时）", 1e-3),
    ])  # fmt: skip
    scale(ledger, "kwh", heading, times)


@kind("kwh")
def meters_with_separators(dice, ledger):
    for line in homes_of(ledger, lambda home: home.kwh):
        kwh = line.home.kwh
        line.cells["kwh"] = dice.choice(
            [f"{kwh:,}", f"{kwh}度", f"{kwh} 千瓦时", f"{kwh:.1f}", wide(kwh)]
        )


@kind("kwh")
def meters_unreadable(dice, ledger):
    for line in some(dice, homes_of(ledger, lambda home: home.kwh)):
        lose(line, "kwh", dice.choice([-line.home.kwh, "坏表", "#REF!", 10**14]))


@kind("blank")
def noughts_for_blanks(dice, ledger):
    """0 where there is nothing to enter."""
    for line in ledger.of_homes():
        for column in ("kwh", "year", "accepted"):
            if line.cells[column] == "" and dice.random() < 0.5:
                line.cells[column] = dice.choice([0, "0"])
        if not line.home.placed:
            line.cells |= {"lon": 0, "lat": 0}
        if dice.random() < 0.1 and not line.home.lost:
            line.cells["area"], line.home.area = 0, 0


@kind("errors", ("xlsx", "xls"))
def cells_with_errors(dice, ledger):
    columns = ("area", "heating", "lat", "accepted", "village", "kwh", "year")
    for line, column in zip(some(dice, homes_of(ledger), 7), columns, strict=False):
        lose(line, column, dice.choice(["#N/A", "#REF!", "#VALUE!", "#DIV/0!"]))
        if column == "lat":
            line.home.placed = False


@kind("errors", ("xlsx", "xls"))
def formulas_without_their_value(dice, ledger):
    for line in some(dice, homes_of(ledger), 5):
        lose(line, dice.choice(["area", "kwh", "year"]), Formula(None))


@kind("errors", ("xlsx", "xls"))
def formulas_with_their_value(dice, ledger):
    for line in some(dice, homes_of(ledger), 9):
        for column in ("area", "year"):
            cell = line.cells[column]
            line.cells[column] = Formula(float(cell)) if isinstance(cell, int) and cell else cell


# ids ----------------------------------------------------------------------------------------------


@kind("id")
def ids_as_floats(dice, ledger):
    for line in ledger.of_homes():
        line.cells["id"] = dice.choice([f"{line.cells['id']}.0", line.cells["id"]])


@kind("id")
def ids_wide_and_spaced(dice, ledger):
    for line in ledger.of_homes():
        line.cells["id"] = dice.choice([wide(line.cells["id"]), f" {line.cells['id']} "])


@kind("id")
def ids_of_letters(dice, ledger):
    """Ids that are unique by themselves, under their usual heading."""
    ledger.headings["id"], ledger.entry["id"] = "户编号", None
    for line in ledger.of_homes():
        own = line.home.key = f"{ledger.town.code}-{line.home.number:04}"
        line.cells["id"] = dice.choice([own, wide(own)])


@kind("id")
def ids_twice_in_a_file(dice, ledger):
    village = dice.choice(homes_of(ledger)).home.village
    one, other = dice.sample(homes_of(ledger, lambda home: home.village == village), 2)
    for line in (one, other):
        lose(line, "id", one.cells["id"])


@kind("id")
def ids_blank(dice, ledger):
    for line in some(dice, homes_of(ledger)):
        lose(line, "id", "")


# places -------------------------------------------------------------------------------------------


def placed(ledger: Ledger) -> list[Line]:
    return [line for line in ledger.of_homes() if line.home and line.home.placed]


@kind("place")
def places_in_minutes(dice, ledger):
    for line in placed(ledger):
        for column in ("lon", "lat"):
            line.cells[column] = dice.choice([_clock, _chinese_clock])(line.cells[column])


def _clock(degrees: float) -> str:
    whole, seconds = divmod(round(degrees * 3600, 2), 3600)
    return f"{int(whole)}°{int(seconds // 60):02}′{seconds % 60:05.2f}″"


def _chinese_clock(degrees: float) -> str:
    whole, minutes = divmod(round(degrees * 60, 4), 60)
    return f"{int(whole)}度{minutes:.4f}分"


@kind("place")
def places_with_their_axis(dice, ledger):
    for line in placed(ledger):
        lon, lat = line.cells["lon"], line.cells["lat"]
        line.cells |= {
            "lon": dice.choice([f"E{lon}", f"东经{lon}°"]),
            "lat": dice.choice([f"{lat}N", f"北纬{lat}度"]),
        }


@kind("place")
def places_of_a_phone(dice, ledger):
    ledger.entry["crs"] = "GCJ-02"
    for line in placed(ledger):
        lon, lat = line.home.lonlat(gcj=True)
        line.cells |= {"lon": round(lon, 6), "lat": round(lat, 6)}


@kind("place")
def places_in_metres(dice, ledger):
    ledger.headings |= {"lon": "X坐标", "lat": "Y坐标"}
    ledger.entry["crs"] = "EPSG:4546"
    for line in placed(ledger):
        line.cells |= {"lon": round(line.home.x, 1), "lat": round(line.home.y, 1)}


def swap(dice, ledger):
    ledger.quiet |= {"location_swapped", "location_mended"}
    for line in some(dice, placed(ledger), 4):
        line.cells |= {"lon": line.cells["lat"], "lat": line.cells["lon"]}
        line.home.placed = ledger.entry.get("mend_swapped", False)


@kind("place")
def places_swapped(dice, ledger):
    swap(dice, ledger)


@kind("place")
def places_swapped_to_be_mended(dice, ledger):
    ledger.entry["mend_swapped"] = True
    swap(dice, ledger)


@kind("place")
def places_far_away(dice, ledger):
    for line in some(dice, placed(ledger)):
        lon, lat = dice.choice([(121.5, 31.2), (13.4, 52.5), (180.0, 90.0), (112.9, 37.0)])
        line.cells |= {"lon": lon, "lat": lat}
        line.home.lost.add("place")
        line.home.placed = False


@kind("place")
def places_half_or_not_there(dice, ledger):
    for line in some(dice, placed(ledger), 4):
        line.cells |= dice.choice(
            [{"lon": "", "lat": ""}, {"lon": ""}, {"lat": "不详"}, {"lon": "0", "lat": 0}]
        )
        line.home.lost.add("place")
        line.home.placed = False


@kind("place")
def places_in_the_next_village(dice, ledger):
    for line in some(dice, placed(ledger)):
        other = dice.choice(
            [one for one in placed(ledger) if one.home.village != line.home.village]
        )
        line.cells |= {"lon": other.cells["lon"], "lat": other.cells["lat"]}
        line.home.lost.add("place")
