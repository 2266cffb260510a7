"""Step 7: both editions are made beside the server, shown side by side, and handed out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import FileResponse, Response

from gis import publish
from gis.api.project_file import changing, day, set_keys
from gis.desk.edition_tables import Changed, changes_since, exact_and_public
from gis.desk.pages import back_to, step_text
from gis.desk.security import EDITION, Refused
from gis.desk.work import Stopped, WorkError
from gis.disclosure.village_rows import DECIDED, DONE, NO_DATA
from gis.errors import InputError, Text
from gis.layers.project_record import project_record
from gis.publish.filesystem import EDITIONS, SIGNATURE
from gis.publish.signing import signer

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

    from gis.desk.desk import Desk, Opened
    from gis.desk.pages import Pages
    from gis.desk.work import Work

_SHOWN = ("planner", "public")
_STOP_S = 10.0  # that a publication which is stopped gets to end


def editions_folder(folder: Path) -> Path:
    """Where the desk publishes a project: beside it, so that no ledger lies among the maps."""
    return folder.with_name(f"{folder.name}-maps")


def show_publish(request: Request, pages: Pages) -> Response:
    """What stands, side by side, and what is in the way of a new edition."""
    pages.need_project()
    work = pages.desk.work
    going = work is not None and not work.done and work.kind == "publishing"
    failed = work.error if work is not None and work.kind == "publishing" else None
    out = editions_folder(pages.desk.folder)
    opened = None if going else pages.desk.opened()
    told = _told(out)
    return pages.show(
        request,
        "publish",
        going=work if going else None,
        failed=failed,
        opened=opened,
        out=out,
        told=told,
        published_on=_published_on(opened).isoformat(),
        names=_village_names(opened),
        older=told is not None and _older(pages.desk, out),
        review_no=_review_no(opened),
        unruled=_unruled(opened),
        kept=publish.edition_names(out) if told else [],
        signed=(out / SIGNATURE).is_file(),
        notice_rows=_notice_rows(pages.desk) if told else [],
        beside=exact_and_public(out) if told else [],
        changes=_changes(out) if told else None,
        terms=lambda table, codes: "+".join(
            pages.term(request, table, one) for one in codes.split("+")
        ),
        base=f"{EDITION}{pages.keys.edition}",
        files=_files(out) if told else [],
        towns=_towns(out, opened) if told else {},
    )


def _told(out: Path) -> dict[str, Any] | None:
    """The sums of the edition that stands; None where none does."""
    try:
        told: dict[str, Any] = json.loads((out / "planner" / "summary.json").read_text("utf-8"))
        own = json.loads((out / "manifest.json").read_text("utf-8"))["project"]
    except (OSError, ValueError, KeyError):
        return None
    return told | {"project": own}


def _village_names(opened: Opened | None) -> dict[str, str]:
    project = opened.project if opened else None
    villages = project.inputs().tables.get("villages") if project else None
    if villages is None:
        return {}
    names = (villages["township"].fillna("") + villages["village"].fillna("")).to_list()
    return dict(zip(villages["village_code"].astype("str"), names, strict=True))


def _notice_rows(desk: Desk) -> list[dict[str, Any]]:
    """What the record says of published notices, the latest first."""
    rows = project_record(desk.folder).rows("notice_changes")
    return sorted(rows, key=lambda row: str(row["changed_on"]), reverse=True)


def change_notices(_request: Request, pages: Pages, form: FormData) -> Response:
    """Withdraw or correct published notices; the next publication has a dated note."""
    told = {key: str(value).strip() for key, value in form.items()}
    villages = [str(one) for one in form.getlist("village")]
    if not villages:
        raise InputError(Text("没有勾村。", "No village was ticked."))
    with pages.desk.changing():
        project = pages.desk.known().project
        if project is None:
            raise InputError(Text("项目读不出来。", "The project cannot be read."))
        project.record.change_notices(
            villages,
            told["action"],
            who=told["who"],
            why=told["why"],
            changed_on=day(told["changed_on"]) if told.get("changed_on") else None,
            document_no=told.get("document_no", ""),
        )
    pages.note(step_text("notices", "entered", n=len(villages)))
    return back_to("/publish", fragment="notices-h")


def _older(desk: Desk, out: Path) -> bool:
    """Whether a file of the project has changed since the edition that stands was begun."""
    if desk.published is not None:
        return desk.fingerprint() != desk.published
    made = (out / "manifest.json").stat().st_mtime_ns
    return any(changed > made for _, _, changed in desk.fingerprint())


def _review_no(opened: Opened | None) -> str:
    """The map review number; a demonstration needs none."""
    project = opened.project if opened else None
    if project is None:
        return ""
    config = project.inputs().project
    return config.map_review_no or ("—" if config.demonstration else "")


def _published_on(opened: Opened | None) -> date:
    """The day of publication that somebody has stated for these figures, else today."""
    project = opened.project if opened else None
    stated = project.inputs().project.published_on if project else None
    today = date.today()  # noqa: DTZ011  # the office's own calendar
    return stated if project and stated and stated >= project.as_of else today


def _unruled(opened: Opened | None) -> int | None:
    """How many villages' routes are not public yet; None where the plan was not worked out."""
    run = opened.runs.get(None) if opened else None
    project = opened.project if opened else None
    if project is not None and project.inputs().project.publish_proposals:
        return 0
    if run is None or isinstance(run, Text):
        return None
    rows = run.plan.decisions.villages
    open_ = rows[~rows["approach"].isin([DONE, NO_DATA]) & ~rows["status"].isin(DECIDED)]
    return int(open_["village_code"].nunique())


def _changes(out: Path) -> list[Changed] | None:
    """What changed since the edition before; None where there is none."""
    names = publish.edition_names(out)
    return changes_since(out, out / EDITIONS / names[-1]) if names else None


def _towns(out: Path, opened: Opened | None) -> dict[str, str]:
    """Folder of a township → its name, where the project is read; else its code."""
    project = opened.project if opened else None
    villages = project.inputs().tables.get("villages") if project else None
    names = (
        {}
        if villages is None
        else dict(zip(villages["township_code"], villages["township"], strict=True))
    )
    found = sorted(one.name for one in (out / "townships").iterdir())
    return {one: str(names.get(one, one)) for one in found}


def _files(out: Path) -> list[str]:
    endings = (".xlsx", ".csv", ".gpkg", ".qgs", ".parquet")
    return sorted(one.name for one in (out / "planner").iterdir() if one.suffix in endings)


def begin(_request: Request, pages: Pages, form: FormData) -> Response:
    """Publish beside the server, signed where a private key is named.

    The day of publication is written into project.toml, so that the command line publishes alike.
    """
    key = str(form.get("key", "")).strip()
    out = editions_folder(pages.desk.folder)
    if key:
        signer(Path(key), apart=(pages.desk.folder, out))  # what is wrong with it is said now
    with pages.desk.changing() as folder:
        if "published_on" in form:
            told = str(form["published_on"]).strip()
            with changing(folder) as document:
                set_keys(document["project"], {"published_on": day(told) if told else None})
        before = pages.desk.fingerprint()

        def task(work: Work) -> None:
            publish_beside(work, folder, key)
            pages.desk.published = before

        pages.desk.begin("publishing", task)
    return back_to("/publish")


def publish_beside(work: Work, folder: Path, key: str = "") -> None:
    """A whole run in a process of its own, as the command line would do it.

    key: file of the private key that signs it; "": it is not signed

    Raises:
        Stopped: Somebody stopped it; what stood before still stands.
        WorkError: It did not succeed, in its own words.
    """
    command = [sys.executable, "-P", "-m", "gis.desk.publishing", str(folder)]
    command += [str(editions_folder(folder)), *([key] if key else [])]
    with subprocess.Popen(  # noqa: S603  this program itself
        command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, encoding="utf-8"
    ) as process:
        error: Text | None = None
        try:
            for line in process.stdout or ():
                said = json.loads(line)
                if "error" in said:
                    error = Text(**said["error"])
                else:
                    work.say(Text(**said))
        except Stopped:
            process.terminate()
            raise
        finally:
            _end(process)
    if work.stopped:
        raise Stopped
    if error is not None or process.returncode:
        raise WorkError(error or Text("没有完成", "it was not finished"))


def _end(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()


def send_edition(request: Request, pages: Pages) -> Response:
    """A file of an edition that stands; pages are shown in a frame, other files are saved."""
    out = editions_folder(pages.desk.folder).resolve()
    path = (out / request.path_params["path"]).resolve()
    inside = any(path.is_relative_to(out / one) for one in (*_SHOWN, "townships"))
    if not inside or not path.is_file():
        raise Refused(404, "没有这个文件。", "There is no such file.")
    if path.suffix == ".html":
        return FileResponse(path, media_type="text/html")
    return FileResponse(path, filename=path.name)


def send_zip(request: Request, pages: Pages) -> Response:
    """Everything of one township, or the public edition, as one file to hand out."""
    out = editions_folder(pages.desk.folder)
    name = request.query_params.get("of", "")
    places = {one.name: one for one in (out / "townships").iterdir()} if out.is_dir() else {}
    places |= {"public": out / "public"}
    place = places.get(name)
    if place is None or not place.is_dir():
        raise InputError(Text("没有这一份；请刷新页面。", "There is none of that name; reload."))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(place.rglob("*")):
            if file.is_file():
                entry = zipfile.ZipInfo(f"{name}/{file.relative_to(place).as_posix()}")
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, file.read_bytes())
    kept = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.zip"}
    return Response(stream.getvalue(), media_type="application/zip", headers=kept)
