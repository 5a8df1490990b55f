"""A function's log in every place where it can be read: standard error, LogType=Tail, `klambda
logs` and the files of --log-dir; in both formats, with levels.
"""

import base64
import json
import re

import pytest
from support.api import client_of, create_function
from support.program import wait_until

CHATTY = """
import json, logging, sys

def handler(event, context):
    print("a text line")
    for level in ("DEBUG", "INFO", "WARN", "ERROR"):
        line = {"timestamp": "2026-01-01T00:00:00.000Z", "level": level, "message": level}
        print(json.dumps(line))
    logging.getLogger().debug("of logging, debug")
    logging.getLogger().error("of logging, error")
    sys.stdout.flush()
    if event.get("fail"):
        raise ValueError("as asked")
    return event
"""


@pytest.fixture
def run(klambda, project):
    run = klambda("start", "--log-dir", "logs")
    yield run
    run.interrupt()
    run.expect_exit(130, 20)


def tail(client, name, **event):
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
    return base64.b64decode(answer["LogResult"]).decode().splitlines()


def shown(klambda, run, name, *more):
    shown = klambda("logs", name, "--port", run.port(), *more)
    shown.expect_exit_only(0)
    return shown.output


def files(project, group):
    return sorted((project.directory / "logs" / group).glob("*.log"))


def test_text_format(run, klambda, project):
    client, _ = client_of(run.url())
    create_function(client, "chatty", CHATTY)
    lines = tail(client, "chatty")
    assert re.match(r"START RequestId: \S+ Version: \$LATEST$", lines[0])
    assert "a text line" in lines
    assert re.match(r"REPORT RequestId: \S+\tDuration: ", lines[-1])
    # What the caller has got is what everyone else sees, too.
    written = shown(klambda, run, "chatty")
    assert written == "\n".join(lines) + "\n"
    (stream,) = files(project, "aws-lambda-chatty")
    assert re.match(r"\d{4}-\d\d-\d\d-LATEST-[0-9a-f]{32}\.log$", stream.name)
    assert stream.read_text() == written
    for line in lines:
        run.wait_for(re.escape(f"chatty | {line}") + "$")


def test_json_format_and_levels(run, klambda, project):
    client, _ = client_of(run.url())
    logging = {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "LogGroup": "shared"}
    create_function(client, "chatty", CHATTY, LoggingConfig=logging)
    records = [json.loads(line) for line in tail(client, "chatty")]
    platform = [record for record in records if "type" in record]
    assert [record["type"] for record in platform] == ["platform.start", "platform.report"]
    start, report = (record["record"] for record in platform)
    assert start["requestId"] == report["requestId"] and start["version"] == "$LATEST"
    assert report["status"] == "success"
    assert report["metrics"]["memorySizeMB"] == 128 and report["metrics"]["initDurationMs"] > 0
    # A text line counts as INFO; the runtime's own logging knows the level, too.
    said = [record["message"] for record in records if "type" not in record]
    assert said == ["WARN", "ERROR", "of logging, error"]
    (stream,) = files(project, "shared")
    assert re.match(r"\d{4}-\d\d-\d\d-chatty-LATEST-[0-9a-f]{32}\.log$", stream.name)

    client.update_function_configuration(
        FunctionName="chatty",
        LoggingConfig={"ApplicationLogLevel": "DEBUG", "SystemLogLevel": "DEBUG"},
    )
    client.get_waiter("function_updated_v2").wait(FunctionName="chatty")
    lines = tail(client, "chatty", fail=True)
    types = [json.loads(line).get("type") for line in lines if line.startswith("{")]
    assert [one for one in types if one] == [
        "platform.start",
        "platform.runtimeDone",
        "platform.report",
    ]
    assert "a text line" in lines
    report = json.loads(lines[-1])["record"]
    assert report["status"] == "error"
    lines = shown(klambda, run, "chatty").splitlines()
    assert [json.loads(line)["type"] for line in lines if "initializationType" in line] == [
        "platform.initStart",
        "platform.initRuntimeDone",
        "platform.initReport",
    ]

    client.update_function_configuration(FunctionName="chatty", LoggingConfig={"LogFormat": "Text"})
    client.get_waiter("function_updated_v2").wait(FunctionName="chatty")
    assert tail(client, "chatty")[0].startswith("START RequestId: ")


def test_logging_config_of_a_template(klambda, project):
    project.add(
        handler="misbehaving.handler",
        LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN", "LogGroup": "/my/group"},
    )
    run = klambda("start", project.template)
    client, _ = client_of(run.url())
    assert client.get_function_configuration(FunctionName="Recorder")["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "WARN",
        "LogGroup": "/my/group",
    }
    answer = client.invoke(FunctionName="Recorder", Payload=json.dumps({"do": "environment"}))
    environment = json.loads(answer["Payload"].read())
    assert environment["AWS_LAMBDA_LOG_FORMAT"] == "JSON"
    assert environment["AWS_LAMBDA_LOG_LEVEL"] == "INFO"
    assert environment["AWS_LAMBDA_LOG_GROUP_NAME"] == "/my/group"
    assert "/Recorder[$LATEST]" in environment["AWS_LAMBDA_LOG_STREAM_NAME"]
    assert tail(client, "Recorder") == []  # a success is nothing to warn about
    run.interrupt()
    run.expect_exit(130, 20)


def test_following(run, klambda, project):
    client, _ = client_of(run.url())
    create_function(client, "chatty", CHATTY)
    follower = klambda("logs", "-f", "chatty", "--port", run.port())
    for _ in range(3):
        last = tail(client, "chatty")[-1]
        wait_until(lambda: last in follower.output, lambda: f"{last} is shown:\n{follower.log()}")
    assert follower.output == shown(klambda, run, "chatty")
    # With klambda it ends, too.
    other = klambda("logs", "-f", "chatty", "--port", run.port())
    wait_until(lambda: last in other.output, "it follows")
    follower.interrupt()
    follower.expect_exit_only(-2)
    run.terminate()
    other.expect_exit_only(0)
    assert other.lines[-1] == "klambda logs: klambda has ended"


def test_mistakes(run, klambda):
    unknown = klambda("logs", "nobody", "--port", run.port())
    unknown.expect_exit_only(2)
    assert "Function not found" in unknown.lines[-1]
    gone = klambda("logs", "nobody", "--port", "1")
    gone.expect_exit_only(4)
