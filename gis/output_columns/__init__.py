"""Output columns of villages and households, each declared once.

Tables, workbooks, GeoPackage, pages, the public edition and docs/columns.md
(`scripts/column_reference`) are derived from the rows of `gis.output_columns.declared`.
"""

from gis.output_columns.column import File, Kind, OutputColumn, Public
from gis.output_columns.lookup import (
    all_village_sources,
    codes_of,
    heading_of,
    household_sources,
    masked_columns,
    missing_source,
    of_household,
    of_village,
    public_columns,
    village_sources,
)

__all__ = [
    "File",
    "Kind",
    "OutputColumn",
    "Public",
    "all_village_sources",
    "codes_of",
    "heading_of",
    "household_sources",
    "masked_columns",
    "missing_source",
    "of_household",
    "of_village",
    "public_columns",
    "village_sources",
]
