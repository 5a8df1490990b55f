"""Where a mapping begins to read, what it does when the topic or its group changes, and what its
own log says of it.
"""

import json
import re

import pytest
from support.program import start, wait_until
from support.project import expect_order, trigger

SECOND_2026 = 1_767_225_600


def numbers(first, last):
    return [f"{number}" for number in range(first, last + 1)]


def group_of(run):
    return run.wait_for(r"as group (\S+)").group(1)


def stop(run):
    run.interrupt()
    run.expect_exit(130)


@pytest.mark.parametrize(
    "second, first",
    [(SECOND_2026 - 1, 0), (SECOND_2026 + 4, 4), (SECOND_2026 + 100, None)],
    ids=["before", "inside", "after"],
)
def test_at_timestamp(second, first, project, kafka, klambda, topic):
    """A timestamp before the log, inside it, and after its last record, which starts at the end."""
    kafka.create_topic(topic, partitions=1)
    for number in range(6):
        timestamp_ms = (SECOND_2026 + number) * 1000
        kafka.produce(topic, [f"{number}"], partitions=1, timestamp_ms=timestamp_ms)
    project.add(
        triggers=[trigger(topic, position="AT_TIMESTAMP", StartingPositionTimestamp=second)]
    )
    run = start(klambda, project, kafka)
    begin = 6 if first is None else first
    run.wait_for(rf"{topic}-0: from offset {begin} \(AT_TIMESTAMP 20\d\d-")
    kafka.produce(topic, ["6"], partitions=1)
    wait_until(lambda: "6" in project.values(), run.log, alive=run.is_running)
    stop(run)
    assert project.values() == numbers(begin, 6)


def test_partitions_that_are_added_are_picked_up(project, kafka, klambda, topic):
    kafka.create_topic(topic, partitions=1)
    kafka.produce(topic, ["0"], partitions=1)
    project.add(triggers=[trigger(topic)])
    run = start(klambda, project, kafka)
    wait_until(project.count, run.log, alive=run.is_running)
    kafka.add_partitions(topic, 3)
    kafka.produce(topic, numbers(1, 9), partitions=3)
    wait_until(lambda: len(project.values()) == 10, run.log, alive=run.is_running)
    for partition in (1, 2):
        run.wait_for(rf"{topic}-{partition}: from offset 0 \(TRIM_HORIZON\)")
    stop(run)
    assert sorted(project.values()) == numbers(0, 9)
    assert kafka.committed(topic, group_of(run), 3) == {0: 4, 1: 3, 2: 3}


@pytest.mark.parametrize(
    "position, seen",
    [("TRIM_HORIZON", numbers(40, 60)), ("LATEST", ["60"])],
)
def test_offsets_that_retention_removed(position, seen, project, kafka, klambda, topic):
    """The committed offset is not in the log any more: the starting position decides."""
    kafka.create_topic(topic, partitions=1)
    project.add(triggers=[trigger(topic, group=topic, position=position)])
    kafka.produce(topic, numbers(0, 9), partitions=1)
    with kafka.member(topic, topic) as values:  # commits offset 10 as it leaves
        wait_until(lambda: len(values) == 10, "the group has read")
    assert kafka.committed(topic, topic, 1) == {0: 10}
    kafka.produce(topic, numbers(10, 59), partitions=1)
    kafka.delete_records(topic, 40)
    run = start(klambda, project, kafka)
    run.wait_for(
        rf"{topic}-0: the committed offset 10 is outside the log \(40 to 60\): starts at "
        rf"{40 if position == 'TRIM_HORIZON' else 60} \({position}\)"
    )
    run.wait_for(rf"{topic}-0: from offset")
    kafka.produce(topic, ["60"], partitions=1)
    wait_until(lambda: "60" in project.values(), run.log, alive=run.is_running)
    stop(run)
    assert project.values() == seen


def test_a_group_shared_with_another_consumer(project, kafka, klambda, topic):
    kafka.create_topic(topic)
    project.add(triggers=[trigger(topic, group=topic, batch_size=10)])
    run = start(klambda, project, kafka)
    mapping = lambda status: status["mappings"][0]  # noqa: E731
    run.wait_for_status(lambda status: mapping(status)["partitionsAssigned"] == 4, "all of it")
    with kafka.member(topic, topic) as values:
        run.wait_for_status(lambda status: mapping(status)["partitionsAssigned"] == 2, "half of it")
        kafka.produce(topic, numbers(0, 99))
        wait_until(lambda: len(values) + len(project.values()) >= 100, run.log, 60)
        assert len(values) == 50 and sorted([*values, *project.values()], key=int) == numbers(0, 99)
    run.wait_for_status(lambda status: mapping(status)["partitionsAssigned"] == 4, "all again", 60)
    kafka.produce(topic, numbers(100, 139))
    wait_until(lambda: len(project.values()) >= 90, run.log, alive=run.is_running)
    stop(run)
    assert set(project.values()) >= set(numbers(100, 139)), "nothing is lost"
    assert kafka.committed(topic, topic) == kafka.end_offsets(topic)


def system_log(run):
    found = [re.search(r"\] (\{\"eventType\".*\})$", line) for line in run.lines]
    return [json.loads(match.group(1)) for match in found if match]


def test_the_mappings_own_log_at_debug(project, kafka, drain, topic):
    kafka.create_topic(topic, partitions=2)
    kafka.produce(topic, numbers(0, 9), partitions=2)
    project.add(
        handler="controlled.handler",
        triggers=[trigger(topic)],
        environment={"SLEEP_SECONDS": "0.2"},
    )
    run = drain("--esm-log-level", "debug", "--fault", "commit-fails", "--time-scale", "600")
    events = system_log(run)
    kinds = {event["eventType"]: event for event in events}
    assert set(kinds) == {"POLLER_STATUS_EVENT", "KAFKA_STATUS_EVENT", "ESM_PROCESSING_EVENT"}
    uuid = group_of(run)
    for event in events:
        assert event["resourceArn"].endswith(f":event-source-mapping:{uuid}")
        assert event["eventProcessorId"] == f"{uuid}/0" and event["timestamp"] > 0
    connection = next(
        event["kafkaEventSourceConnection"]
        for event in events
        if event["eventType"] == "POLLER_STATUS_EVENT"
    )
    assert connection["assignedPartitions"] == [f"{topic}-0", f"{topic}-1"]
    assert connection["totalPartitionCount"] == 2 and connection["consumerGroupId"] == uuid
    assert kinds["KAFKA_STATUS_EVENT"]["kafkaPartitionOffsets"]["endOffset"] == 5
    assert "commit" in kinds["ESM_PROCESSING_EVENT"]["error"]["errorMessage"]


@pytest.mark.parametrize(
    "level, kinds",
    [
        ("info", {"POLLER_STATUS_EVENT", "ESM_PROCESSING_EVENT"}),
        ("warn", {"ESM_PROCESSING_EVENT"}),
        ("off", set()),
    ],
)
def test_the_mappings_own_log_at_other_levels(level, kinds, project, kafka, drain, topic):
    kafka.create_topic(topic, partitions=1)
    kafka.produce(topic, ["0"], partitions=1)
    project.add(triggers=[trigger(topic, LoggingConfig={"SystemLogLevel": "DEBUG"})])
    run = drain("--esm-log-level", level, "--fault", "commit-fails")
    assert {event["eventType"] for event in system_log(run)} == kinds


def test_pollers_share_the_partitions(project, kafka, klambda, topic):
    kafka.create_topic(topic)
    provisioned = {"ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 2}}
    project.add(triggers=[trigger(topic, batch_size=10, **provisioned)])
    kafka.produce(topic, numbers(0, 199))
    run = start(klambda, project, kafka)
    wait_until(lambda: len(set(project.values())) == 200, run.log, alive=run.is_running)
    status = run.wait_for_status(
        lambda status: status["mappings"][0]["partitionsAssigned"] == 4, "all partitions assigned"
    )
    assert status["mappings"][0]["pollers"] == 2
    stop(run)
    expect_order([seen.event for seen in project.seen()])
    assert kafka.committed(topic, group_of(run)) == kafka.end_offsets(topic)
