"""What environments may do and use: --freeze, --cold, --enforce-memory, a /tmp of their own."""

import json
import pathlib
import re
import time

import pytest
from support.api import client_of, create_function
from support.program import environment_for, wait_until

CODE = """
import os, subprocess, tempfile, threading, time

ticks = []


def count():
    while True:
        time.sleep(0.01)
        ticks.append(0)


threading.Thread(target=count, daemon=True).start()
kept = []

def handler(event, context):
    if "allocate_mb" in event:
        kept.append(bytearray(event["allocate_mb"] * 1024 * 1024))
    if "child_mb" in event:
        size = event["child_mb"] * 1024 * 1024
        code = f"import time; x = bytearray({size}); print(len(x), flush=True); time.sleep(600)"
        child = subprocess.Popen(["python3", "-c", code], stdout=subprocess.PIPE)
        child.stdout.readline()
    if "write" in event:
        with open(os.path.join(tempfile.gettempdir(), "file"), "w") as file:
            file.write(event["write"])
    if event.get("fill_mb"):
        with open(os.path.join(tempfile.gettempdir(), "large"), "wb") as file:
            file.write(os.urandom(1024 * 1024) * event["fill_mb"])
    if "sleep" in event:
        time.sleep(event["sleep"])
    if event.get("exit"):
        os._exit(1)
    return {
        "pid": os.getpid(),
        "ticks": len(ticks),
        "tmp": tempfile.gettempdir(),
        "files": sorted(os.listdir(tempfile.gettempdir())),
    }
"""


@pytest.fixture
def start(klambda, project):
    runs = []

    def start(*flags, environment=None, **properties):
        run = klambda("start", *flags, environment=environment)
        client, _ = client_of(run.url())
        create_function(client, "f", CODE, Timeout=60, **properties)
        runs.append(run)
        return run, lambda **event: json.loads(
            client.invoke(FunctionName="f", Payload=json.dumps(event))["Payload"].read()
        )

    yield start
    for run in runs:
        if run.is_running():
            run.interrupt()
            run.expect_exit(130, 20)


def state(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_freeze(start):
    run, invoke = start("--freeze")
    first = invoke()
    pid = first["pid"]
    wait_until(lambda: state(pid) == "T", "it is stopped between invocations")
    time.sleep(0.5)  # in which a thread of the handler would count to fifty
    second = invoke()
    assert second["pid"] == pid and second["ticks"] < first["ticks"] + 40
    for _ in range(50):
        assert invoke()["pid"] == pid
    wait_until(lambda: state(pid) == "T", "it is stopped again")


def test_cold_starts(start):
    _, invoke = start("--cold", "every")
    assert len({invoke()["pid"] for _ in range(3)}) == 3


def test_cold_after(start):
    _, invoke = start("--cold", "after=2")
    pids = [invoke()["pid"] for _ in range(6)]
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4] == pids[5]


@pytest.mark.parametrize("event", [{"allocate_mb": 300}, {"child_mb": 300}])
def test_memory_is_enforced_over_the_process_group(start, event):
    run, invoke = start("--enforce-memory", MemorySize=200)
    pid = invoke()["pid"]
    answer = invoke(sleep=4, **event)
    assert answer["errorType"] == "Runtime.ExitError"
    assert answer["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    run.wait_for(r"\[f\] its processes use \d+ MB of memory, MemorySize is 200 MB")
    run.wait_for(r"REPORT .*Status: error\tError Type: Runtime.OutOfMemory")
    assert invoke()["pid"] != pid


def test_memory_of_children_is_reported(start):
    run, invoke = start(MemorySize=1024)
    invoke(child_mb=200)
    report = run.wait_for(r"Max Memory Used: (\d+) MB")
    assert int(report.group(1)) > 200


def test_tmp_of_an_environment(start):
    run, invoke = start()
    first = invoke(write="kept")
    assert first["tmp"] != "/tmp" and first["files"] == ["file"]
    assert invoke(exit=True)["errorType"] == "Runtime.ExitError"
    second = invoke()  # after a reset
    assert second["pid"] != first["pid"]
    assert second["tmp"] == first["tmp"] and second["files"] == ["file"]
    run.interrupt()
    run.expect_exit(130, 20)
    assert not pathlib.Path(first["tmp"]).exists()


def test_tmp_after_a_kill(start, project, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = environment_for(project.mark, TMPDIR=str(temporary))
    run, invoke = start(environment=environment)
    left = pathlib.Path(invoke(write="left")["tmp"])
    assert temporary in left.parents
    run.kill()
    run.expect_nothing_left()
    assert left.exists()

    run, invoke = start(environment=environment)
    run.wait_for("removed 2 temporary folders that a klambda left")  # one of the packages
    assert not left.exists()
    used = pathlib.Path(invoke(write="used")["tmp"])
    # It is in use: another klambda leaves it alone.
    other, _ = start(environment=environment)
    assert used.exists() and "temporary folder" not in other.log()
    other.interrupt()
    other.expect_exit_only(130)
    run.interrupt()
    run.expect_exit(130, 20)
    assert list(temporary.glob("klambda-tmp-*")) == []


def test_tmp_larger_than_its_limit(start):
    run, invoke = start(EphemeralStorage={"Size": 512})
    invoke(fill_mb=520)
    invoke()
    line = run.wait_for(r"the /tmp of an environment holds (\d+) MB, EphemeralStorage is 512 MB")
    assert int(line.group(1)) >= 520


def test_mistakes(klambda):
    run = klambda("start", "--cold", "sometimes")
    run.expect_exit(2, 20)
    assert re.search("--cold sometimes: it must be every, first or after=N", run.lines[-1])
