"""The command line and its files, for tests that otherwise know only the library."""

from __future__ import annotations

import json
from pathlib import Path

import forked
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def nuantu(tmp_path_factory):
    """A command in a warm process; its answer with --json as values."""
    forked.warm()
    log = tmp_path_factory.mktemp("log")

    def asked(*arguments):
        run = forked.nuantu(*arguments, "--json", log=log)
        assert run.code == 0, run.err
        return json.loads(run.out)

    return asked


@pytest.fixture(scope="session")
def read_table():
    """A published CSV or Parquet file as a table; in a CSV file every cell is text."""

    def read(path: Path):
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")

    return read
