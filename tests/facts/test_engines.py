"""Several tasks at once, on the threads and the processes of this machine."""

import os
import signal

import pytest
from facts.deadly import Dies, Fails, Meets, Multiplies

from gis.errors import InputError, NuantuError
from gis.facts.executors import Threads


@pytest.mark.parametrize("engine", [Threads(2), Threads(1)])
def test_answers_come_in_the_order_of_the_tasks(engine):
    tasks = [Multiplies(number, pause_s=0.05 * (number == 0)) for number in range(7)]
    assert [answer for answer, _ in engine.do(10, tasks)] == [0, 10, 20, 30, 40, 50, 60]
    assert list(engine.do(10, [])) == []


@pytest.mark.skipif(os.name == "nt", reason="no signal 0 here")
def test_each_core_has_a_process_and_all_are_gone_at_the_end(tmp_path):
    pids = set(Threads(2).do(tmp_path, [Meets(), Meets()]))
    assert len(pids) == 2
    assert os.getpid() not in pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_what_a_task_refuses_is_said_as_it_was():
    with pytest.raises(InputError, match="found 3") as refused:
        list(Threads(2).do(1, [Multiplies(0), Fails(), Multiplies(2)]))
    assert refused.value.message.zh == "找到 3"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_process_that_was_ended_is_said():
    with pytest.raises(NuantuError, match="was ended"):
        list(Threads(2).do(1, [Multiplies(0), Dies(), Multiplies(2)]))
