"""One output column of a village or household."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from gis.errors import Text

Kind = Literal["text", "choice", "words", "count", "number", "flag", "date", "list"]
File = Literal["table", "list", "map", "page", "card", "beside", "data", "point"]
Public = Literal["hidden", "plain", "route", "count", "money", "rounded", "own_rule"]


class Unit(NamedTuple):
    """A unit as headings show it; names of its columns end in one of `suffixes`."""

    zh: str = ""
    en: str = ""
    suffixes: tuple[str, ...] = ()


NO_UNIT = Unit()
HOMES = Unit("户")
YUAN = Unit("元", "yuan", ("_cny", "_cny_a"))
METRES = Unit("米", "m", ("_m",))
KILOWATT_HOURS = Unit("kWh", "kWh", ("_kwh",))
CUBIC_METRES = Unit("m³", "m³", ("_m3",))
TONNES = Unit("吨", "t", ("_t",))
MEGAWATT_HOURS = Unit("MWh", "MWh", ("_mwh", "_mwh_a"))
SQUARE_METRES = Unit("m²", "m²", ("_m2",))

_FROM_TABLE = ("table", "list", "map")
_NUMERIC = ("count", "number")


@dataclass(frozen=True, eq=False)
class OutputColumn:
    """One column of a village or household.

    kind         words: text in Chinese and English, read from `source`_zh and `source`_en and
                 written as `name` and `name`_en; list: a list, on pages only
    zh, en       heading without the unit
    public_zh, public_en    heading of the public edition, if it publishes something wider
    files        where it appears, separated by spaces. Village: table (decisions.csv and .xlsx, one
                 row per village or part), map (nuantu.gpkg), page (planner pages; public pages as
                 `public` says, and the files taken from them), card (a row of the village card,
                 needs page), beside (a column of the table beside the map of routes, needs page),
                 data (public/data/villages.*). Household: table (households.parquet), list
                 (households.xlsx), map (nuantu.gpkg), point (household points of planner pages)
    public       hidden    never leaves the planner edition
                 plain     unchanged: official or public anyway
                 route     shown with the route, once that is decided; for a small village, that of
                           the village it is counted with
                 count     households, by the rules of `gis.editions.public_counts`
                 money     yuan per pending household, shown with the route: rounded to the policy's
                           step, and only for enough households
                 rounded   a number that is not a sum over households: mean over the households
                           counted together, rounded to `step`, only for enough households
                 own_rule  set by code in `gis.editions.public`, blank otherwise
    source       column in the tables of the run, if named differently; fen become yuan
    field        name on the pages, if different
    derived      not in a table of the run: `gis.editions` computes it
    placeholder  text on a page where the value is not shown
    codes        (file, table) with the words for its keys
    masked       characters left at the start and the end of a personal number
    """

    name: str
    kind: Kind
    zh: str
    en: str
    files: str
    public: Public = "hidden"
    unit: Unit = NO_UNIT
    step: int = 0
    source: str = ""
    field: str = ""
    derived: bool = False
    placeholder: str = ""
    codes: tuple[str, str] | None = None
    personal: bool = False
    masked: tuple[int, int] | None = None
    public_zh: str = ""
    public_en: str = ""

    def __post_init__(self) -> None:
        """Refuse a row that contradicts itself or would be public by mistake."""
        files = self.files.split()
        told = self.public != "hidden"
        rules = {
            "unknown file": set(files) <= set(get_args(File)),
            "card without page": "card" not in files or "page" in files,
            "beside a map and on no page": "beside" not in files or "page" in files,
            "data and on no page": "data" not in files or "page" in files or self.derived,
            "data that is not public": "data" not in files or told,
            "public and on no page": not told or bool({"page", "data"} & set(files)),
            "public and personal": not (told and self.personal),
            "a step and nothing to round": (self.step > 0) == (self.public == "rounded"),
            "rounded and no number": self.public != "rounded" or self.kind == "number",
            "money in no yuan": self.public != "money" or self.unit == YUAN,
            "a count of no homes": self.public != "count" or self.kind == "count",
            "name without its unit": not self.unit.suffixes
            or self.name.endswith(self.unit.suffixes),
            "page words of another file": "page" not in files
            or not self.codes
            or self.codes[0] == "terms",
            "a list in a table": self.kind != "list" or not set(files) & {*_FROM_TABLE, "beside"},
        }
        wrong = [rule for rule, kept in rules.items() if not kept]
        if wrong:
            raise ValueError(f"column {self.name}: {', '.join(wrong)}")

    @property
    def key(self) -> str:
        """Its name on the pages."""
        return self.field or self.name

    @property
    def blank(self) -> Any:  # noqa: ANN401  whatever its kind says nothing with
        """What a page has in place of a value that is missing or not shown."""
        if self.kind in _NUMERIC:
            return None
        others: Mapping[str, Any] = {"flag": False, "words": {"zh": "", "en": ""}, "list": []}
        return others.get(self.kind, self.placeholder)

    def heading(self, edition: str) -> dict[str, str]:
        """Its heading on the pages of an edition, planner or public, without the unit."""
        public = edition == "public"
        return {
            "zh": (public and self.public_zh) or self.zh,
            "en": (public and self.public_en) or self.en,
        }

    def is_in(self, file: File) -> bool:
        """Whether the column appears in a file."""
        return file in self.files.split()

    def is_told(self, edition: str) -> bool:
        """Whether the readers of an edition, planner or public, learn of the column."""
        return edition == "planner" or self.public != "hidden"

    def headings(self) -> Iterator[tuple[str, Text]]:
        """Name in tables and heading; both columns of words."""
        zh = f"{self.zh}（{self.unit.zh}）" if self.unit.zh else self.zh
        en = f"{self.en} ({self.unit.en})" if self.unit.en else self.en
        if self.kind != "words" or not self.is_in("table"):
            yield self.name, Text(zh, en)
            return
        yield self.name, Text(zh, f"{en} (Chinese)")
        yield f"{self.name}_en", Text(f"{zh}（英文）", en)

    def taken(self, file: File) -> Iterator[tuple[str, str]]:
        """Name in a table and source column; a map has the Chinese words only."""
        source = self.source or self.name
        if self.kind != "words":
            yield self.name, source
            return
        yield self.name, f"{source}_zh"
        if file != "map":
            yield f"{self.name}_en", f"{source}_en"
