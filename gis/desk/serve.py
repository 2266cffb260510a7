"""The server of the desk: on this computer alone, until it is ended."""

from __future__ import annotations

import socket
import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn

from gis.desk.app import make_app
from gis.desk.desk import Desk
from gis.desk.security import HOST, Keys
from gis.errors import Text, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def serve(folder: Path, port: int, say: Callable[[Text], None], *, browser: bool = True) -> None:
    """Open a folder in the browser and answer it until it is ended.

    Args:
        folder: The project folder; it is made if it is not there.
        port: Port on 127.0.0.1; 0: a free one.
        say: Told the address.
        browser: Whether to open the browser.

    Raises:
        UsageError: The folder cannot be used, or the port is taken.
    """
    if folder.exists() and not folder.is_dir():
        zh, en = f"{folder} 是文件；请写文件夹", f"{folder} is a file; name a folder"
        raise UsageError(Text(zh, en))
    listener = _listen(port)
    try:
        desk = Desk(folder)
    except OSError as error:
        listener.close()
        zh, en = f"打不开文件夹 {folder}", f"cannot open the folder {folder}"
        raise UsageError(Text(f"{zh}：{error.strerror}", f"{en}: {error.strerror}")) from error
    try:
        keys = Keys(listener.getsockname()[1])
        address = keys.address
        say(Text(f"工作台：{address}", f"the desk: {address}"))
        say(Text("结束：在此按 Ctrl+C", "to end it: press Ctrl+C here"))
        if (told := desk.only_looks) is not None:
            say(told)
        if browser:
            with suppress(webbrowser.Error):
                webbrowser.open(address)
        config = uvicorn.Config(
            make_app(desk, keys), log_config=None, access_log=False, server_header=False,
            proxy_headers=False, lifespan="off", ws="none", timeout_graceful_shutdown=2,
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        desk.close()
        listener.close()


def _listen(port: int) -> socket.socket:
    """A socket that only this computer reaches.

    Raises:
        UsageError: The port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind((HOST, port))
        listener.listen()  # the browser may ask before the server is up
    except OSError as error:
        listener.close()
        zh = f"端口 {port} 被别的程序占用；请换一个 --port，或不写。"
        raise UsageError(Text(zh, f"port {port} is taken; choose another --port.")) from error
    return listener
