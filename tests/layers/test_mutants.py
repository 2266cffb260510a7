"""300 seeded damages over eight formats: none is silently wrong.

5,000 are a matter of minutes: PYTHONPATH=tests python tests/layers/test_mutants.py 5000
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from layers.mutants import FORMATS, Bench

from gis.layers.reader_process import ReaderProcess

MUTANTS = 300


def outcomes(bench, seeds):
    """What came of each damage: refused, said, same, held or SILENT."""
    return [bench.outcome(seed) for seed in seeds]


@pytest.fixture(scope="module")
def bench(reader, tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("sound"), reader)


def test_sound_files_are_read_as_their_other_reader_reads_them(bench):
    for name, one in FORMATS.items():
        file, sound, _ = bench.sound[name]
        assert len(sound) == 25, name
        if name != "xlsx":
            assert one.held(bench.folder / name / file) == sound, name


@pytest.mark.parametrize("name", FORMATS)
def test_no_damage_is_silent(bench, name):
    at = list(FORMATS).index(name)
    found = outcomes(bench, range(at, MUTANTS, len(FORMATS)))
    assert [one for one in found if one.startswith("SILENT")] == []
    # the damage is real: most of it does not go unnoticed
    assert sum(one.startswith(("refused", "said")) for one in found) > len(found) / 3


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, ReaderProcess() as running:
        made = Bench(Path(folder), running)
        found = outcomes(made, range(int(sys.argv[1])))
    silent = [one for one in found if one.startswith("SILENT")]
    counts = Counter(one.split()[0] for one in found)
    sys.stdout.write("\n".join([*silent, str(dict(counts))]) + "\n")
