"""The same checks over every runtime that this machine can run, and one table of them at the end.

A runtime that cannot run here is a row that says why.
"""

import json
import re

import pytest
from support.conformance import (
    CHECKS,
    MEMORY_MB,
    RUNTIMES,
    TABLE,
    UNTRIED,
    Running,
    Unavailable,
    why_untried,
)

SIX_MEGABYTES = 6_291_000  # of JSON, below the limit of 6 291 456


@pytest.fixture(scope="module", params=RUNTIMES, ids=lambda runtime: runtime.name)
def running(request, tmp_path_factory):
    runtime = request.param
    try:
        one = Running(runtime, tmp_path_factory.mktemp("conformance"))
    except Unavailable as reason:
        TABLE.reasons[runtime.name] = str(reason)
        pytest.skip(str(reason))
    try:
        yield one
    finally:
        if one.klambda.is_running():
            one.close()
        one.klambda.destroy()


def check_echo(running):
    event = {"do": "echo", "text": ""}
    event["text"] = "x" * (SIX_MEGABYTES - len(json.dumps(event)))
    answer, failed = running.invoke(event)
    assert not failed and answer == event


def check_error(running):
    runtime = running.runtime
    answer, failed = running.invoke({"do": "error"})
    assert failed and answer["errorMessage"] == "as asked", answer
    assert re.fullmatch(runtime.error, answer["errorType"]), answer
    assert runtime.stack is None or isinstance(answer[runtime.stack], list), answer
    assert running.invoke({"do": "echo"})[1] is False, "the environment goes on"


def check_init(running):
    answer, failed = running.invoke({"do": "echo"}, "Broken")
    assert failed and re.fullmatch(running.runtime.init_error, answer["errorType"]), answer


def check_exit(running):
    answer, failed = running.invoke({"do": "exit", "status": 7})
    assert failed and answer["errorType"] == "Runtime.ExitError", answer
    assert answer["errorMessage"].endswith("Error: Runtime exited with error: exit status 7")
    assert running.invoke({"do": "echo"})[1] is False, "another environment takes its place"


def check_signal(running):
    answer, failed = running.invoke({"do": "signal"})
    assert failed and answer["errorType"] == "Runtime.ExitError", answer
    assert answer["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")


def check_timeout(running):
    answer, failed = running.invoke({"do": "sleep", "ms": 30_000}, "Hasty")
    assert failed and answer["errorType"] == "Sandbox.Timedout", answer
    assert answer["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")


def check_environment(running):
    answer, failed = running.invoke({"do": "environment"})
    assert not failed and answer == {
        "_HANDLER": running.runtime.handler,
        "AWS_LAMBDA_FUNCTION_NAME": "Conform",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB),
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/Conform",
        "TABLE": "orders",
    }


def check_remaining(running):
    answer, failed = running.invoke({"do": "remaining"})
    assert not failed and 25_000 < answer["ms"] <= 30_000, answer
    assert re.fullmatch(r"[0-9a-f-]{36}", answer["requestId"]), answer
    assert answer["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:Conform"


def check_log(running):
    before = len(running.klambda.lines)
    assert running.invoke({"do": "log", "lines": 500}) == (None, False)
    running.klambda.wait_for("REPORT RequestId", start=before)
    printed = [
        int(match.group(1))
        for line in running.klambda.lines[before:]
        if (match := re.search(r"line (\d+) – größer$", line))
    ]
    assert printed == list(range(500)), running.klambda.log()


def check_big(running):
    answer, failed = running.invoke({"do": "bytes", "count": 6_291_000})
    assert not failed and answer == "x" * 6_291_000
    answer, failed = running.invoke({"do": "bytes", "count": 6_400_000})
    assert failed and answer["errorType"] == "Function.ResponseSizeTooLarge", answer
    assert running.invoke({"do": "echo"})[1] is False


def check_unicode(running):
    event = {"do": "echo", "text": "größer – 漢字 – 🚀 – \u0007\\\"\u2028", "ключ": ["é", None]}
    answer, failed = running.invoke(event)
    assert not failed and answer == event


def check_sequential(running):
    """Comes first, in an environment that is new: its figures are the row's."""
    running.invoke({"do": "echo"})
    median = running.measure(1000)
    cold, memory = running.reports("Init Duration")[0], running.reports("Max Memory Used")[-1]
    TABLE.figures[running.runtime.name] = [f"{cold:.0f} ms", f"{median:.2f} ms", f"{memory:.0f} MB"]


def check_parallel(running):
    assert running.all_at_once(8, 200) == []


@pytest.mark.parametrize("check", sorted(CHECKS, key=lambda name: name != "sequential"))
def test_conforms(running, check):
    passed = False
    try:
        globals()[f"check_{check}"](running)
        passed = True
    finally:
        TABLE.note(running.runtime.name, check, passed)


@pytest.mark.parametrize("name", UNTRIED)
def test_without_a_client(name):
    TABLE.reasons[name] = why_untried(name)
    pytest.skip(TABLE.reasons[name])
