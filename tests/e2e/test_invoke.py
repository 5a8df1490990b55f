"""The Invoke route as boto3 and `klambda invoke` see it, and what becomes of handlers that fail in
every way.
"""

import base64
import json
import re

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

MISBEHAVING = "misbehaving.handler"


def client_of(run):
    return boto3.client(
        "lambda",
        endpoint_url=run.url(),
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 0}, read_timeout=60),
    )


def invoke(client, payload, function="Recorder", **more):
    """Answers (body as JSON, function error or None)."""
    answer = client.invoke(FunctionName=function, Payload=json.dumps(payload), **more)
    assert answer["StatusCode"] == 200
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")


@pytest.fixture(params=["python", "node"])
def language(request):
    return request.param


@pytest.fixture
def lambdas(language, project, klambda):
    project.add(client=language, handler=MISBEHAVING, timeout=2)
    run = klambda("start", project.template)
    yield client_of(run)
    run.interrupt()
    run.expect_exit(130, 20)


def test_success_and_warm_reuse(lambdas):
    first, error = invoke(lambdas, {"n": 1})
    assert error is None and first["event"] == {"n": 1}
    second, _ = invoke(lambdas, {"n": 2})
    assert second["pid"] == first["pid"]
    answer = lambdas.invoke(FunctionName="Recorder", Payload="{}", LogType="Tail")
    assert answer["ExecutedVersion"] == "$LATEST"
    assert b"START RequestId" in base64.b64decode(answer["LogResult"])


def test_an_exception_is_a_function_error(lambdas, language):
    body, error = invoke(lambdas, {"do": "raise"})
    assert error == "Unhandled"
    assert (body["errorType"], body["errorMessage"]) == (
        {"python": "ValueError", "node": "TypeError"}[language],
        "as asked",
    )
    assert ("stackTrace" if language == "python" else "trace") in body
    assert invoke(lambdas, {})[1] is None


@pytest.mark.parametrize(
    "payload, error_type, text",
    [
        ({"do": "sleep", "seconds": 30}, "Sandbox.Timedout", "Task timed out after 2.00 seconds"),
        (
            {"do": "exit", "status": 0},
            "Runtime.ExitError",
            "Runtime exited without providing a reason",
        ),
        (
            {"do": "exit", "status": 7},
            "Runtime.ExitError",
            "Runtime exited with error: exit status 7",
        ),
        ({"do": "signal"}, "Runtime.ExitError", "Runtime exited with error: signal: killed"),
    ],
)
def test_a_lost_environment_is_replaced(lambdas, payload, error_type, text):
    before, _ = invoke(lambdas, {})
    body, error = invoke(lambdas, payload)
    assert error == "Unhandled" and body["errorType"] == error_type, body
    assert re.fullmatch(
        rf"RequestId: [0-9a-f-]{{36}} Error: {re.escape(text)}", body["errorMessage"]
    )
    after, error = invoke(lambdas, {})
    assert error is None and after["pid"] != before["pid"]


def test_six_megabytes_each_way(lambdas):
    body, error = invoke(lambdas, {"do": "bytes", "count": 5_500_000})
    assert error is None and len(body) == 5_500_000
    body, error = invoke(lambdas, {"text": "x" * 5_500_000, "do": "bytes", "count": 1})
    assert error is None and body == "x"
    body, error = invoke(lambdas, {"do": "bytes", "count": 6_400_000})
    assert error == "Unhandled" and body["errorType"] == "Function.ResponseSizeTooLarge", body
    assert invoke(lambdas, {})[1] is None


def test_requests_that_lambda_refuses(lambdas):
    with pytest.raises(ClientError) as caught:
        invoke(lambdas, {}, function="Nobody")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert caught.value.response["Error"]["Message"] == (
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:Nobody:$LATEST"
    )
    with pytest.raises(ClientError) as caught:
        lambdas.invoke(FunctionName="Recorder", Payload="{not json")
    assert caught.value.response["Error"]["Code"] == "InvalidRequestContentException"
    assert lambdas.invoke(FunctionName="Recorder", InvocationType="DryRun")["StatusCode"] == 204


def test_an_error_while_the_module_loads(language, project, klambda):
    project.add(client=language, handler="broken_import.handler")
    lambdas = client_of(klambda("start", project.template))
    for _ in range(2):
        body, error = invoke(lambdas, {})
        assert error == "Unhandled" and body["errorMessage"] == "no database", body
        assert body["errorType"] in ("RuntimeError", "Error")


def test_what_a_handler_finds_around_it(project, klambda):
    project.add(
        handler=MISBEHAVING,
        environment={"GREETING": "hällo", "KLAMBDA_ESCAPE": 'a"b$c'},
        MemorySize=256,
    )
    code = str(project.directory / "Recorder")
    names, _ = invoke(client_of(klambda("start", project.template)), {"do": "environment"})
    assert names["GREETING"] == "hällo" and names["KLAMBDA_ESCAPE"] == 'a"b$c'
    assert names["cwd"] == names["LAMBDA_TASK_ROOT"] == code
    assert names["stdin"] == ""
    assert names["_HANDLER"] == MISBEHAVING and names["TZ"] == ":UTC"
    assert (
        names["AWS_LAMBDA_FUNCTION_NAME"] == "Recorder"
        and names["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    )
    assert names["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12"
    assert re.fullmatch(
        r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", names["AWS_LAMBDA_LOG_STREAM_NAME"]
    )
    assert "NO_COLOR" not in names, "what klambda was started with is not the function's"


def test_invoke_from_the_command_line(project, klambda):
    project.add(handler=MISBEHAVING)
    run = klambda("start", project.template)
    port = run.port()

    good = klambda("invoke", "Recorder", "--payload", '{"n": 1}', "--port", port)
    assert good.wait() == 0 and json.loads(good.output)["event"] == {"n": 1}
    bad = klambda("invoke", "Recorder", "--payload", '{"do": "raise"}', "--port", port)
    assert bad.wait() == 1 and json.loads(bad.output)["errorMessage"] == "as asked"
    logged = klambda("invoke", "Recorder", "--log", "--payload", '{"do": "print"}', "--port", port)
    assert logged.wait() == 0 and "printed by the handler" in logged.lines
    event = klambda("invoke", "Recorder", "--event", "--qualifier", "$LATEST", "--port", port)
    assert event.wait() == 0 and re.fullmatch(r"[0-9a-f-]{36}\n", event.output)
    missing = klambda("invoke", "Recorder", "--qualifier", "live", "--port", port)
    assert missing.wait() == 2 and ":Recorder:live" in missing.lines[0]
    unknown = klambda("invoke", "Nobody", "--port", port)
    assert unknown.wait() == 2 and len(unknown.lines) == 1 and "Nobody" in unknown.lines[0]

    run.interrupt()
    run.expect_exit(130, 20)
    nobody = klambda("invoke", "Recorder", "--port", port)
    assert nobody.wait() == 4 and len(nobody.lines) == 1 and str(port) in nobody.lines[0]
