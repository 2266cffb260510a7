"""Open the installed desk as its browser does and drop a file; the standard library alone.

drop_at_desk.py NUANTU FOLDER FILE: starts `nuantu desk FOLDER` where nothing but this computer can
be reached, drops the file, and prints the page of files once it was read.
"""

import fcntl
import re
import socket
import struct
import subprocess
import sys
import time
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, Request, build_opener

SET_FLAGS, UP = 0x8914, 0x1  # SIOCSIFFLAGS, IFF_UP: a new network has its loopback down


def main(nuantu, folder, file):
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh", b"lo", UP))
    command = [nuantu, "desk", folder, "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as server:
        try:
            address = re.search(r"http://\S+", server.stdout.readline())[0]
            base = address.split("/open", 1)[0]
            browser = build_opener(HTTPCookieProcessor(CookieJar()))
            page = browser.open(address).read().decode()
            key = re.search(r'name="change" value="([^"]+)"', page)[1]
            parts = [
                f'--b\r\nContent-Disposition: form-data; name="change"\r\n\r\n{key}\r\n',
                (
                    '--b\r\nContent-Disposition: form-data; name="files"; '
                    f'filename="{Path(file).name}"'
                ),
                f"\r\n\r\n{Path(file).read_text('utf-8')}\r\n--b--\r\n",
            ]
            headers = {"Origin": base, "Content-Type": "multipart/form-data; boundary=b"}
            data = "".join(parts).encode()
            request = Request(f"{base}/files/drop", data, headers)  # noqa: S310  its own
            browser.open(request).close()
            for _ in range(600):
                with browser.open(f"{base}/files") as answer:
                    page = answer.read().decode()
                    if answer.status == 200:
                        sys.stdout.write(page)
                        return
                time.sleep(0.2)
        finally:
            server.terminate()


main(*sys.argv[1:])
