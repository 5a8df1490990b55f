"""Every runtime interface client, on the embedded and on a real Kafka: all records seen, a failing
batch comes again.
"""

import os

import pytest
from support.program import start
from support.project import expect_exactly_once, expect_order, trigger

RECORDS = 40
POISON = "record 17"
OFFICIAL_NODE = pytest.param(
    "official-node",
    marks=pytest.mark.skipif(
        os.environ.get("KLAMBDA_SKIP_OFFICIAL_NODE") == "1", reason="KLAMBDA_SKIP_OFFICIAL_NODE=1"
    ),
)


@pytest.fixture(params=["embedded", "real"])
def cluster(request):
    return None if request.param == "embedded" else request.getfixturevalue("kafka")


@pytest.mark.parametrize("client", ["python", "node", OFFICIAL_NODE, "bash"])
def test_records_reach_the_handler(client, cluster, project, klambda, topic):
    project.add(
        client=client, triggers=[trigger(topic, batch_size=5)], environment={"FAIL_ONCE": POISON}
    )
    values = [f"record {number}" for number in range(RECORDS)]
    if cluster is None:
        where = ["--kafka", "embedded", "--produce", f"{topic}={project.file_of(values)}"]
    else:
        cluster.create_topic(topic)
        cluster.produce(topic, values)
        where = ["--kafka", cluster.bootstrap_servers]

    run = klambda("start", project.template, *where, "--until-drained", "--timeout", "60s")
    run.expect_exit(0, 90)

    seen = [seen.event for seen in project.seen()]
    assert sorted(project.values()) == sorted(values), run.log()
    expect_order(seen)
    expect_exactly_once(seen)
    assert all(len(records) <= 5 for event in seen for records in event["records"].values())
    assert [POISON in project.values(outcome="failed")] == [
        True
    ], "the poisoned batch was to fail once"
    assert "drained" in run.output and f"{RECORDS} records" in run.output, run.output

    clients = [file.read_text() for file in project.seen_directory().glob("client-*.txt")]
    if client == "official-node":
        assert clients and all("aws-lambda-ric" in one for one in clients), clients
    if client == "node":
        assert clients and not any("aws-lambda-ric" in one for one in clients), clients
    if cluster is not None:
        committed = cluster.committed(topic, run.wait_for(r"as group (\S+)").group(1))
        assert committed == cluster.end_offsets(topic)


def test_the_event_is_what_lambda_sends(kafka, project, klambda, topic):
    from confluent_kafka import Producer

    project.add(triggers=[trigger(topic)])
    kafka.create_topic(topic, partitions=1)
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers})
    producer.produce(
        topic,
        key=b"k\xff",
        value="grüße".encode(),
        headers=[("h", b"\x00\xff"), ("h", b"")],
        timestamp=1700000000123,
    )
    producer.produce(topic, key=None, value=None)
    assert producer.flush(30) == 0

    start(klambda, project, kafka, "--until-drained").expect_exit(0)

    (event,) = [seen.event for seen in project.seen()]
    assert event["eventSource"] == "SelfManagedKafka" and "eventSourceArn" not in event
    assert event["bootstrapServers"] == kafka.bootstrap_servers
    first, tombstone = event["records"][f"{topic}-0"]
    assert first == {
        "topic": topic,
        "partition": 0,
        "offset": 0,
        "timestamp": 1700000000123,
        "timestampType": "CREATE_TIME",
        "key": "a/8=",
        "value": "Z3LDvMOfZQ==",
        "headers": [{"h": [0, -1]}, {"h": []}],
    }
    assert tombstone["offset"] == 1 and not tombstone.get("key") and not tombstone.get("value")
    assert tombstone["headers"] == []
