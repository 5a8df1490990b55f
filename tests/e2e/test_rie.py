"""`klambda rie` in the place of aws-lambda-rie: its flags, its environment variables, its path, its
words on standard output, with AWS's Python client behind it.
"""

import base64
import concurrent.futures
import json
import os
import pathlib
import re
import sys
import urllib.error
import urllib.request

import pytest
from support.client_python import client_path
from support.program import BINARY, Klambda, environment_for

PATH = "/2015-03-31/functions/function/invocations"
HANDLERS = pathlib.Path(__file__).parent / "handlers" / "python"


@pytest.fixture
def rie(project):
    """rie("app.handler", …variables): started on a free port, and ended with the test."""
    started = []

    def start(*command, flags=(), environment=None, directory=HANDLERS, program=None):
        command = command or ("misbehaving.handler",)
        if len(command) == 1:
            command = (sys.executable, "-m", "awslambdaric", *command)
        arguments = ["rie", "--runtime-interface-emulator-address", "127.0.0.1:0", *flags, *command]
        if program:
            arguments = arguments[1:]
        variables = environment_for(
            project.mark, PYTHONPATH=client_path(), **(environment or {})
        )
        started.append(Klambda(arguments, directory, project.mark, variables, program or BINARY))
        return started[-1]

    yield start
    for one in started:
        one.destroy()


def url_of(run):
    return run.wait_for(r"serves .* at (http://\S+)").group(1)


def call(url, payload, **headers):
    """(status, body, headers)"""
    request = urllib.request.Request(url, json.dumps(payload).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def end(run):
    run.terminate()
    run.expect_exit(0, 20)


def test_a_call_and_its_lines(rie):
    run = rie(environment={"AWS_LAMBDA_FUNCTION_NAME": "mine", "EXTRA": "of the image"})
    url = url_of(run)
    assert url.endswith(PATH)
    context = base64.b64encode(b'{"custom": 1}').decode()
    status, body, _ = call(url, {"n": 1}, **{"X-Amz-Client-Context": context})
    answer = json.loads(body)
    assert status == 200 and answer["event"] == {"n": 1}
    assert answer["arn"] == "arn:aws:lambda:us-east-1:012345678912:function:mine"
    assert answer["memory"] == "3008" and 299_000 < answer["remaining"] <= 300_000
    status, body, _ = call(url, {"do": "environment"})
    environment = json.loads(body)
    assert environment["EXTRA"] == "of the image"
    assert environment["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/Functions"
    assert environment["_HANDLER"] == "misbehaving.handler"
    assert environment["cwd"] == str(HANDLERS)
    assert call(url.replace("function/inv", "other/inv"), {})[0] == 404
    assert call(url, {}, **{"X-Amz-Client-Context": "%"})[0] == 500
    end(run)
    lines = [line for line in run.output.splitlines() if "RequestId" in line]
    assert re.match(r"START RequestId: (\S+) Version: \$LATEST$", lines[0])
    assert re.match(r"END RequestId: (\S+)$", lines[1])
    assert re.match(
        r"REPORT RequestId: \S+\tInit Duration: \d+\.\d\d ms\tDuration: \d+\.\d\d ms\t"
        r"Billed Duration: \d+ ms\tMemory Size: 3008 MB\tMax Memory Used: \d+ MB\t$",
        lines[2],
    )
    assert re.match(r"REPORT RequestId: \S+\tDuration: ", lines[5])


def test_failures_in_its_words(rie):
    run = rie(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"})
    url = url_of(run)
    status, body, headers = call(url, {"do": "raise"})
    assert status == 200 and json.loads(body)["errorType"] == "ValueError"
    assert "X-Amz-Function-Error" not in headers
    timed_out = call(url, {"do": "sleep", "seconds": 30})
    assert timed_out[:2] == (200, "Task timed out after 1.00 seconds")
    status, body, _ = call(url, {"do": "exit", "status": 3})
    assert status == 502
    assert re.fullmatch(
        r'{"errorType":"Runtime.ExitError","errorMessage":"RequestId: \S+ Error: Runtime exited '
        r'with error: exit status 3"}',
        body,
    )
    assert call(url, {"n": 1})[0] == 200
    end(run)


def test_an_init_that_fails(rie):
    run = rie("broken_import.handler")
    status, body, _ = call(url_of(run), {})
    assert status == 502
    assert json.loads(body)["errorType"] == "RuntimeError"
    end(run)


def test_several_calls_at_once(rie):
    run = rie()
    url = url_of(run)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: call(url, {"do": "sleep", "seconds": 1}), range(4)))
    assert [status for status, *_ in answers] == [200] * 4
    assert len({json.loads(body)["pid"] for _, body, _ in answers}) == 4
    end(run)


def test_handler_of_the_environment_and_bootstrap(rie, tmp_path):
    bootstrap = tmp_path / "bootstrap"
    bootstrap.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m awslambdaric "$_HANDLER"\n')
    bootstrap.chmod(0o755)
    run = rie(
        str(bootstrap),
        "recorded",
        flags=("--log-level", "debug", "--enable-init-caching"),
        environment={"AWS_LAMBDA_FUNCTION_HANDLER": "not.this"},
    )
    # The last word is the handler, over the environment's.
    assert "Runtime.MalformedHandlerName" in call(url_of(run), {})[1]
    end(run)


def test_runtime_api_address(rie):
    run = rie(flags=("--runtime-api-address", "127.0.0.1:0"))
    url = url_of(run)
    environment = json.loads(call(url, {"do": "environment"})[1])
    assert re.match(r"127\.0\.0\.1:\d+$", environment["AWS_LAMBDA_RUNTIME_API"])
    end(run)
    other = rie(flags=("--runtime-api-address", "nonsense"))
    other.expect_exit(2, 20)
    assert "it must be HOST:PORT" in other.lines[-1]


def test_under_the_name_of_the_emulator(rie, tmp_path):
    name = tmp_path / "aws-lambda-rie"
    name.symlink_to(os.path.abspath(BINARY))
    run = rie(program=str(name))
    assert call(url_of(run), {"n": 1})[0] == 200
    end(run)


def test_mistakes(rie):
    for command, what in {("/no/such/program", "x"): "no such executable file"}.items():
        run = rie(*command)
        run.expect_exit(2, 20)
        assert what in run.lines[-1]
    run = rie(environment={"AWS_LAMBDA_FUNCTION_TIMEOUT": "soon"})
    run.expect_exit(2, 20)
    assert "AWS_LAMBDA_FUNCTION_TIMEOUT is 'soon'" in run.lines[-1]
