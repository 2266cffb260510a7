"""Who may ask the desk for what: every request passes here first.

Answers are for the browser that was opened with the one-time token, on this computer, from the
desk's own pages. Nothing that a request says is written to the log.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse

from gis.errors import Text
from gis.run_log import LOG

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "127.0.0.1"
OPEN = "/open"
EDITION = "/edition/"
_DIGITS = 18  # of a size that may be read as a number
LARGEST_REQUEST = 600 << 20  # ASSUME: bytes; the ledgers of a county are 50 MB
_SAFE = frozenset(["GET", "HEAD"])
_OWN_SITE = frozenset(["", "same-origin", "none"])
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # "no-referrer" would blank the Origin of forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# A published page has its own policy in it; here it gets an origin that is nobody's.
_EDITION_HEADERS = _HEADERS | {
    "Content-Security-Policy": "sandbox allow-scripts allow-downloads allow-modals; "
    "frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


@dataclass
class Keys:
    """The secrets of one run of the desk.

    token    opens the desk once, from the address that is printed
    session  what the browser got for it
    change   stands in every form; without it nothing is changed
    edition  part of the address of published pages, which are shown without the session
    """

    port: int
    token: str = field(default_factory=secrets.token_urlsafe)
    session: str = field(default_factory=secrets.token_urlsafe)
    change: str = field(default_factory=secrets.token_urlsafe)
    edition: str = field(default_factory=secrets.token_urlsafe)

    @property
    def address(self) -> str:
        """The address to open, once."""
        return f"http://{HOST}:{self.port}{OPEN}?token={self.token}"

    @property
    def cookie(self) -> str:
        """The name of the cookie; cookies are not kept apart by port."""
        return f"nuantu_desk_{self.port}"

    @property
    def hosts(self) -> frozenset[str]:
        """What a browser on this computer calls the desk."""
        return frozenset([f"{HOST}:{self.port}", f"localhost:{self.port}"])


class Refused(Exception):  # noqa: N818  an answer, not a failure
    """A request that is not answered; the words are for whoever made it."""

    def __init__(self, status: int, zh: str, en: str) -> None:
        super().__init__(en)
        self.status, self.message = status, Text(zh, en)


class Guard:
    """The middleware: host, token, session, origin, size, headers, log."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self.app, self.keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        begun = time.monotonic()
        answer = _Answer(send, edition=scope["path"].startswith(EDITION))
        try:
            response = self._refuse_or_open(scope)
            if response is None:
                await self.app(scope, _bounded(receive), answer.send)
            else:
                await response(scope, receive, answer.send)
        except Refused as refused:
            if answer.status:
                raise
            await _said(refused)(scope, receive, answer.send)
        # the name of a function of the program, never the path or what was asked
        name = getattr(scope.get("endpoint"), "__name__", "-")
        spent = 1000 * (time.monotonic() - begun)
        LOG.info("desk: %s %s %s in %.0f ms", scope["method"], name, answer.status, spent)

    def _refuse_or_open(self, scope: Scope) -> Response | None:
        headers, keys, path = Headers(scope=scope), self.keys, scope["path"]
        if headers.get("host", "") not in keys.hosts:
            raise Refused(421, "不是本机的地址。", "This is not the address of the desk.")
        if path == OPEN and scope["method"] == "GET":
            return self._open(scope)
        own = f"{EDITION}{keys.edition}/"
        if path.startswith(EDITION):
            begins = secrets.compare_digest(path[: len(own)].encode(), own.encode())
            if scope["method"] in _SAFE and begins:
                return None
            raise Refused(403, "没有这一页。", "There is no such page.")
        if not secrets.compare_digest(_cookie(headers, keys.cookie), keys.session):
            raise Refused(
                403,
                "请用工作台启动时打开的那个窗口；没有的话，请关掉工作台再启动一次。",
                "Use the window that opened when the desk was started; if it is gone, end the desk "
                "and start it again.",
            )
        site = headers.get("sec-fetch-site", "")
        if scope["method"] not in _SAFE:
            if headers.get("origin", "") not in {f"http://{host}" for host in keys.hosts}:
                raise Refused(403, "别的网站不能改这里。", "Another site may not change this.")
        elif site not in _OWN_SITE:
            raise Refused(403, "别的网站不能看这里。", "Another site may not look at this.")
        size = headers.get("content-length", "") or "0"
        if not size.isdecimal() or len(size) > _DIGITS or int(size) > LARGEST_REQUEST:
            raise too_large()
        return None

    def _open(self, scope: Scope) -> Response:
        """The session for the token, which then opens nothing any more."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        keys = self.keys
        if not keys.token or not secrets.compare_digest(given.encode(), keys.token.encode()):
            raise Refused(
                403,
                "这个地址已经用过。请用已打开的窗口，或关掉工作台再启动一次。",
                "This address was used before. Use the window that is open, or start the desk "
                "again.",
            )
        keys.token = ""
        response = RedirectResponse("/", 303)
        response.set_cookie(keys.cookie, keys.session, httponly=True, samesite="strict", path="/")
        return response


def too_large() -> Refused:
    """The answer to a request that is larger than any office's files."""
    n = LARGEST_REQUEST >> 20
    return Refused(
        413,
        f"一次最多 {n} MB，一个文件也没有收。请分几次放，或只放需要的文件。",
        f"At most {n} MB at once; no file was taken. Drop them in parts, or only what is needed.",
    )


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found and found.value.isascii() else ""


def _bounded(receive: Receive) -> Receive:
    """The same, refused once more has come than a request may hold."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > LARGEST_REQUEST:
            raise too_large()
        return message

    return counted


class _Answer:
    """Sends an answer with the headers that all answers have."""

    def __init__(self, send: Send, *, edition: bool) -> None:
        self._send, self._headers, self.status = send, _EDITION_HEADERS if edition else _HEADERS, 0

    async def send(self, message: Message) -> None:
        """One part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers[name] = value
        await self._send(message)


def _said(refused: Refused) -> Response:
    said: Any = refused.message
    return PlainTextResponse(f"{said.zh}\n{said.en}\n", refused.status)
