"""What a running klambda says of itself: health, status and batches, as pages and as commands."""

import json
import re
import urllib.error
import urllib.request

import pytest
from support.program import start, wait_until
from support.project import trigger

SLOW_HANDLER = """
import os, time
while not os.path.exists(os.environ["GO"]):
    time.sleep(0.01)
def handler(event, context):
    pass
"""


@pytest.fixture
def ask(klambda):
    """ask(run, "status", …): what the command prints, after it has ended with this code."""

    def command(run, *arguments, code=0):
        asked = klambda(*arguments, "--port", run.port())
        asked.expect_exit_only(code)
        return asked.output if code == 0 else asked.log()

    return command


def batches(ask, run, *flags):
    return json.loads(ask(run, "batches", "--output", "json", *flags))["batches"]


def health(run):
    try:
        with urllib.request.urlopen(run.url() + "/_klambda/health", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def partitions(status):
    return {each["partition"]: each for each in status["mappings"][0]["partitions"]}


def test_health_tells_when_every_function_has_started(project, klambda):
    go = project.directory / "go"
    project.add(handler="slow.handler", environment={"GO": str(go)})
    (project.directory / "Recorder" / "slow.py").write_text(SLOW_HANDLER)
    run = klambda("start", project.template)
    assert health(run) == (503, {"ready": False})
    assert run.status()["ready"] is False
    go.touch()
    wait_until(lambda: health(run) == (200, {"ready": True}), run.log, alive=run.is_running)
    assert run.status()["ready"] is True


def test_status_tells_where_each_partition_stands(project, klambda, kafka, topic, ask):
    project.add(
        handler="controlled.handler",
        triggers=[trigger(topic, batch_size=1)],  # no batch has both partitions
        environment={"POISON": "bad", "PASSWORD": "hunter2"},
    )
    kafka.create_topic(topic, partitions=2)
    kafka.produce(topic, ["good", "bad", "good", "worse"], partitions=2)
    run = start(klambda, project, kafka, "--retry-backoff", "1h")

    def stands(status):
        by_name = partitions(status)
        return (
            by_name.get(f"{topic}-0", {}).get("lag") == 0
            and by_name.get(f"{topic}-1", {}).get("batch") == "waiting"
        )

    status = run.wait_for_status(stands, "one partition is done, the other one waits")
    good, bad = partitions(status)[f"{topic}-0"], partitions(status)[f"{topic}-1"]
    assert good == {
        "partition": f"{topic}-0",
        "endOffset": 2,
        "consumedOffset": 1,
        "processedOffset": 1,
        "committedOffset": 2,
        "lag": 0,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", bad.pop("waitsUntil"))
    assert (bad["lag"], bad["consumedOffset"], bad["processedOffset"]) == (2, 0, -1)
    mapping = status["mappings"][0]
    assert (mapping["state"], mapping["sumOffsetLag"]) == ("Enabled", 2)
    assert kafka.committed(topic, mapping["group"], 2)[0] == 2
    function = status["functions"][0]
    assert function["state"] == "Active" and function["origin"] == "template"
    assert function["environments"] >= 1 and function["running"] == 0
    assert "hunter2" not in json.dumps(status)

    text = ask(run, "status")
    assert re.search(r"^klambda \S+: ready; Kafka: real, ", text), text
    assert re.search(r"^Recorder +python3.12 +Active ", text, re.M), text
    latest = "(OK|PROBLEM: Function call failed)"  # whichever partition's batch was the last
    assert re.search(rf"{topic} +Enabled +2 +2 +0 +{latest}$", text, re.M), text
    assert f"{topic}-1 is 2 behind, its batch waits until " in text, text
    printed = json.loads(ask(run, "status", "--output", "json"))
    assert printed["mappings"][0]["uuid"] == mapping["uuid"]


def test_batches_tell_what_became_of_each(project, klambda, kafka, topic, ask):
    project.add(
        handler="controlled.handler",
        triggers=[
            trigger(topic, batch_size=2, MaximumRetryAttempts=1, BisectBatchOnFunctionError=True)
        ],
        environment={"POISON": "1"},
    )
    kafka.create_topic(topic, partitions=1)
    kafka.produce(topic, [str(number) for number in range(4)], partitions=1)
    run = start(klambda, project, kafka, "--retry-backoff", "1ms")
    run.wait_for_status(lambda status: status["mappings"][0]["sumOffsetLag"] == 0, "all is done")
    wait_until(lambda: project.count() == 2, run.log, alive=run.is_running)

    whole, good, bad, rest = batches(ask, run)
    assert [each["state"] for each in (whole, good, bad, rest)] == [
        "split",
        "succeeded",
        "dropped",
        "succeeded",
    ]
    assert whole["partitions"] == [{"partition": f"{topic}-0", "firstOffset": 0, "lastOffset": 1}]
    assert (whole["records"], whole["attempt"], whole["errorType"]) == (2, 1, "ValueError")
    assert good["splitFrom"] == bad["splitFrom"] == whole["id"]
    assert (bad["attempt"], bad["condition"]) == (2, "RetryAttemptsExhausted")
    assert bad["begun"] <= bad["sent"] <= bad["ended"]
    ids = [id for each in (whole, good, bad, rest) for id in each["requestIds"]]
    assert len(set(ids)) == 5
    for id in ids:
        run.wait_for(id)

    assert batches(ask, run, "--state", "dropped") == [bad]
    assert batches(ask, run, "--function", "Recorder") == [whole, good, bad, rest]
    assert batches(ask, run, "--function", "Another") == []
    assert batches(ask, run, "--mapping", bad["uuid"], "--state", "split") == [whole]
    text = ask(run, "batches", "--state", "dropped")
    assert len(text.splitlines()) == 2, text
    assert f"{topic}-0@1 " in text and "ValueError" in text, text
    assert "There is no batch state 'gone'" in ask(run, "batches", "--state", "gone", code=2)


def test_a_batch_under_way_and_what_is_left_of_it(project, klambda, kafka, topic, ask):
    project.add(
        handler="controlled.handler",
        triggers=[trigger(topic)],
        environment={"SLEEP_SECONDS": "600"},
        timeout=900,
    )
    kafka.create_topic(topic, partitions=1)
    kafka.produce(topic, ["one"], partitions=1)
    run = start(klambda, project, kafka)
    wait_until(lambda: project.count(outcome="entered"), run.log, alive=run.is_running)
    (batch,) = batches(ask, run, "--state", "running")
    assert "ended" not in batch and batch["attempt"] == 1
    status = run.status()
    assert partitions(status)[f"{topic}-0"]["batch"] == "running"
    assert status["functions"][0]["running"] == 1
    assert status["mappings"][0]["batchesInFlight"] == 1


def test_commands_without_a_klambda_to_ask(klambda):
    for command in ("status", "batches"):
        asked = klambda(command, "--port", "1")
        asked.expect_exit_only(4)
        assert "no klambda answers at http://127.0.0.1:1" in asked.log()
