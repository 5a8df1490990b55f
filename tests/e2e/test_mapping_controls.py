"""A mapping's controls with real handlers on a real Kafka: which records come again, which are
given up, which the function never gets.
"""

import json
import sys
import time
import urllib.request

import pytest
from support.program import start, wait_until
from support.project import expect_exactly_once, expect_order, records_of, trigger

PROVISIONED = {"ProvisionedPollerConfig": {"MinimumPollers": 1, "MaximumPollers": 1}}
WEEK_SECONDS = 7 * 24 * 3600


@pytest.fixture
def setup(project, kafka, topic):
    """One function with one mapping, and its topic with these records in one partition."""

    def make(values, environment=None, timeout=10, timestamp_ms=0, function=None, **controls):
        project.add(
            handler="controlled.handler",
            triggers=[trigger(topic, **controls)],
            environment=environment,
            timeout=timeout,
            **(function or {}),
        )
        kafka.create_topic(topic, partitions=1)
        kafka.produce(topic, values, partitions=1, timestamp_ms=timestamp_ms)
        return topic

    return make


def offsets(project, outcome):
    return [
        [record["offset"] for record in records_of(seen.event)]
        for seen in project.seen(outcome=outcome)
    ]


def committed(kafka, run, topic):
    return kafka.committed(topic, run.wait_for(r"as group (\S+)").group(1), 1)


def numbers(count):
    return [f"{number}" for number in range(count)]


def advance(run, seconds):
    request = urllib.request.Request(
        run.url() + "/_klambda/advance-time",
        data=json.dumps({"seconds": seconds}).encode(),
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def test_without_controls_a_batch_is_retried_until_it_succeeds(setup, project, klambda, kafka):
    topic = setup(numbers(3), {"POISON": "1"})
    run = start(klambda, project, kafka, "--retry-backoff", "1ms..1ms")
    wait_until(lambda: project.count(outcome="failed") >= 20, run.log, alive=run.is_running)
    run.interrupt()
    run.expect_exit(130)
    assert project.count() == 0 and committed(kafka, run, topic)[0] < 0


def test_retry_limit_drops_the_batch_and_goes_on(setup, project, drain, kafka):
    topic = setup(numbers(15), {"POISON": "3"}, batch_size=5, MaximumRetryAttempts=2)
    run = drain(code=1)
    assert offsets(project, "failed") == [[0, 1, 2, 3, 4]] * 3
    assert project.values() == numbers(15)[5:]
    run.wait_for(r"5 records \(\S+@0\.\.4\) dropped for good, RetryAttemptsExhausted")
    assert "10 records" in run.output and "3 failed" in run.output, run.output
    assert "5 records dropped" in run.output and "drained" in run.output, run.output
    assert committed(kafka, run, topic) == {0: 15}


def test_bisecting_isolates_the_poison_and_the_rest_succeeds(setup, project, drain, kafka):
    topic = setup(
        numbers(40),
        {"POISON": "13,30"},
        batch_size=20,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
    )
    run = drain(code=1)
    alone = [failed for failed in offsets(project, "failed") if len(failed) == 1]
    assert alone == [[13], [13], [30], [30]], "one retry each, whatever the splits"
    assert project.values() == [value for value in numbers(40) if value not in ("13", "30")]
    assert committed(kafka, run, topic) == {0: 40}
    assert "38 records" in run.output and "2 records dropped" in run.output, run.output


@pytest.mark.parametrize("form", ["object", "flat"])
def test_partial_responses_send_only_the_rest_again(form, setup, project, drain, kafka):
    topic = setup(
        numbers(12),
        {"REPORT": "4,7", "FORM": form},
        batch_size=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        MaximumRetryAttempts=2,
    )
    run = drain(code=1)
    assert offsets(project, "partial")[:3] == [list(range(10)), *[list(range(4, 10))] * 2]
    assert {"4", "7"}.isdisjoint(project.values())
    seen = set(project.values()) | set(project.values(outcome="partial"))
    assert seen == set(numbers(12))
    assert committed(kafka, run, topic) == {0: 12}
    assert "10 records" in run.output and "2 records dropped" in run.output, run.output
    differs = [line for line in run.lines if "is not the form that AWS takes" in line]
    assert bool(differs) == (form == "flat"), run.log()


def test_partial_responses_in_a_form_that_aws_refuses(setup, project, drain):
    setup(
        numbers(4),
        {"REPORT": "2", "FORM": "flat"},
        function={"Runtime": f"python3.{sys.version_info.minor}"},  # --strict wants it as it is
        FunctionResponseTypes=["ReportBatchItemFailures"],
        MaximumRetryAttempts=1,
        SourceAccessConfigurations=[],
        **PROVISIONED,
    )
    run = drain("--strict", code=1)
    assert offsets(project, "partial") == [[0, 1, 2, 3]] * 2, "the whole batch failed"
    assert "4 records dropped" in run.output, run.output


def test_an_age_of_seven_days_in_a_second(setup, project, klambda, kafka):
    topic = setup(numbers(3), {"POISON": "0"}, MaximumRecordAgeInSeconds=WEEK_SECONDS)
    run = start(klambda, project, kafka, "--until-drained")
    wait_until(lambda: project.count(outcome="failed"), run.log, alive=run.is_running)
    advance(run, WEEK_SECONDS - 600)
    run.wait_for(r"attempt 2")
    advance(run, 700)
    run.wait_for(r"3 records .* dropped for good, RecordAgeExceeded")
    run.expect_exit(1)
    assert "3 records dropped" in run.output, run.output
    assert committed(kafka, run, topic) == {0: 3}


def test_records_that_are_too_old_are_never_sent(setup, project, drain, kafka):
    topic = setup(
        ["old"], timestamp_ms=int((time.time() - 90) * 1000), MaximumRecordAgeInSeconds=60
    )
    kafka.produce(topic, ["new"], partitions=1)
    drain(code=1)
    assert project.values() == ["new"] and project.count(outcome="entered") == 1


@pytest.mark.parametrize("how", ["scale", "advance"])
def test_time_that_passes_faster_leaves_running_handlers_alone(how, setup, project, klambda, kafka):
    setup(["one"], {"SLEEP_SECONDS": "2"}, timeout=5)
    more = ["--time-scale", "10000"] if how == "scale" else []
    run = start(klambda, project, kafka, *more)
    wait_until(lambda: project.count(outcome="entered"), run.log, alive=run.is_running)
    if how == "advance":
        advance(run, 3600)
    wait_until(project.count, run.log, alive=run.is_running)
    run.interrupt()
    run.expect_exit(130)
    assert project.count(outcome="entered") == 1, "its timeout is real time"


def test_a_window_of_five_minutes_in_a_moment(setup, project, klambda, kafka):
    setup(numbers(3), window=300)
    run = start(klambda, project, kafka, "--time-scale", "1000")
    wait_until(project.count, run.log, 10, run.is_running)
    run.interrupt()
    run.expect_exit(130)
    assert project.values() == numbers(3)


def test_filters(setup, project, drain, kafka):
    values = [json.dumps({"id": number, "kind": "ab"[number % 2]}) for number in range(50)]
    patterns = [
        {"value": {"kind": ["b"], "id": [{"numeric": [">=", 10, "<", 20]}]}},
        {"value": {"id": [42]}},
    ]
    topic = setup(
        values,
        batch_size=10,
        FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)} for pattern in patterns]},
    )
    run = drain()
    assert [json.loads(value)["id"] for value in project.values()] == [11, 13, 15, 17, 19, 42]
    assert "6 records" in run.output and "44 records filtered out" in run.output, run.output
    assert committed(kafka, run, topic) == {0: 50}


def test_nothing_but_filtered_records_is_committed_without_an_invocation(
    setup, project, drain, kafka
):
    pattern = {"value": {"kind": ["order"]}}
    topic = setup(
        ['{"kind": "noise"}'] * 1000,
        FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]},
    )
    run = drain()
    assert project.count(outcome="entered") == 0 and committed(kafka, run, topic) == {0: 1000}
    assert "1000 records filtered out" in run.output, run.output


def test_reserved_concurrency_throttles_and_loses_nothing(project, drain, kafka, topic):
    reserved = {"ReservedConcurrentExecutions": 1}
    project.add(
        handler="controlled.handler",
        triggers=[trigger(topic, batch_size=10, MaximumRetryAttempts=0)],
        environment={"SLEEP_SECONDS": "0.05"},
        **reserved,
    )
    other = trigger(f"{topic}-other", batch_size=10, MaximumRetryAttempts=0)
    project._resources["Recorder"]["Properties"]["Events"]["Other"] = other
    project.write()
    for name in (topic, f"{topic}-other"):
        kafka.create_topic(name)
        kafka.produce(name, numbers(200))
    run = drain()
    run.wait_for(r"was throttled.*tried again in")
    assert "throttled" in run.output, run.output
    assert sorted(project.values(), key=int) == sorted(numbers(200) * 2, key=int)
    assert len({seen.pid for seen in project.seen()}) == 1


def test_one_at_a_time_is_sequential(project, drain, kafka, topic):
    project.add(
        handler="controlled.handler",
        triggers=[trigger(topic, batch_size=5)],
        environment={"SLEEP_SECONDS": "0.01"},
    )
    kafka.create_topic(topic)
    kafka.produce(topic, numbers(100))
    drain("--max-concurrency", "1")
    names = sorted(path.name for path in project.seen_directory().glob("*.json"))
    outcomes = [name.split("-")[2].removesuffix(".json") for name in names]
    assert outcomes == ["entered", "ok"] * (len(outcomes) // 2)
    assert len({seen.pid for seen in project.seen()}) == 1
    events = [seen.event for seen in project.seen()]
    expect_order(events)
    expect_exactly_once(events)
