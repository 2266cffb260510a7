"""Files that are dropped on the desk: into the project folder and nowhere else, under limits.

A file keeps its name without any folder. An archive is unpacked and not kept: project.toml never
names one.
"""

from __future__ import annotations

import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from gis.api.exchanged_ledgers import digest_of
from gis.desk.held_files import NEXT, lacking_parts, leave, whole_name
from gis.errors import InputError, Text
from gis.publish.errors import from_os_error
from gis.publish.filesystem import replace_file

if TYPE_CHECKING:
    from pathlib import Path

ARCHIVE = ".zip"
MOST_FILES = 500  # ASSUME: of one drop; a county has 20 ledgers and as many layers
LARGEST = 2 << 30  # ASSUME: bytes of all files of one drop, unpacked
LARGEST_RATIO = 200  # ASSUME: a ledger of empty cells packs 100:1; a bomb 1,000:1
LONGEST_NAME = 200  # bytes, of the 255 that file systems take
_OWN = frozenset(["project.toml", "policy.toml", "office.gpkg", "manifest.json"])
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")
_BAD = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]')
_OTHER_ARCHIVES = frozenset([".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz"])
_GEODATABASE = ".gdb"
_BLOCK = 1 << 20
_OPEN_IN_OFFICE = ("~$", ".~")  # what Excel and WPS put before the name of a file that is open
_UTF8_NAMES = 0x800  # the flag of a zip whose names are UTF-8


@dataclass
class Dropped:
    """What came of a drop: names that were written, files that wait, and others with the reason.

    held  the file whose place one would take → its own name
    same  names whose content is there already
    """

    written: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    same: list[str] = field(default_factory=list)
    refused: list[tuple[str, Text]] = field(default_factory=list)


@dataclass
class _Limits:
    files: int = 0
    size: int = 0

    def file(self) -> None:
        self.files += 1
        if self.files > MOST_FILES:
            zh = f"一次最多 {MOST_FILES} 个文件；其余的没有收。"
            raise InputError(Text(zh, f"at most {MOST_FILES} files at once; the others were left"))

    def block(self, length: int) -> None:
        self.size += length
        if self.size > LARGEST:
            n = LARGEST >> 30
            zh = f"一次的文件解开后最多 {n} GB；这个文件没有收。"
            raise InputError(Text(zh, f"at most {n} GB at once, unpacked; this file was left"))


def receive(
    folder: Path,
    files: Iterable[tuple[str, IO[bytes]]],
    takes_place: Callable[[str], str] = lambda _name: "",
) -> Dropped:
    """Write dropped files into the project folder, archives unpacked.

    A file of the same name is replaced, unless it is to wait.

    Args:
        folder: The project folder.
        files: Name and content of each.
        takes_place: Tells of a name whose place it would take; such a file waits. "": none.

    Returns:
        What was written and what was not; a refused file changes nothing.
    """
    dropped, limits, place = Dropped(), _Limits(), _Place(folder, takes_place)
    for given, content in files:
        name = given.replace("\\", "/").rsplit("/", 1)[-1]
        try:
            if name.lower().endswith(ARCHIVE):
                _unpack(place, content, limits, dropped)
            else:
                limits.file()
                _refuse_part(name)
                place.put(checked_name(name), _blocks(content, limits), dropped)
        except InputError as error:
            dropped.refused.append((shown(name), error.message))
        except OSError as error:
            told = from_os_error(error, folder / shown(name))
            dropped.refused.append((shown(name), told.message))
    place.look_through(dropped)
    dropped.written = list(dict.fromkeys(dropped.written))
    return dropped


def checked_name(name: str) -> str:
    """The name, if a file of the project may have it.

    Raises:
        InputError: It may not.
    """
    if name.startswith(_OPEN_IN_OFFICE):
        zh = "是 Excel 或 WPS 打开表格时的临时文件，没有收；请先在那里保存并关闭表格，再放表格本身"
        en = "is what Excel or WPS keeps while a workbook is open; save and close it there, then "
        raise InputError(Text(zh, en + "drop the workbook itself"))
    if not is_plain(name):
        said = Text(
            "文件名不能用（空白、以点开头、含路径或控制字符）；请改名后再放",
            "its name cannot be used (blank, a leading dot, a path or control characters); rename "
            "it",
        )
        raise InputError(said)
    if len(name.encode()) > LONGEST_NAME:
        raise InputError(Text("文件名太长；请改短", "its name is too long; shorten it"))
    if name.lower() in _OWN:
        zh = f"{name} 由工作台自己写；要用别处的项目，请直接打开那个文件夹"
        en = f"{name} is written by the desk; to use another project, open its folder"
        raise InputError(Text(zh, en))
    if PurePosixPath(name).suffix.lower() in _OTHER_ARCHIVES:
        zh, en = "只解 zip；请改存为 zip，或解开后放", "only zip is unpacked; save it as zip"
        raise InputError(Text(zh, en))
    return name


def _refuse_part(name: str) -> None:
    """Refuse a file out of a geodatabase, which browsers hand over without its folder.

    Raises:
        InputError: It is one.
    """
    if PurePosixPath(name).suffix.lower().startswith((".gdbtabl", ".gdbindexes")):
        zh = "是 File Geodatabase 的一部分，没有收；请把整个 .gdb 文件夹压成 zip 再放"
        en = "is a part of a geodatabase and was left; drop the whole .gdb folder as a zip"
        raise InputError(Text(zh, en))


def is_plain(name: str) -> bool:
    """Whether a file or folder may have the name on every system; no path is one."""
    stem = name.strip()
    plain = stem == name and not stem.startswith((".", "~")) and not stem.endswith(".")
    return bool(plain and stem) and not _BAD.search(name) and not _RESERVED.match(name)


def shown(name: str) -> str:
    """A name as a page may show it."""
    return _BAD.sub("·", name)[:80] or "—"


@dataclass(frozen=True)
class _Place:
    """Where the files of a drop go."""

    folder: Path
    takes_place: Callable[[str], str]

    def put(self, name: str, blocks: Iterable[bytes], dropped: Dropped) -> None:
        """Write a file to its place, or where it waits for the place of another."""
        file = "" if "/" in name else self.takes_place(name)
        if not file:
            _store(self.folder, name, blocks)
            dropped.written.append(name.split("/", maxsplit=1)[0])
            return
        given = whole_name(name)
        if dropped.held.get(file, given) != given:
            zh, en = (
                f"和 {dropped.held[file]} 都要换 {file}；一次放一个",
                "drop one of them at a time",
            )
            raise InputError(
                Text(zh, f"it and {dropped.held[file]} take the place of {file}: {en}")
            )
        waiting = self.folder / NEXT / file
        if file not in dropped.held and waiting.is_dir():
            shutil.rmtree(waiting)
        (self.folder / NEXT).mkdir(mode=0o700, exist_ok=True)
        _store(waiting, name, blocks)
        dropped.held[file] = given

    def look_through(self, dropped: Dropped) -> None:
        """Take out what waits for nothing: files that are the same, and parts without the rest."""
        for file, given in list(dropped.held.items()):
            lacking = lacking_parts(self.folder, file)
            same = not lacking and digest_of(self.folder / NEXT / file / given) == digest_of(
                self.folder / file
            )
            if lacking:
                zh = f"缺 {'、'.join(lacking)}，没有收；Shapefile 的几个部分请一起放"
                en = f"{', '.join(lacking)} is missing; drop all parts of a Shapefile together"
                dropped.refused.append((given, Text(zh, en)))
            if same:
                dropped.same.append(given)
            if same or lacking:
                leave(self.folder, file)
                del dropped.held[file]


def _store(folder: Path, name: str, blocks: Iterable[bytes]) -> None:
    """Write a file, complete or not at all."""
    target = folder / name
    if target.is_symlink() or target.is_dir():
        raise InputError(Text("那里是文件夹或链接，未动", "a folder or a link stands there"))
    target.parent.mkdir(exist_ok=True)
    draft = target.with_name(f".{target.name}.new")
    try:
        with draft.open("wb") as stream:
            for block in blocks:
                stream.write(block)
        replace_file(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def _blocks(content: IO[bytes], limits: _Limits) -> Iterator[bytes]:
    while block := content.read(_BLOCK):
        limits.block(len(block))
        yield block


def _unpack(place: _Place, content: IO[bytes], limits: _Limits, dropped: Dropped) -> None:
    try:
        with zipfile.ZipFile(content) as archive:
            entries = [one for one in archive.infolist() if not one.is_dir()]
            _check_archive(entries)
            seen: dict[str, str] = {}
            standing = {_outer(_path_of(one)) for one in entries} - {""}
            standing = {one for one in standing if (place.folder / one).exists()}
            dropped.refused += [(shown(one), _stands(one)) for one in sorted(standing)]
            for entry in entries:
                if _outer(_path_of(entry)) in standing:
                    continue
                _unpack_entry(place, archive, entry, limits, (dropped, seen))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        zh, en = "压缩包坏了或有密码，没有解完", "the archive is damaged or has a password"
        raise InputError(Text(zh, en)) from error


def _check_archive(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive before anything of it is written.

    Raises:
        InputError: Too many files, too large, packed like a bomb, or a path that leads elsewhere.
    """
    size = sum(one.file_size for one in entries)
    packed = sum(one.compress_size for one in entries)
    if len(entries) > MOST_FILES:
        zh = f"压缩包里有 {len(entries):,} 个文件，最多 {MOST_FILES} 个"
        raise InputError(Text(zh, f"it holds {len(entries):,} files, at most {MOST_FILES}"))
    if size > LARGEST or size > LARGEST_RATIO * max(packed, 1 << 20):
        zh = f"解开后有 {size >> 20:,} MB，过大或压缩率异常，没有解"
        raise InputError(Text(zh, f"it unpacks to {size >> 20:,} MB, too large; it was left"))
    for one in entries:
        path = PurePosixPath(one.filename.replace("\\", "/"))
        link = stat.S_ISLNK(one.external_attr >> 16)
        if path.is_absolute() or ".." in path.parts or link or re.match(r"^[A-Za-z]:", str(path)):
            zh, en = "压缩包里有指向别处的路径，没有解", "a path in it leads elsewhere; it was left"
            raise InputError(Text(zh, en))


def _unpack_entry(
    place: _Place,
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    limits: _Limits,
    so_far: tuple[Dropped, dict[str, str]],
) -> None:
    dropped, seen = so_far
    path = _path_of(entry)
    name = path.name
    try:
        if any(part.startswith((".", "__MACOSX")) for part in path.parts):
            return
        limits.file()
        if name.lower().endswith(ARCHIVE):
            zh, en = "压缩包里的压缩包不解；请先解开", "an archive in an archive; unpack it first"
            raise InputError(Text(zh, en))
        target = _target(path)
        if seen.setdefault(target, str(path)) != str(path):
            zh = f"压缩包里 {seen[target]} 也叫这个名字；请改一个的名字"
            raise InputError(Text(zh, f"{seen[target]} in it has the same name; rename one"))
        with archive.open(entry) as content:
            place.put(target, _blocks(content, limits), dropped)
    except InputError as error:
        dropped.refused.append((shown(name), error.message))


def _path_of(entry: zipfile.ZipInfo) -> PurePosixPath:
    """The path of an entry; Windows in China writes names in GBK without saying so."""
    name = entry.filename
    if not entry.flag_bits & _UTF8_NAMES:
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = entry.filename
    return PurePosixPath(name.replace("\\", "/"))


def _target(path: PurePosixPath) -> str:
    """Where a file of an archive goes: its name alone, in its geodatabase if it is in one."""
    outer, name = _outer(path), checked_name(path.name)
    return f"{checked_name(outer)}/{name}" if outer else name


def _outer(path: PurePosixPath) -> str:
    """The geodatabase that a file of an archive is in, "" for none."""
    return next((one for one in path.parts[:-1] if one.lower().endswith(_GEODATABASE)), "")


def _stands(name: str) -> Text:
    """Why a geodatabase of the project is not replaced: parts of both would be mixed, unseen."""
    return Text(
        f"项目里已有 {name}，未动：File Geodatabase 不能逐户比对着换。请改名后再放，再把旧的改为“不用”；"
        "台账也可另存为 Excel 或 GeoPackage，以后同名的就能比对",
        f"the project has {name} already, which is as it was: a geodatabase cannot be compared "
        "home by home. Rename it, drop it again and set the old one to 'Not used'; or save a "
        "ledger as a workbook or GeoPackage, whose next one can be compared",
    )
