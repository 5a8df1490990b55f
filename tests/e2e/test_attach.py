"""Attach mode: processes that a test starts, as a developer's IDE would, serve a function of a
running klambda; and what a stopped debugger does to the deadline.
"""

import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from support.api import client_of
from support.client_python import client_path
from support.program import MARK, wait_until

HANDLERS = pathlib.Path(__file__).parent / "handlers" / "python"


def attach(run, project, function="Recorder", handler="misbehaving.handler"):
    process = subprocess.Popen(
        [sys.executable, "-m", "awslambdaric", handler],
        cwd=HANDLERS,
        env={
            **os.environ,
            "PYTHONPATH": client_path(),
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{run.port()}/{function}",
            MARK: project.mark,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    run.wait_for(rf"\[{function}\] process {process.pid} has attached")
    return process


def invoke(run, **event):
    client, _ = client_of(run.url())
    answer = client.invoke(FunctionName="Recorder", Payload=json.dumps(event))
    return json.loads(answer["Payload"].read())


def environments(run):
    (function,) = run.status()["functions"]
    return function["environments"]


@pytest.fixture
def start(klambda, project):
    runs = []

    def start(*flags, timeout=2):
        project.add(handler="misbehaving.handler", timeout=timeout)
        runs.append(klambda("start", project.template, *flags))
        return runs[-1]

    yield start
    for run in runs:
        if run.is_running():
            run.interrupt()
            run.expect_exit(130, 20)


def test_an_attached_process_gets_the_invocations(start, project):
    run = start()
    own = invoke(run)["pid"]
    process = attach(run, project)
    for n in range(20):
        answer = invoke(run, n=n)
        assert answer["pid"] == process.pid and answer["event"] == {"n": n}
    assert answer["arn"].endswith(":function:Recorder")
    assert invoke(run, do="raise")["errorType"] == "ValueError"
    assert len(invoke(run, do="bytes", count=5_000_000)) == 5_000_000
    run.wait_for(r"Recorder \| REPORT RequestId: ")
    # It goes, and klambda's own environments serve again.
    process.kill()
    process.wait()
    run.wait_for(rf"\[Recorder\] process {process.pid} has detached")
    assert invoke(run)["pid"] == own


def test_the_start_tells_how(start, project, klambda):
    run = start()
    address = run.wait_for(r"attaches with AWS_LAMBDA_RUNTIME_API=(\S+)$").group(1)
    assert address == f"127.0.0.1:{run.port()}/Recorder"
    # Several functions, and where nothing attaches.
    project.add("Other")
    run = klambda("start", project.template)
    run.wait_for(r"attaches with AWS_LAMBDA_RUNTIME_API=127\.0\.0\.1:\d+/FUNCTION$")
    run.interrupt()
    run.expect_exit_only(130)
    run = klambda("start", project.template, "--require-auth", "key:secret")
    run.wait_for("answers invocations only")
    assert "AWS_LAMBDA_RUNTIME_API" not in run.log()
    run.interrupt()
    run.expect_exit_only(130)


def test_several_attach(start, project):
    run = start(timeout=20)
    attached = [attach(run, project) for _ in range(2)]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: invoke(run, do="sleep", seconds=2), range(3)))
    pids = {answer["pid"] for answer in answers}
    assert {process.pid for process in attached} < pids and len(pids) == 3
    for process in attached:
        process.kill()
        process.wait()


def test_a_process_that_ends_during_an_invocation(start, project):
    run = start(timeout=20)
    process = attach(run, project)
    answer = invoke(run, do="exit", status=3)
    assert answer["errorType"] == "Runtime.ExitError"
    process.wait()
    assert invoke(run)["pid"] != process.pid


def test_a_timeout_leaves_the_process_alone(start, project):
    run = start(timeout=1)
    process = attach(run, project)
    assert invoke(run, do="sleep", seconds=2)["errorType"] == "Sandbox.Timedout"
    wait_until(lambda: invoke(run)["pid"] == process.pid, "it has attached again")
    assert process.poll() is None
    process.kill()
    process.wait()


def test_an_edit_leaves_the_process_attached(start, project):
    run = start()
    process = attach(run, project)
    assert invoke(run)["pid"] == process.pid
    before = run.status()["functions"][0]
    (project.directory / "Recorder" / "more.py").write_text("")
    run.wait_for(r"\[Recorder\] .*(changed|edit)")
    wait_until(lambda: invoke(run)["pid"] == process.pid, f"it serves again: {before}")
    process.kill()
    process.wait()


def test_stopping_klambda(start, project):
    run = start()
    process = attach(run, project)
    run.interrupt()
    run.expect_exit_only(130)
    process.wait(20)  # its client gives up


@pytest.mark.parametrize("whose", ["own", "attached"])
def test_a_stopped_process_keeps_its_deadline(start, project, whose):
    run = start("--debug", timeout=2)
    process = attach(run, project) if whose == "attached" else None
    pid = invoke(run)["pid"]
    assert process is None or process.pid == pid
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        begun = len(run.lines)
        answer = pool.submit(invoke, run, do="sleep", seconds=1)
        run.wait_for("START RequestId", start=begun)
        os.kill(pid, signal.SIGSTOP)
        run.wait_for(rf"process {pid} stands still in a debugger.*deadline", start=begun)
        time.sleep(3)  # beyond the deadline
        assert not answer.done()
        os.kill(pid, signal.SIGCONT)
        assert answer.result(30)["pid"] == pid
    # Going on, it has its time limit again.
    assert invoke(run, do="sleep", seconds=30)["errorType"] == "Sandbox.Timedout"
    if process:
        process.kill()
        process.wait()


def test_without_debug_a_stopped_process_times_out(start):
    run = start(timeout=1)
    pid = invoke(run)["pid"]
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        begun = len(run.lines)
        answer = pool.submit(invoke, run, do="sleep", seconds=0.5)
        run.wait_for("START RequestId", start=begun)
        os.kill(pid, signal.SIGSTOP)
        assert answer.result(30)["errorType"] == "Sandbox.Timedout"


def test_mistakes(start):
    run = start()
    refused = subprocess.run(
        [
            "curl",
            "-s",
            f"{run.url()}/Nobody/2018-06-01/runtime/invocation/next",
        ],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert "Function not found" in refused.stdout
    assert environments(run) == 1
