"""Files made here and beside at the same time: each once."""

import os
from functools import partial
from threading import Event

import pytest

from gis.parallel import Worker
from gis.publish.files import run_tasks
from gis.report.monthly import OwnWorkbook


class Alone(OwnWorkbook):
    """A workbook that says that it was taken out of its book before it was made."""

    def alone(self):
        return partial(str.encode, self.title)


@pytest.mark.parametrize("townships", [1, 3])
def test_the_other_process_begins_at_the_end(townships):
    done = Event()
    last = f"townships/{townships}"

    def held():
        assert done.wait(60)
        return b"here"

    def first():
        done.set()
        return b"there"

    tasks = {"planner/a": held, "planner/b": held, "townships/0": first}
    tasks |= {
        f"townships/{n}": Alone((), str(n), f"book {n}", None) for n in range(1, townships + 1)
    }
    made = run_tasks(tasks, Worker())
    assert list(made) == list(tasks)
    assert made["planner/a"] == made["planner/b"] == b"here"
    assert (made["townships/0"], made[last]) == (b"there", f"book {townships}".encode())


def test_what_hangs_on_the_run_stays_here():
    tasks = {f"planner/{n}": partial(bytes, n) for n in range(3)}
    assert run_tasks(tasks, Worker()) == {f"planner/{n}": bytes(n) for n in range(3)}


def test_without_another_process_everything_is_made_here():
    tasks = {"townships/1": lambda: str(os.getpid()).encode()}
    assert run_tasks(tasks, None) == {"townships/1": str(os.getpid()).encode()}


@pytest.mark.parametrize("error", [OSError, IndexError])
def test_what_fails_is_raised(error):
    def failing():
        raise error("no room")

    with pytest.raises(error, match="no room"):
        run_tasks({"planner/a": failing, "planner/b": bytes}, None)
