"""What must always hold on a real Kafka: every record seen, in order per partition, each mapping on
its own.
"""

import time

from support.program import start, wait_until
from support.project import expect_exactly_once, expect_order, trigger


def start_and_drain(klambda, project, kafka, *more):
    run = start(klambda, project, kafka, "--until-drained", "--timeout", "120s", *more)
    run.expect_exit(0, 150)
    return run


def test_ten_thousand_records_over_four_partitions(kafka, project, klambda, topic):
    project.add(triggers=[trigger(topic, batch_size=100)])
    kafka.create_topic(topic)
    values = [f"{number}" for number in range(10_000)]
    kafka.produce(topic, values)

    run = start_and_drain(klambda, project, kafka)

    events = [seen.event for seen in project.seen()]
    assert sorted(project.values(), key=int) == values
    expect_order(events)
    expect_exactly_once(events)
    assert all(sum(map(len, event["records"].values())) <= 100 for event in events)
    assert kafka.committed(topic, run.wait_for(r"as group (\S+)").group(1)) == {
        p: 2500 for p in range(4)
    }


def test_a_failing_partition_does_not_hold_up_the_others(kafka, project, klambda, topic):
    project.add(triggers=[trigger(topic, batch_size=10)], environment={"FAIL_ONCE": "1"})
    kafka.create_topic(topic)
    values = [f"{number}" for number in range(400)]  # "1" is the first record of partition 1
    kafka.produce(topic, values)

    run = start_and_drain(klambda, project, kafka, "--retry-backoff", "2s..2s")

    events = [seen.event for seen in project.seen()]
    assert sorted(project.values(), key=int) == sorted(values, key=int)
    expect_order(events)
    places = [partition for event in events for partition in event["records"]]
    first_of_failing = places.index(f"{topic}-1")
    assert places[:first_of_failing].count(f"{topic}-0") == 10, run.log()


def test_two_mappings_on_one_topic_each_see_everything(kafka, project, klambda, topic):
    project.add("First", triggers=[trigger(topic)]).add("Second", triggers=[trigger(topic)])
    kafka.create_topic(topic)
    values = [f"{number}" for number in range(500)]
    kafka.produce(topic, values)

    run = start_and_drain(klambda, project, kafka)

    for name in ("First", "Second"):
        assert sorted(project.values(name), key=int) == values
        expect_order([seen.event for seen in project.seen(name)])
    assert len(run.output.splitlines()) == 2, run.output


def test_two_topics_and_two_functions(kafka, project, klambda, topic):
    project.add("First", triggers=[trigger(f"{topic}-a")])
    project.add("Second", client="node", triggers=[trigger(f"{topic}-b")])
    for suffix in "ab":
        kafka.create_topic(f"{topic}-{suffix}")
        kafka.produce(f"{topic}-{suffix}", [f"{suffix}{number}" for number in range(200)])

    start_and_drain(klambda, project, kafka)

    for name, suffix in (("First", "a"), ("Second", "b")):
        assert sorted(project.values(name)) == sorted(f"{suffix}{number}" for number in range(200))


def test_drained_across_transaction_markers(kafka, project, klambda, topic):
    project.add(triggers=[trigger(topic)])
    kafka.create_topic(topic, partitions=1)
    kafka.transaction(topic, [f"committed {number}" for number in range(5)], 0, commit=True)
    kafka.transaction(
        topic, [f"aborted {number}" for number in range(5)], 0, commit=False
    )  # the log ends with a marker
    assert kafka.end_offsets(topic, 1) == {0: 12}

    start_and_drain(klambda, project, kafka)

    values = project.values()
    assert [value for value in values if value.startswith("committed")] == [
        f"committed {number}" for number in range(5)
    ]
    expect_order([seen.event for seen in project.seen()], gaps=True)


def test_drained_across_the_gaps_of_compaction(kafka, project, klambda, topic):
    from confluent_kafka import Producer

    project.add(triggers=[trigger(topic)])
    kafka.create_topic(
        topic,
        partitions=1,
        config={
            "cleanup.policy": "compact",
            "segment.ms": "100",
            "min.cleanable.dirty.ratio": "0.01",
            "min.compaction.lag.ms": "0",
        },
    )
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers, "linger.ms": 0})

    def produce_some():  # records of the same key, each flush in a segment that the next one closes
        producer.produce(topic, key="same", value="again", partition=0)
        assert producer.flush(30) == 0
        time.sleep(0.11)  # segment.ms: a segment closes by age, nothing else tells
        return kafka.count(topic) < kafka.end_offsets(topic, 1)[0]

    wait_until(produce_some, "compaction took records out of the log", 60)
    producer.produce(topic, key="last", value="last", partition=0)
    assert producer.flush(30) == 0

    run = start_and_drain(klambda, project, kafka)

    assert project.values()[-1] == "last"
    expect_order([seen.event for seen in project.seen()], gaps=True)
    group = run.wait_for(r"as group (\S+)").group(1)
    assert kafka.committed(topic, group, 1) == kafka.end_offsets(topic, 1)


def test_starting_positions(kafka, project, klambda, topic):
    """TRIM_HORIZON sees all, AT_TIMESTAMP what is not older, LATEST only what comes after it began
    to read.
    """
    from confluent_kafka import Producer

    # Records of 2023: the broker would drop them as soon as it looks for what is past retention.
    kafka.create_topic(topic, partitions=1, config={"retention.ms": "-1"})
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers})
    for second in range(10):
        producer.produce(
            topic, value=f"{second}", partition=0, timestamp=(1_700_000_000 + second) * 1000
        )
    assert producer.flush(30) == 0
    project.add("Horizon", triggers=[trigger(topic)])
    project.add(
        "Stamp",
        triggers=[trigger(topic, position="AT_TIMESTAMP", StartingPositionTimestamp=1_700_000_006)],
    )
    project.add("Latest", triggers=[trigger(topic, position="LATEST")])

    run = start(klambda, project, kafka)
    run.wait_for_status(
        lambda status: all(mapping["partitionsAssigned"] == 1 for mapping in status["mappings"]),
        "partitions assigned",
    )
    wait_until(
        lambda: project.count("Horizon") and project.count("Stamp"), "the old records were seen"
    )

    def latest_sees_a_new_one():  # LATEST is settled a moment after the assignment
        kafka.produce(topic, ["new"], partitions=1)
        return project.count("Latest")

    wait_until(latest_sees_a_new_one, run.log)
    run.interrupt()
    run.expect_exit(130)
    assert project.values("Horizon")[:10] == [f"{second}" for second in range(10)]
    assert project.values("Stamp")[:5] == ["6", "7", "8", "9", "new"]
    assert set(project.values("Latest")) == {"new"}


def test_a_second_run_resumes_where_the_first_one_stopped(kafka, project, klambda, topic):
    project.add(triggers=[trigger(topic)])
    kafka.create_topic(topic)
    kafka.produce(topic, [f"{number}" for number in range(100)])
    start_and_drain(klambda, project, kafka)
    kafka.produce(topic, [f"{number}" for number in range(100, 120)])
    start_and_drain(klambda, project, kafka)
    assert sorted(project.values(), key=int) == [f"{number}" for number in range(120)]

    start_and_drain(klambda, project, kafka, "--from-start")
    assert len(project.values()) == 240
