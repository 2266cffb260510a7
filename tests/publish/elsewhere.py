"""Publish the sample town in a process of its own and print the digest of every file.

python elsewhere.py FOLDER DAYS: DAYS moves the clock, so that the day of the run differs.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
_now = time.time
time.time = lambda: _now() + 86_400 * int(sys.argv[2])
_local = time.localtime
time.localtime = lambda seconds=None: _local(time.time() if seconds is None else seconds)

from publish import sample  # noqa: E402  after the clock is set

from gis.publish import publish  # noqa: E402

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir()
    publish(sample.results(folder), folder / "out")
    files = sorted(path for path in (folder / "out").rglob("*") if path.is_file())
    digests = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    sys.stdout.write(json.dumps(digests))
