"""The build command in a child process, for real."""

import asyncio
import os
import sys
import time

import pytest

from server.build import build


def python(code):
    return [sys.executable, "-S", "-c", code]


async def run(code, timeout_s=10.0):
    return await build(python(code), timeout_s=timeout_s)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
        return stat.read().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(
    ("code", "status"),
    [(0, "built"), (3, "built"), (4, "skipped"), (1, "failed"), (2, "failed")],
)
async def test_exit_codes(code, status):
    outcome = await run(f"import sys; sys.exit({code})")
    assert outcome.status == status
    assert bool(outcome.reason) is (status != "built")


async def test_report_is_read():
    outcome = await run('print(\'{"articles": 3, "problems": []}\')')
    assert outcome.report == {"articles": 3, "problems": []}


@pytest.mark.parametrize(
    "code",
    ["pass", "print('not JSON')", "print('[1]')", "print('{')", "print('\"' * 10**8)"],
    ids=["nothing", "text", "no object", "cut", "too much"],
)
async def test_unreadable_report_is_none(code):
    outcome = await run(code)
    assert outcome.status == "built"
    assert outcome.report == {}


async def test_failure_has_its_last_line_as_reason():
    code = (
        "import sys; [print('line', n, file=sys.stderr) for n in range(9**5)]; "
        "sys.exit('output: disk full')"
    )
    outcome = await run(code)
    assert outcome.reason == "exit 1: output: disk full"
    assert outcome.tail.split("\n")[-2] == f"line {9**5 - 1}"
    assert len(outcome.tail) < 4_096


async def test_killed_by_a_signal_is_a_failure():
    outcome = await run("import os; os.kill(os.getpid(), 9)")
    assert outcome.status == "failed"
    assert outcome.reason.startswith("exit -9")


async def test_command_that_cannot_start_is_a_failure():
    outcome = await build(["/nonexistent/stoker"], timeout_s=1)
    assert outcome.status == "failed"
    assert outcome.reason == "/nonexistent/stoker: No such file or directory"


SLEEPS = (
    "import os, subprocess, sys, time; "
    "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)']); "
    "open(sys.argv[1], 'w').write(f'{os.getpid()} {child.pid}'); time.sleep(60)"
)


@pytest.fixture
def pids_in(eventually):
    async def read(file):
        await eventually(lambda: file.exists() and len(file.read_text().split()) == 2)
        return [int(pid) for pid in file.read_text().split()]

    return read


@pytest.fixture
def gone(eventually):
    async def wait(pids):
        await eventually(lambda: not any(is_alive(pid) for pid in pids))

    return wait


async def test_timeout_kills_the_whole_group(tmp_path, pids_in, gone):
    file = tmp_path / "pids"
    started = time.monotonic()
    outcome = await build([*python(SLEEPS), str(file)], timeout_s=0.7)
    assert time.monotonic() - started < 5
    assert outcome.status == "failed"
    assert outcome.reason == "killed after 0.7 s"
    await gone(await pids_in(file))


async def test_cancellation_kills_the_whole_group_and_goes_on(tmp_path, pids_in, gone):
    file = tmp_path / "pids"
    task = asyncio.create_task(build([*python(SLEEPS), str(file)], timeout_s=60))
    pids = await pids_in(file)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(pids)
