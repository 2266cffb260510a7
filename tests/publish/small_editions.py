"""Made-up editions of twenty small files, for the tests of the swap; standard library alone."""

from __future__ import annotations

from pathlib import Path

from gis.publish import archive

PARTS = ("public", "planner", "townships")
Files = dict[str, bytes]


def edition(day: str, files: int = 20) -> Files:
    """An edition of `files` files, the manifest among them."""
    made = {"manifest.json": f'{{"project": {{"as_of": "2024-10-{day}"}}}}'.encode()}
    for number in range(files - 1):
        part = PARTS[number % 3]
        folder = "data/" if number % 2 else ""
        made[f"{part}/{folder}{number}.txt"] = f"{day} {part} {number} ".encode() * 40
    return made


OLD, NEW, OTHER = edition("01"), edition("02"), edition("03")


def signed(files: Files) -> Files:
    """The same edition with its manifest signed."""
    return files | {"manifest.sig": b"signed " + files["manifest.json"]}


def present(folder: Path) -> Files:
    """What an office sees: the edition's own files."""
    found = {}
    for root in (folder / name for name in (*PARTS, "manifest.json", "manifest.sig")):
        paths = [root] if root.is_file() else sorted(root.rglob("*")) if root.exists() else []
        found |= {p.relative_to(folder).as_posix(): p.read_bytes() for p in paths if p.is_file()}
    return found


def kept_ones(folder: Path) -> list[Files]:
    """The editions kept in `folder`."""
    return [present(folder / "editions" / name) for name in archive.edition_names(folder)]
