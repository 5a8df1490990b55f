"""Extensions written with the crate `lambda-extension`, in the ways of its own examples: what they
are told, in which order, and how they are ended.
"""

import datetime
import json
import shutil

import pytest
from support.builds import EXTENSIONS, Unavailable, built
from support.program import wait_until
from test_extensions import end, got, kept_lines, serve
from test_invoke import client_of, invoke


@pytest.fixture(scope="session")
def built_programs():
    try:
        return built("rust", EXTENSIONS / "rust")
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def programs(project, built_programs):
    """programs(*names): flags for --extension; what each one got is in `kept`."""

    def flags(*names):
        return [word for name in names for word in ("--extension", built_programs / name)]

    flags.kept = project.directory / "agents"
    flags.kept.mkdir()
    flags.place = built_programs
    return flags


def types_of(events):
    return [event["eventType"] for event in events]


def platform_types(records):
    return [one["type"].removeprefix("platform.") for one in records if "platform" in one["type"]]


def first_of_each(records):
    """By the platform event's name."""
    platform = [one for one in reversed(records) if "platform" in one["type"]]
    return {one["type"].removeprefix("platform."): one["record"] for one in platform}


def lines(records, kind="function"):
    return [one["record"] for one in records if one["type"] == kind]


def test_events(klambda, project, programs):
    flags = programs("basic", "counting", "at_shutdown")
    run, client = serve(klambda, project, programs, *flags)
    ids = []
    for number in range(2):
        answer = client.invoke(FunctionName="Recorder", Payload="{}")
        assert "FunctionError" not in answer
        ids.append(answer["ResponseMetadata"]["RequestId"])
    end(run)

    events = got(programs, "basic", "event")
    assert types_of(events) == ["INVOKE", "INVOKE", "SHUTDOWN"]
    assert [event["requestId"] for event in events[:2]] == ids
    for event in events[:2]:
        assert event["invokedFunctionArn"].endswith(":function:Recorder")
        assert event["tracing"]["type"] == "X-Amzn-Trace-Id"
        assert event["tracing"]["value"].startswith("Root=1-")
    assert events[0]["deadlineMs"] < events[1]["deadlineMs"] < events[2]["deadlineMs"] + 5_000
    assert events[2]["shutdownReason"] == "SPINDOWN"
    # One service takes them all.
    assert types_of(got(programs, "counting", "event")) == types_of(events)
    assert got(programs, "counting", "count") == [1, 2, 3]
    assert types_of(got(programs, "at_shutdown", "event")) == ["SHUTDOWN"]


def test_telemetry(klambda, project, programs):
    run, client = serve(klambda, project, programs, *programs("telemetry"))
    for action in ({"do": "print"}, {}):
        assert invoke(client, action)[1] is None
    end(run)

    records = got(programs, "telemetry", "record")
    assert platform_types(records) == [
        "initStart",
        "telemetrySubscription",
        "initRuntimeDone",
        "extension",
        "initReport",
        *["start", "runtimeDone", "report"] * 2,
    ]
    assert lines(records) == ["printed by the handler", "and on standard error"]
    assert lines(records, "extension") == ["telemetry is ready"]
    of = first_of_each(records)
    assert of["initStart"]["initializationType"] == "on-demand"
    assert of["initStart"]["phase"] == of["initReport"]["phase"] == "init"
    assert of["initRuntimeDone"]["status"] == "success"
    assert of["initReport"]["metrics"]["durationMs"] > 0
    subscribed = ["platform", "function", "extension"]
    assert of["telemetrySubscription"] == {
        **{"name": "telemetry", "state": "Subscribed", "types": subscribed}
    }
    assert of["extension"]["name"] == "telemetry" and of["extension"]["state"] == "Ready"
    assert of["extension"]["events"] == ["INVOKE", "SHUTDOWN"]
    assert of["start"]["version"] == "$LATEST"
    assert of["start"]["requestId"] == of["runtimeDone"]["requestId"] == of["report"]["requestId"]
    assert of["runtimeDone"]["status"] == "success"
    assert of["runtimeDone"]["metrics"]["producedBytes"] > 0
    spans = ["responseLatency", "responseDuration", "runtimeOverhead"]
    assert [span["name"] for span in of["runtimeDone"]["spans"]] == spans
    metrics = of["report"]["metrics"]
    assert metrics["memorySizeMB"] == 128 and metrics["maxMemoryUsedMB"] > 1
    assert metrics["billedDurationMs"] >= metrics["initDurationMs"] > 1
    times = [datetime.datetime.fromisoformat(one["time"]) for one in records]
    assert times == sorted(times), "records are not in the order of their times"


def test_logs(klambda, project, programs):
    run, client = serve(klambda, project, programs, *programs("logs"))
    assert invoke(client, {"do": "print"})[1] is None
    end(run)

    records = got(programs, "logs", "record")
    assert [one["type"].removeprefix("platform.") for one in records] == [
        *["logsSubscription", "extension", "start", "function", "function"],
        *["runtimeDone", "end", "report"],
    ]
    assert lines(records) == ["printed by the handler", "and on standard error"]
    of = first_of_each(records)
    subscribed = {"name": "logs", "state": "Subscribed", "types": ["platform", "function"]}
    assert of["logsSubscription"] == subscribed
    assert of["extension"]["events"] == ["INVOKE", "SHUTDOWN"]
    assert of["runtimeDone"]["status"] == "success"
    assert of["start"]["requestId"] == of["end"]["requestId"] == of["report"]["requestId"]
    assert of["report"]["memorySizeMB"] == 128


def test_a_process_that_ends_before_its_answer(klambda, project, programs):
    run, client = serve(klambda, project, programs, *programs("logs"))
    answer = client.invoke(FunctionName="Recorder", Payload='{"do": "exit", "status": 3}')
    assert json.loads(answer["Payload"].read())["errorType"] == "Runtime.ExitError"
    end(run)

    last = got(programs, "logs", "record")[-4:]
    assert [one["type"].removeprefix("platform.") for one in last] == [
        *["runtimeDone", "end", "report", "fault"]
    ]
    assert last[0]["record"]["status"] == "error"
    request_id = answer["ResponseMetadata"]["RequestId"]
    fault = f"RequestId: {request_id} Process exited before completing request"
    assert last[-1]["record"] == fault


def test_events_and_logs_in_one(klambda, project, programs):
    run, client = serve(klambda, project, programs, *programs("combined"))
    assert invoke(client, {"do": "print"})[1] is None
    end(run)

    assert types_of(got(programs, "combined", "event")) == ["INVOKE", "SHUTDOWN"]
    records = got(programs, "combined", "record")
    assert {one["type"] for one in records} == {"function"}
    assert lines(records) == ["printed by the handler", "and on standard error"]


def test_one_of_a_layer(klambda, project, programs):
    folder = project.directory / "layer" / "extensions"
    folder.mkdir(parents=True)
    shutil.copy(programs.place / "basic", folder / "layered")
    project._resources["Layer"] = {
        "Type": "AWS::Serverless::LayerVersion",
        "Properties": {"ContentUri": "layer"},
    }
    run, client = serve(klambda, project, programs, Layers=[{"Ref": "Layer"}])
    assert invoke(client, {})[1] is None
    end(run)
    assert types_of(got(programs, "layered", "event")) == ["INVOKE", "SHUTDOWN"]


def test_one_inside_the_handler(klambda, project, programs):
    project.add(client="bash", timeout=5, environment={"AGENT_DIR": str(programs.kept)})
    shutil.copy(programs.place / "bootstrap", project.directory / "Recorder" / "bootstrap")
    run = klambda("start", project.template, *programs("telemetry"), "--max-concurrency", 1)
    client = client_of(run)
    orders = [{"order": number} for number in range(3)]
    for order in orders:
        assert invoke(client, order) == (order, None)

    def reported():
        types = [one["type"] for one in got(programs, "telemetry", "record")]
        return types.count("platform.report") == len(orders)

    wait_until(reported, "the last invocation is over")
    end(run)

    # Each invocation is over when the extension has done what the handler left to it.
    kept = kept_lines(programs, "bootstrap")
    assert [next(iter(line)) for line in kept] == ["event", "flushed"] * 3 + ["signal"]
    assert [line["flushed"] for line in kept if "flushed" in line] == orders
    records = got(programs, "telemetry", "record")
    assert lines(records) == [f'handling {{"order":{number}}}' for number in range(3)]
    done, report = (
        [one["record"] for one in records if one["type"] == f"platform.{what}"]
        for what in ("runtimeDone", "report")
    )
    ids = [line["event"]["requestId"] for line in kept if "event" in line]
    assert [one["requestId"] for one in done] == [one["requestId"] for one in report] == ids
    for one in report:
        assert one["metrics"]["durationMs"] >= 300
        assert one["spans"][-1]["name"] == "extensionOverhead"
    names = [one["record"]["name"] for one in records if one["type"] == "platform.extension"]
    assert names == ["telemetry", "flusher"]


def test_the_reason_of_a_shutdown(klambda, project, programs):
    flags = programs("at_shutdown", "logs")
    run, client = serve(klambda, project, programs, *flags, timeout=1)
    assert invoke(client, {"do": "sleep", "seconds": 30})[0]["errorType"] == "Sandbox.Timedout"
    reasons = ["TIMEOUT"]
    wait_until(lambda: shutdown_reasons(programs) == reasons, lambda: shutdown_reasons(programs))
    assert invoke(client, {"do": "exit", "status": 3})[0]["errorType"] == "Runtime.ExitError"
    reasons.append("FAILURE")
    wait_until(lambda: shutdown_reasons(programs) == reasons, lambda: shutdown_reasons(programs))
    assert invoke(client, {})[1] is None
    end(run)
    assert shutdown_reasons(programs) == [*reasons, "SPINDOWN"]


def shutdown_reasons(programs):
    return [event["shutdownReason"] for event in got(programs, "at_shutdown", "event")]


def test_one_that_fails_takes_its_environment_with_it(klambda, project, programs):
    flags = programs("basic", "at_shutdown")
    run, client = serve(klambda, project, programs, *flags, mode="fail")
    answer, error = invoke(client, {"do": "sleep", "seconds": 4})
    assert error == "Unhandled" and answer["errorType"] == "Extension.Crash"
    wait_until(lambda: shutdown_reasons(programs), "the other extension is told")
    end(run)
    assert shutdown_reasons(programs) == ["FAILURE"]
    assert types_of(got(programs, "basic", "event")) == ["INVOKE"]
