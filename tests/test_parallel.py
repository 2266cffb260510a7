"""Work done beside the run: the same answers and errors, and a plain word when it is killed."""

import math
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from gis import parallel
from gis.errors import InputError, NuantuError
from gis.layers import read_project
from gis.parallel import Worker


@pytest.fixture(scope="module")
def apart(workers):
    with Worker(("math",), apart=True) as process:
        yield process


@pytest.fixture(params=["process", "thread"])
def either(request, apart):
    return apart if request.param == "process" else Worker()


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(parallel, "cores", lambda: 2)


@pytest.mark.skipif(parallel.cores() < 2, reason="needs two cores")
def test_it_is_another_process_where_there_is_a_core_for_it(apart):
    assert apart.submit(os.getpid).result() == apart.pid != os.getpid()


def test_a_plain_script_is_not_run_again_by_its_processes(tmp_path):
    """Scripts of engineers have no `if __name__ == "__main__"`."""
    script = tmp_path / "plain.py"
    script.write_text(
        "import os\nfrom gis import parallel\nparallel.cores = lambda: 2\nprint('once')\n"
        "with parallel.Worker(apart=True) as worker:\n"
        "    print(worker.submit(os.getpid).result() == worker.pid != os.getpid())\n",
        encoding="utf-8",
    )
    ran = subprocess.run(
        [sys.executable, script], check=False, capture_output=True, encoding="utf-8"
    )
    assert (ran.stdout.split(), ran.stderr, ran.returncode) == (["once", "True"], "", 0)


def test_without_one_it_is_this_process():
    with Worker() as here:
        assert here.pid is None
        assert here.submit(os.getpid).result() == os.getpid()


def test_on_one_core_it_is_this_process(monkeypatch):
    monkeypatch.setattr(parallel, "cores", lambda: 1)
    with Worker(apart=True) as here:
        assert here.submit(os.getpid).result() == os.getpid()


@pytest.mark.usefixtures("two_cores")
def test_where_no_process_can_be_started_it_is_this_one(monkeypatch):
    def no(*_):
        raise OSError("no more processes")

    monkeypatch.setattr(Worker, "_start", no)
    with Worker(apart=True) as here:
        assert here.submit(os.getpid).result() == os.getpid()


@pytest.mark.usefixtures("two_cores")
def test_a_process_that_never_begins_is_done_without():
    with Worker(("gis.there_is_no_such_module",), apart=True) as here:
        assert here.submit(os.getpid).result() == os.getpid()
        assert here.pid is None


def test_what_is_kept_is_given_to_what_is_asked_for_later(either):
    one, other = either.store(math.sqrt, 16.0), either.store(math.sqrt, 9.0, once=True)
    assert either.submit(math.hypot, other, one).result() == 5.0
    third = either.store(math.sqrt, 81.0)
    assert either.submit(math.hypot, one, 3.0).result() == 5.0
    assert either.submit(math.sqrt, third).result() == 3.0
    with pytest.raises(KeyError):
        either.submit(math.sqrt, other).result()  # it takes no room any more


def test_what_is_raised_there_is_raised_here_with_its_problems(either, tmp_path):
    with pytest.raises(InputError) as here:
        read_project(tmp_path)
    with pytest.raises(InputError) as there:
        either.submit(read_project, tmp_path).result()
    assert there.value.message == here.value.message
    assert there.value.problems == here.value.problems
    assert there.value.exit_code == 1
    assert either.submit(math.sqrt, 4.0).result() == 2.0  # and it goes on


def test_what_could_not_be_kept_is_said_when_it_is_asked_for(either, tmp_path):
    kept = either.store(read_project, tmp_path)
    with pytest.raises(InputError, match=r"project\.toml"):
        either.submit(math.sqrt, kept).result()


@pytest.mark.usefixtures("two_cores")
def test_a_killed_process_is_said_in_words():
    with Worker(apart=True) as process:
        process.submit(math.sqrt, 4.0).result()
        waiting = process.submit(time.sleep, 60)
        time.sleep(0.1)
        os.kill(process.pid, signal.SIGTERM)
        with pytest.raises(NuantuError, match=r"no memory left[\s\S]*what stood before") as caught:
            waiting.result()
    assert caught.value.exit_code == 3


def gone(pid):
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0]
        return state == "Z"
    return True


ASKS = """
import time
from gis.parallel import Worker
process = Worker(apart=True).__enter__()
process.submit(time.sleep, 0).result()
print(process.pid, flush=True)
process.submit(time.sleep, 1)
time.sleep(60)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.skipif(parallel.cores() < 2, reason="needs two cores")
def test_no_process_is_left_when_the_one_that_asks_is_killed():
    asking = subprocess.Popen([sys.executable, "-c", ASKS], stdout=subprocess.PIPE)
    pid = int(asking.stdout.readline())
    assert not gone(pid)
    asking.kill()
    asking.communicate()
    until = time.monotonic() + 30
    while not gone(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert gone(pid)
