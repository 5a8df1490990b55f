"""Lambda extensions beside a real runtime: from layers and by --extension, with telemetry, failing,
slow at the end.
"""

import json
import pathlib
import shutil
import time

import pytest
from test_invoke import client_of, invoke

AGENT = pathlib.Path(__file__).parent / "extensions" / "agent.py"
HANDLER = "misbehaving.handler"


@pytest.fixture
def agents(project):
    """agents(*names): programs for --extension, each with a file of what it got."""
    kept = project.directory / "agents"
    kept.mkdir()

    def make(*names):
        flags = []
        for name in names:
            program = project.directory / name
            shutil.copy(AGENT, program)
            flags += ["--extension", program]
        return flags

    make.kept = kept
    return make


def kept_lines(agents, name):
    file = agents.kept / f"{name}.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def got(agents, name, kind):
    return [line[kind] for line in kept_lines(agents, name) if kind in line]


def serve(klambda, project, agents, *flags, mode="", timeout=5, **properties):
    variables = {"AGENT_DIR": str(agents.kept), "AGENT_MODE": mode}
    project.add(handler=HANDLER, timeout=timeout, environment=variables, **properties)
    run = klambda("start", project.template, *flags)
    return run, client_of(run)


def end(run, code=130):
    run.interrupt()
    run.expect_exit(code, 20)


def test_events_and_telemetry(klambda, project, agents):
    run, client = serve(klambda, project, agents, *agents("agent"))
    answer, error = invoke(client, {"do": "print"})
    assert error is None
    answer = client.invoke(FunctionName="Recorder", Payload="{}", LogType="Tail")
    end(run)

    assert got(agents, "agent", "function") == [
        {
            "functionName": "Recorder",
            "functionVersion": "$LATEST",
            "handler": HANDLER,
            "accountId": "000000000000",
        }
    ]
    first, second, last = got(agents, "agent", "event")
    assert first["eventType"] == second["eventType"] == "INVOKE"
    assert first["requestId"] != second["requestId"]
    assert first["invokedFunctionArn"].endswith(":function:Recorder")
    assert first["deadlineMs"] > time.time() * 1000 - 60_000
    assert last["shutdownReason"] == "SPINDOWN"

    records = got(agents, "agent", "record")
    platform = [one["type"].partition(".")[2] for one in records if "platform" in one["type"]]
    assert platform == [
        "initStart",
        "telemetrySubscription",
        "initRuntimeDone",
        "extension",
        "initReport",
        *["start", "runtimeDone", "report"] * 2,
    ]
    printed = [one["record"] for one in records if one["type"] == "function"]
    assert printed == ["printed by the handler", "and on standard error"]
    assert "the agent is ready" in [
        one["record"] for one in records if one["type"] == "extension"
    ]
    report = [one["record"] for one in records if one["type"] == "platform.report"][0]
    assert report["requestId"] == first["requestId"] and report["status"] == "success"
    assert report["metrics"]["durationMs"] > 0 and report["metrics"]["maxMemoryUsedMB"] > 1
    assert report["metrics"]["initDurationMs"] > 1 and report["metrics"]["memorySizeMB"] == 128
    spans = [span["name"] for span in report["spans"]]
    assert spans == ["responseLatency", "responseDuration", "runtimeOverhead", "extensionOverhead"]
    times = [one["time"] for one in records]
    assert times == sorted(times), "records are not in the order of their times"
    run.wait_for("agent is ready")


def test_an_extension_of_a_layer(klambda, project, agents):
    layer = project.directory / "layer" / "extensions"
    layer.mkdir(parents=True)
    shutil.copy(AGENT, layer / "layered")
    (layer / "data").mkdir()  # a folder is no extension
    project._resources["Layer"] = {
        "Type": "AWS::Serverless::LayerVersion",
        "Properties": {"ContentUri": "layer"},
    }
    run, client = serve(klambda, project, agents, Layers=[{"Ref": "Layer"}])
    assert invoke(client, {})[1] is None
    end(run)
    assert [event["eventType"] for event in got(agents, "layered", "event")] == [
        "INVOKE",
        "SHUTDOWN",
    ]


def test_eight_extensions(klambda, project, agents):
    names = [f"agent{number}" for number in range(8)]
    flags = [*agents(*names), "--max-concurrency", 1]
    run, client = serve(klambda, project, agents, *flags)
    for number in range(20):
        answer, error = invoke(client, {"n": number})
        assert error is None and answer["event"] == {"n": number}
    end(run)
    for name in names:
        events = got(agents, name, "event")
        assert [event["eventType"] for event in events] == ["INVOKE"] * 20 + ["SHUTDOWN"]


def test_a_crash_ends_the_environment_and_the_next_one_serves(klambda, project, agents):
    run, client = serve(klambda, project, agents, *agents("agent"), mode="crash")
    answer, error = invoke(client, {"do": "sleep", "seconds": 4})
    assert error == "Unhandled" and answer["errorType"] == "Extension.Crash"
    assert answer["errorMessage"].endswith(" Error: exit status 7")
    answer, _ = invoke(client, {"do": "sleep", "seconds": 4})
    assert answer["errorType"] == "Extension.Crash"
    end(run)


def test_a_slow_one_has_two_seconds_at_the_end(klambda, project, agents):
    run, client = serve(klambda, project, agents, *agents("agent"), mode="slow")
    assert invoke(client, {})[1] is None
    before = time.monotonic()
    end(run)
    assert time.monotonic() - before > 1.8
    assert got(agents, "agent", "event")[-1]["eventType"] == "SHUTDOWN"


def test_klambda_killed_leaves_no_extension(klambda, project, agents):
    run, client = serve(klambda, project, agents, *agents("agent"))
    assert invoke(client, {})[1] is None
    run.kill()
    run.expect_nothing_left()


def test_a_file_that_is_none(klambda, project, agents):
    project.add(handler=HANDLER)
    text = project.directory / "notes.txt"
    text.write_text("no program")
    run = klambda("start", project.template, "--extension", text)
    run.expect_exit(2, 30)
    assert "--extension" in run.log() and "chmod +x" in run.log()
