"""Run a project in a process of its own and print the digest of every file published.

python published_digests.py FOLDER DAYS: DAYS moves the clock, so that the day of the run differs.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from contextlib import redirect_stdout, suppress
from pathlib import Path

folder, days = Path(sys.argv[1]), int(sys.argv[2])
_now = time.time
time.time = lambda: _now() + 86_400 * days
_local = time.localtime
time.localtime = lambda seconds=None: _local(time.time() if seconds is None else seconds)

from gis.cli import main  # noqa: E402  after the clock is set

if __name__ == "__main__":
    sys.argv = ["nuantu", "run", str(folder / "town"), "--out", str(folder / "out")]
    with suppress(SystemExit), redirect_stdout(sys.stderr):
        main()
    files = sorted(path for path in (folder / "out").rglob("*") if path.is_file())
    digests = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    sys.stdout.write(json.dumps(digests))
