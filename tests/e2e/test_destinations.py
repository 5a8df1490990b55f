"""On-failure destinations against real receivers: moto judges our signatures, a real Kafka keeps
the failed records.
"""

import contextlib
import json
import os
import pathlib
import re
import subprocess

import pytest
from confluent_kafka import Consumer, TopicPartition
from support.aws import ACCOUNT, REGION, Moto, make_certificate

ROOT = pathlib.Path(__file__).parents[2]
SINK_PROGRAM = os.environ.get("KLAMBDA_SINK_PROGRAM") or str(
    ROOT / "build" / "default" / "tests" / "e2e" / "sink_program"
)
ANSWER_SECONDS = 30
RECORDS = [
    {"partition": 0, "offset": 100, "key": "customer 7", "value": '{"order": "Ünïcode"}'},
    {"partition": 0, "offset": 101, "key": "customer 7", "value": "{}"},
    {"partition": 3, "offset": 7, "value": "no key"},
]
DEAD_QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed-orders"


class Sink:
    """A running destination: what it says of itself, and what became of batches."""

    def __init__(self, destination, environment, directory, brokers="localhost:9092"):
        names = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self._process = subprocess.Popen(
            [SINK_PROGRAM, destination, brokers, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**names, **environment},
        )
        line = self._process.stdout.readline()
        self.refusal = None if line else self._process.stderr.read()
        self.hello = json.loads(line) if line else {}

    def send(self, records=RECORDS):
        self._process.stdin.write(json.dumps({"records": records}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        try:
            assert self._process.wait(ANSWER_SECONDS) == (2 if self.refusal else 0)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process.stderr.close()


@pytest.fixture
def sink(tmp_path):
    with contextlib.ExitStack() as open_sinks:

        def make(destination, environment=None, **more):
            one = Sink(destination, environment or {}, tmp_path, **more)
            open_sinks.callback(one.close)
            return one

        yield make


def expect_delivered(sink, records=RECORDS):
    assert sink.hello.get("check") is None, sink.hello or sink.refusal
    assert sink.send(records) == {"undelivered": 0, "problem": ""}


def expect_document(text):
    document = json.loads(text)
    assert document["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert document["KafkaBatchInfo"]["batchSize"] == 3
    info = document["KafkaBatchInfo"]["recordsInfo"]
    assert info["orders-0"]["lastRecordOffset"] == "101"
    return document


def test_sqs_gets_the_document(moto, sink):
    queue = moto.create_queue("sqs-orders")
    one = sink(queue, moto.environment())
    assert one.hello["describe"] == f"SQS queue sqs-orders at {moto.url}"
    expect_delivered(one)
    expect_delivered(one)
    bodies = moto.received(queue)
    assert len(bodies) == 2
    assert "payload" not in expect_document(bodies[0])


def test_sns_publishes_the_document(moto, sink):
    queue = moto.create_queue("sns-orders-read")
    expect_delivered(sink(moto.create_topic("sns-orders", queue), moto.environment()))
    (body,) = moto.received(queue)
    expect_document(json.loads(body)["Message"])


def test_s3_gets_the_document_with_its_payload(moto, sink):
    bucket = moto.create_bucket("s3-orders")
    expect_delivered(sink(bucket, moto.environment()))
    ((key, text),) = moto.objects(bucket).items()
    assert re.fullmatch(
        r"aws/lambda/f8a1c1f0-0000-4000-8000-000000000001/orders-0/"
        r"\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}",
        key,
    )
    payload = json.loads(expect_document(text)["payload"])
    assert [record["offset"] for record in payload["records"]["orders-0"]] == [100, 101]


def test_a_large_payload_reaches_s3_whole(moto, sink):
    bucket = moto.create_bucket("large-orders")
    records = [{"partition": 0, "offset": n, "value": "x" * 450_000} for n in range(10)]
    expect_delivered(sink(bucket, moto.environment()), records)
    (text,) = moto.objects(bucket).values()
    assert len(json.loads(text)["payload"]) > 6_000_000


@pytest.mark.parametrize("service", ["sqs", "sns", "s3"])
def test_a_wrong_key_is_refused_in_one_line_without_it(moto, sink, service):
    destination = {
        "sqs": lambda: moto.create_queue("wrong-key"),
        "sns": lambda: moto.create_topic("wrong-key", moto.create_queue("wrong-key")),
        "s3": lambda: moto.create_bucket("wrong-key"),
    }[service]()
    no_rights = moto.new_key(policy=None)
    for key in [(moto.key[0], "hunter2hunter2"), ("AKIAUNKNOWN", "hunter2hunter2"), no_rights]:
        one = sink(destination, moto.environment(key))
        answer = one.send()
        for problem in [one.hello["check"], answer["problem"]]:
            assert f"at {moto.url}: answer 403" in problem, problem
            assert "check AWS_ACCESS_KEY_ID" in problem
            assert "\n" not in problem and key[0] not in problem and key[1] not in problem
        assert answer["undelivered"] == 1


def test_what_does_not_exist_is_said_and_found_once_it_does(moto, sink):
    missing = {
        f"arn:aws:sqs:{REGION}:{ACCOUNT}:later": "create it (aws sqs create-queue",
        f"arn:aws:sns:{REGION}:{ACCOUNT}:later": "create it (aws sns create-topic",
        "arn:aws:s3:::later-orders": "create it (aws s3 mb s3://later-orders",
    }
    sinks = [sink(destination, moto.environment()) for destination in missing]
    for one, cure in zip(sinks, missing.values()):
        answer = one.send()
        assert cure in one.hello["check"] and cure in answer["problem"], (one.hello, answer)
        assert answer["undelivered"] == 1
    moto.create_topic("later", moto.create_queue("later"))
    moto.create_bucket("later-orders")
    for one in sinks:
        assert one.send() == {"undelivered": 0, "problem": ""}


def test_a_queue_that_is_made_anew_is_found_again(moto, sink):
    queue = moto.create_queue("made-anew")
    one = sink(queue, moto.environment())
    expect_delivered(one)
    sqs = moto.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="made-anew")["QueueUrl"])
    assert "does not exist" in one.send()["problem"]
    moto.create_queue("made-anew")
    expect_delivered(one)
    assert len(moto.received(queue)) == 1


def test_https_with_an_authority_of_its_own(sink, tmp_path):
    certificate = make_certificate(tmp_path)
    with Moto(tmp_path, certificate) as server:
        queue = server.create_queue("failed-orders")
        stranger = sink(queue, server.environment())
        assert "name its authority's PEM file in AWS_CA_BUNDLE" in stranger.hello["check"]
        one = sink(queue, {**server.environment(), "AWS_CA_BUNDLE": str(certificate[0])})
        expect_delivered(one)
        plain = {**server.environment(), "AWS_ENDPOINT_URL": server.url.replace("https", "http")}
        assert sink(queue, plain).hello["check"] is not None


def test_nobody_answers(sink):
    one = sink(DEAD_QUEUE, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    answer = one.send()
    assert "at http://127.0.0.1:1: nothing answers: connection refused" in one.hello["check"]
    assert answer["undelivered"] == 1 and "correct AWS_ENDPOINT_URL_SQS" in answer["problem"]


def test_aws_itself_is_never_called(sink):
    for variable in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"]:
        one = sink(DEAD_QUEUE, {variable: "https://sqs.us-east-1.amazonaws.com"})
        assert f"{variable} names AWS itself" in one.refusal


def test_without_an_endpoint_documents_are_files(sink, tmp_path):
    one = sink(DEAD_QUEUE)
    directory = tmp_path / "sqs" / "failed-orders"
    assert one.hello["describe"] == f"files in {directory} (AWS_ENDPOINT_URL_SQS is not set)"
    expect_delivered(one)
    (file,) = directory.iterdir()
    expect_document(file.read_text())


def test_kafka_gets_a_message_for_each_record_with_its_key(sink, kafka, topic):
    missing = sink(f"kafka://{topic}", brokers=kafka.bootstrap_servers)
    assert f"topic '{topic}' does not exist on {kafka.bootstrap_servers}" in missing.hello["check"]
    answer = missing.send()
    assert answer["undelivered"] == 3 and "does not exist" in answer["problem"]
    kafka.create_topic(topic, partitions=1)
    assert missing.send() == {"undelivered": 0, "problem": ""}

    consumer = Consumer({"bootstrap.servers": kafka.bootstrap_servers, "group.id": "unused"})
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        messages = consumer.consume(3, ANSWER_SECONDS)
    finally:
        consumer.close()
    assert [message.key() for message in messages] == [b"customer 7", b"customer 7", None]
    documents = [json.loads(message.value()) for message in messages]
    assert [d["KafkaBatchInfo"]["recordInfo"]["offset"] for d in documents] == ["100", "101", "7"]
    assert all(d["requestContext"]["condition"] == "RetriesExhausted" for d in documents)
    assert documents[2]["payload"]["records"]["orders-3"][0]["offset"] == 7


def test_kafka_refuses_one_document_that_is_too_large(sink, kafka, topic):
    kafka.create_topic(topic, partitions=1, config={"max.message.bytes": "5000"})
    one = sink(f"kafka://{topic}", brokers=kafka.bootstrap_servers)
    large = {"partition": 0, "offset": 8, "value": "x" * 10_000}
    answer = one.send([large])
    assert answer["undelivered"] == 1
    assert "raise the topic's max.message.bytes" in answer["problem"]
    expect_delivered(one)
