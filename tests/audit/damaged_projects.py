"""Made-up project folders with damaged shapes, words, dates and files, and who knows the truth.

A project has `TOWNS` towns in a row, 3 km apart: village A from 0 to 1 km, village B from 1 to 2
km,
and a zone: drawn from 0 to 800 m, or named by village A. What is true is kept apart from what is
written: `Town` holds the truth, which `judge` reads, and the rows and shapes of the files, which
damage has gone over. Nothing here knows the product.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

AS_OF = date(2024, 10, 31)
TOWNS = 50
EAST, NORTH, APART = 470_000, 3_940_000, 3_000
LAST_SEASON, STALE_DAYS, LEAST_KWH = date(2023, 11, 15), 60, 200
DRAWN_ON = date(2023, 10, 1)

COAL_WORDS = (
    "烧散煤", "烟囱冒烟呛人，夜里生火炉", "煤改电用户仍在烧土暖气", "夜间冒黑烟", "烧炭取暖", "用土炉", "屋顶冒白烟", "烧锅炉取暖", "邻居烧炕",
    "补贴领了还烧炕", "停电后生炉子", "噪音大，还冒烟", "路灯下有人卖煤球", "蜂窝煤堆在道路旁", "气味刺鼻", "村里空气呛", "垃圾焚烧", "电费高又用老办法",
    "取暖补贴拿了旧炉子又装回去了", "coal smoke at night", "Someone burns briquettes", "举报", "见附件", "？", "烧媒",
    "不明原因",
    "煤 改 电后复烧", "散 煤", "电费太高，晚上点火盆", "小作坊半夜生火，噪音扰民", "请查", "煤改电补贴到账后仍烧煤",
)  # fmt: skip
OTHER_WORDS = (
    "煤改电补贴未到账", "反映煤改电补贴未到账", "噪音扰民", "路灯不亮", "村口道路积水", "垃圾没人清运", "停电", "电压不稳", "电费高", "取暖补贴什么时候发放",
    "煤改电线路跳闸", "水管漏水", "宅基地纠纷", "noise", "Streetlight broken", "煤改气补贴咨询",
)  # fmt: skip


def day(month, number, year=2024):
    return date(year, month, number)


@dataclass
class Home:
    """A home as it is known to be: what a date is if it is known, and where it is said to be.

    x      metres east in its town, None where nobody can tell
    code   "A", "B", or None where nobody can tell; `known`: nobody says otherwise of it elsewhere
    """

    x: float | None
    code: str | None = "A"
    heating: str = "electric"
    installed: date | None = date(2024, 6, 1)
    energised: date | None = date(2024, 6, 10)
    accepted: date | None = date(2024, 7, 1)
    stove_gone: date | None = date(2024, 7, 5)
    coal_gone: date | None = date(2024, 7, 5)
    kwh: float | None = 900.0
    seen_clean: date | None = date(2024, 10, 20)
    known: bool = True
    ruled: tuple | None = None


@dataclass
class Town:
    """The truth of one town, the rows of its files, and whether it was damaged at all.

    open_   true reasons why its zone cannot be called clear that are no home's
    """

    units: bool
    homes: list = field(default_factory=list)
    open_: list = field(default_factory=list)
    damage: list = field(default_factory=list)
    rows: dict = field(default_factory=dict)
    zone: object = None
    village: object = None
    accept: list = field(default_factory=list)


def judge(town, whole):
    """Whether the zone is clear; whole: what is open in every zone of the project."""
    inside = [home for home in town.homes if _may_be_inside(home, town.units)]
    return bool(inside) and not town.open_ and not whole and all(map(_home_clear, inside))


def _may_be_inside(home, units):
    if units:
        # its code counts, unless it stands clearly (3 sigma: 42.4 m) on the other side of the line
        return home.code == "A" or (home.x is not None and 42.4 < home.x < 957.6)
    if home.x is None:
        return home.code in ("A", None)
    if home.ruled and abs(home.x - 800) <= 30:
        word, on = home.ruled
        return word != "outside" or on < DRAWN_ON
    return -30 <= home.x <= 830


def _home_clear(home):
    steps = [home.installed, home.energised, home.accepted]
    facts = [
        home.known,
        home.heating in ("electric", "central"),
        None not in steps and steps == sorted(steps) and home.accepted <= AS_OF,
        home.stove_gone is not None and home.stove_gone <= AS_OF,
        home.coal_gone is not None and home.coal_gone <= AS_OF,
        home.seen_clean is not None
        and timedelta(0) <= AS_OF - home.seen_clean <= timedelta(STALE_DAYS),
    ]
    return all(facts) and _used(home)


def _used(home):
    ran = home.energised is not None and home.energised <= LAST_SEASON
    return not ran or (home.kwh is not None and home.kwh >= LEAST_KWH)
