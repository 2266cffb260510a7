"""The office's own record, office.gpkg: what it decides, sees, pays and corrects.

    record = OfficeRecord(folder)                      # nothing is opened or made yet
    with record.changing("王芳", "第3次会议") as change:   # one transaction, journalled
        fid = change.insert("rulings", {"village_code": "140882102205", "approach": "electric"})
        change.update("rulings", fid, {"status": "approved"})
    record.rows("rulings")                             # as they stand
    record.journal()                                   # what was changed, by whom, when and why
    record.undo(change.number, "李强", "会议改期")        # is a change too, and can be undone

`record_of` gives the record of a project, which may be in a PostgreSQL database instead.
`gis.api.office_record` puts it at `Project.record`, with checked words for each table. Only the
standard library's sqlite3 is used; gis.layers reads the rows as layers.
"""

from gis.record.base import FILE, Record, Snapshot
from gis.record.journal import UNKNOWN, Change, JournalEntry
from gis.record.postgres import record_of
from gis.record.rows import Row, Value, Writing
from gis.record.schema import TABLES, VERSION, RecordTable
from gis.record.store import OfficeRecord

__all__ = [
    "FILE",
    "TABLES",
    "UNKNOWN",
    "VERSION",
    "Change",
    "JournalEntry",
    "OfficeRecord",
    "Record",
    "RecordTable",
    "Row",
    "Snapshot",
    "Value",
    "Writing",
    "record_of",
]
