"""A whole run in a process of its own, which tells its stages; the desk starts it.

python -m gis.desk.publishing FOLDER OUT [KEY]: the same as `nuantu run FOLDER --out OUT`, with a
third argument `--sign KEY`. Each line of its output is JSON: a stage {"zh", "en"}, or at last
{"error": {"zh", "en"}}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from gis import memory, run_log
from gis.api.project import open_project
from gis.editions.run_results import PublishOptions
from gis.errors import NuantuError, Text
from gis.pipeline import Pipeline
from gis.publish.signing import signer


def main(folder: Path, out: Path, key: Path | None = None) -> int:
    """Publish a project folder, signed with a private key; the exit code of the command line."""
    memory.tune_allocator()
    run_log.begin_log(None)
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    code = 0
    try:
        sign = signer(key, apart=(folder, out)) if key else None
        project = open_project(folder, stages=Pipeline(_tell))
        project.publish(out, options=PublishOptions(sign=sign))
    except NuantuError as error:
        run_log.log_failure(error)
        _write({"error": error.message._asdict()})
        code = error.exit_code
    run_log.log_ended(code)
    return code


def _tell(stage: Text) -> None:
    run_log.log_stage(stage)
    _write(stage._asdict())


def _write(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:4])))
