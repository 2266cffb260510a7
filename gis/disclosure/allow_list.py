"""Allow-list of the public village rows: only declared columns pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from gis.errors import PublicationError, Text
from gis.output_columns import OutputColumn, of_village
from gis.pages.model import VillageView


def start_public_row(village: VillageView) -> VillageView:
    """A row with the `plain` columns of `village`; the other declared columns are blank.

    Undeclared columns are left out. So are hidden ones, unless the pages read the field.
    """
    exact = cast("Mapping[str, Any]", village)
    row = {
        column.key: exact[column.key] if column.public == "plain" else column.blank
        for column in of_village("page")
        if _may_stand(column)
    }
    return cast("VillageView", row)


def _may_stand(column: OutputColumn) -> bool:
    """Whether a public row may have the column: it is public, or it is blank and pages read it."""
    return column.public != "hidden" or column.key in VillageView.__annotations__


def blank_of(field: str) -> Any:  # noqa: ANN401  whatever its kind says nothing with
    """Blank value of a field of a village row."""
    return next(column.blank for column in of_village("page") if column.key == field)


def refuse_undeclared(villages: Iterable[Mapping[str, Any]]) -> None:
    """Check that public village rows have declared columns only and that hidden ones are blank.

    Raises:
        PublicationError: a column is not declared, or a hidden one has a value.
    """
    columns = {column.key: column for column in of_village("page") if _may_stand(column)}
    for row in villages:
        for name, value in row.items():
            column = columns.get(name)
            if column is None or (column.public == "hidden" and value != column.blank):
                raise PublicationError(
                    Text(
                        f"公众版的村表里有未声明公开的列 {name}，未发布任何内容。"
                        "请在 gis/output_columns/declared.py 中声明它是否公开。",
                        f"the public edition's rows of villages have the column {name}, which is "
                        "not declared public; nothing was published. Declare in "
                        "gis/output_columns/declared.py whether it is.",
                    )
                )
