"""The builder as a child process, for real."""

import asyncio
import contextlib
import os
import signal
import sys
import time

import pytest

from feeds.settings import Output, Settings, Source
from server.builder import Builder
from server.wire import write_settings
from tests.server.builders import answering, python

TELLS_PATHS = answering("answer['reason'] = repr(request['paths'])")
TELLS_PID = answering("answer['reason'] = str(os.getpid())")


@pytest.fixture
async def started():
    """Make builders, which end with the test."""
    async with contextlib.AsyncExitStack() as stack:

        def make(command):
            builder = Builder(command)
            stack.push_async_callback(builder.end)
            return builder

        yield make


@pytest.fixture
def asked(started):
    async def ask(command, timeout_s=10.0):
        return await started(command).build(None, timeout_s=timeout_s)

    return ask


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
        return stat.read().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("status", ["built", "skipped", "failed"])
async def test_it_says_what_became_of_a_build(asked, status):
    outcome = await asked(answering(status=status, reason="why", articles=3))
    assert (outcome.status, outcome.reason) == (status, "why")
    assert outcome.answer.articles == 3


async def test_one_process_answers_again_and_again(started):
    builder = started(TELLS_PID)
    pids = {(await builder.build(None, timeout_s=5)).reason for _ in range(5)}
    assert len(pids) == 1


async def test_a_new_builder_looks_at_all_files(started):
    builder, paths = started(TELLS_PATHS), frozenset({"/a.md"})
    first, second = [await builder.build(paths, timeout_s=5) for _ in range(2)]
    assert (first.reason, second.reason) == ("None", "['/a.md']")


async def test_one_that_was_killed_meanwhile_is_replaced_at_once(started, eventually):
    builder = started(TELLS_PID)
    pid = int((await builder.build(frozenset(), timeout_s=5)).reason)
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: not is_alive(pid))
    await asyncio.sleep(0.05)
    outcome = await builder.build(frozenset(), timeout_s=5)
    assert outcome.status == "built"
    assert int(outcome.reason) != pid


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("'not JSON'", "answered what is no answer"),
        ("'[1]'", "answered what is no answer"),
        ("'{}'", "answered what is no answer"),
        ('\'{"number": 7, "status": "built"}\'', "answered what was not asked"),
        ("'\"' * (65 * 2**20)", "answered too much"),
    ],
    ids=["text", "no object", "no number", "other number", "too much"],
)
async def test_rubbish_is_the_end_of_it(asked, printed, reason):
    code = f"input(); print({printed}, flush=True); import time; time.sleep(60)"
    outcome = await asked(python(code))
    assert (outcome.status, outcome.reason) == ("lost", reason)


async def test_its_last_lines_say_why_it_ended(asked):
    code = (
        "import sys; [print('line', n, file=sys.stderr) for n in range(9**5)]; "
        "sys.exit('output: disk full')"
    )
    outcome = await asked(python(code))
    assert (outcome.status, outcome.reason) == ("lost", "exit 1: output: disk full")
    assert outcome.tail.split("\n")[-2] == f"line {9**5 - 1}"
    assert len(outcome.tail) < 4_096


async def test_killed_by_a_signal_is_lost(asked):
    outcome = await asked(answering("os.kill(os.getpid(), 9)"))
    assert outcome.status == "lost"
    assert outcome.reason.startswith("exit -9")


async def test_command_that_cannot_start_is_lost(asked):
    outcome = await asked(["/nonexistent/stoker"])
    assert outcome.status == "lost"
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


async def test_timeout_kills_the_whole_group(asked, tmp_path, pids_in, gone):
    file = tmp_path / "pids"
    started = time.monotonic()
    outcome = await asked([*python(SLEEPS), str(file)], timeout_s=0.7)
    assert time.monotonic() - started < 5
    assert (outcome.status, outcome.reason) == ("lost", "killed after 0.7 s")
    await gone(await pids_in(file))


async def test_one_that_is_stopped_is_killed_and_replaced(started, gone):
    builder = started(TELLS_PID)
    pid = int((await builder.build(None, timeout_s=5)).reason)
    os.kill(pid, signal.SIGSTOP)
    outcome = await builder.build(frozenset(), timeout_s=0.3)
    assert outcome.reason == "killed after 0.3 s"
    await gone([pid])
    assert (await builder.build(frozenset(), timeout_s=5)).status == "built"


async def test_cancellation_kills_the_whole_group(started, tmp_path, pids_in, gone):
    file = tmp_path / "pids"
    builder = started([*python(SLEEPS), str(file)])
    task = asyncio.create_task(builder.build(None, timeout_s=60))
    pids = await pids_in(file)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(pids)


KEEPS = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdin.write(b'{"number": 1, "paths": null}\\n')
child.stdin.flush()
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere stdin alone tells")
@pytest.mark.parametrize("is_stopped", [False, True], ids=["idle", "stopped"])
async def test_it_ends_with_its_parent(tmp_path, gone, is_stopped):
    settings = Settings(
        sources=(Source(path=str(tmp_path / "none")),),
        output=Output(path=str(tmp_path / "output")),
    )
    write_settings(settings, tmp_path / "settings")
    resident = (sys.executable, "-m", "server.resident", tmp_path / "settings", "1")
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KEEPS, *resident, stdout=asyncio.subprocess.PIPE
    )
    pid = int(await parent.stdout.readline())
    if is_stopped:
        os.kill(pid, signal.SIGSTOP)
    parent.kill()
    await parent.communicate()
    await gone([pid])
