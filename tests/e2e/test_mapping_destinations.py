"""What the function never managed reaches the mapping's destination: from a real handler's failure
to the document at a real receiver.
"""

import json
import os

import pytest
from kafka import Kafka, free_port
from support.aws import ACCOUNT, REGION
from support.clients import Clients
from support.program import environment_for, said, start, wait_until
from support.project import records_of, trigger

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed"


def on_failure(destination):
    return {"DestinationConfig": {"OnFailure": {"Destination": destination}}}


def without_aws(mark, **more):
    """Nothing of the machine's own AWS configuration, but what is given."""
    names = environment_for(mark, **more)
    return {
        name: value
        for name, value in names.items()
        if not name.startswith("AWS_") or name in more
    }


@pytest.fixture
def failing(project, kafka, topic):
    """A mapping of ten records in two batches, of which the first one always fails."""

    def make(destination, **more):
        project.add(
            handler="controlled.handler",
            triggers=[
                trigger(
                    topic,
                    batch_size=5,
                    MaximumRetryAttempts=1,
                    **on_failure(destination),
                    **more,
                )
            ],
            environment={"POISON": "3"},
        )
        kafka.create_topic(topic, partitions=1)
        kafka.produce(topic, [f"{n}" for n in range(10)], partitions=1, key="customer 7")
        return topic

    return make


def expect_given_up(run, project, kafka, topic, to):
    assert project.values() == ["5", "6", "7", "8", "9"]
    assert project.count(outcome="failed") == 2
    assert f"5 records given up to {to}" in run.output, run.output
    assert "dropped" not in run.output and "drained" in run.output, run.output
    group = run.wait_for(r"as group (\S+)").group(1)
    assert kafka.committed(topic, group, 1) == {0: 10}


def expect_document(document, topic, condition="RetryAttemptsExhausted"):
    context = document["requestContext"]
    assert context["condition"] == condition and context["approximateInvokeCount"] == 2
    assert context["functionArn"].startswith("arn:aws:lambda:us-east-1:000000000000:function:")
    assert document["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    info = document["KafkaBatchInfo"]
    if condition == "RetryAttemptsExhausted":
        assert info["batchSize"] == 5
        offsets = info["recordsInfo"][f"{topic}-0"]
        assert (offsets["firstRecordOffset"], offsets["lastRecordOffset"]) == ("0", "4")
    return document


def test_kafka_topic(failing, project, drain, kafka):
    topic = failing("kafka://" + (failed := f"failed-{os.urandom(4).hex()}"))
    kafka.create_topic(failed, partitions=1)
    run = drain(code=1)
    expect_given_up(run, project, kafka, topic, f"kafka://{failed}")
    run.wait_for(rf"are given up go to Kafka topic {failed} on {kafka.bootstrap_servers}")
    messages = kafka.records(failed, 5)
    assert {message.key() for message in messages} == {b"customer 7"}
    for offset, message in enumerate(messages):
        document = expect_document(json.loads(message.value()), topic, "RetriesExhausted")
        assert document["KafkaBatchInfo"]["recordInfo"]["offset"] == f"{offset}"
        (record,) = records_of(document["payload"])
        assert (record["topic"], record["offset"]) == (topic, offset)
    assert kafka.end_offsets(failed, 1) == {0: 5}


@pytest.mark.parametrize("service", ["sqs", "sns", "s3"])
def test_aws_services(service, failing, project, drain, kafka, moto):
    name = f"failed-{os.urandom(4).hex()}"
    queue = moto.create_queue(name)
    destination = {
        "sqs": lambda: queue,
        "sns": lambda: moto.create_topic(name, queue),
        "s3": lambda: moto.create_bucket(name),
    }[service]()
    topic = failing(destination)
    run = drain(code=1, environment=without_aws(project.mark, **moto.environment()))
    expect_given_up(run, project, kafka, topic, destination)
    run.wait_for(rf"records that are given up go to \w+ \w+ {name} at {moto.url}")
    if service == "s3":
        ((key, text),) = moto.objects(destination).items()
        assert key.startswith("aws/lambda/") and f"/{topic}-0/" in key
        payload = json.loads(expect_document(json.loads(text), topic)["payload"])
        assert [record["offset"] for record in records_of(payload)] == [0, 1, 2, 3, 4]
        return
    (body,) = moto.received(queue)
    expect_document(json.loads(json.loads(body)["Message"] if service == "sns" else body), topic)


def test_files_beside_the_template_without_an_endpoint(failing, project, klambda, kafka, tmp_path):
    topic = failing(QUEUE)
    elsewhere = project.directory / "elsewhere"
    elsewhere.mkdir()
    run = start(
        klambda,
        project,
        kafka,
        "--until-drained",
        directory=elsewhere,
        environment=without_aws(project.mark),
    )
    run.expect_exit(1)
    expect_given_up(run, project, kafka, topic, QUEUE)
    directory = project.directory / ".klambda" / "destinations" / "sqs" / "failed"
    run.wait_for(rf"records that are given up go to files in {directory} \(AWS_ENDPOINT_URL_SQS is")
    (file,) = directory.iterdir()
    expect_document(json.loads(file.read_text()), topic)


def test_a_key_that_is_refused_is_said_at_the_start(failing, project, klambda, kafka, moto):
    failing(moto.create_queue(f"failed-{os.urandom(4).hex()}"))
    wrong = moto.environment((moto.key[0], "hunter2hunter2"))
    run = start(
        klambda,
        project,
        kafka,
        environment=without_aws(project.mark, **wrong),
    )
    said(run, 2, "template.yaml:", "answer 403", "check AWS_ACCESS_KEY_ID")
    assert "hunter2" not in run.log()


def test_a_destination_that_vanishes_holds_nobody_for_ever(failing, project, klambda, kafka, moto):
    queue = moto.create_queue(name := f"failed-{os.urandom(4).hex()}")
    topic = failing(queue)
    project._resources["Recorder"]["Properties"]["Environment"]["Variables"]["SLEEP_SECONDS"] = "1"
    project.write()
    run = start(
        klambda,
        project,
        kafka,
        "--until-drained",
        "--retry-backoff",
        "20ms..100ms",
        environment=without_aws(project.mark, **moto.environment()),
    )
    wait_until(lambda: project.count(outcome="entered"), run.log, alive=run.is_running)
    sqs = moto.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])
    run.expect_exit(1)
    run.wait_for(r"were not delivered: .* does not exist.*; tried again in")
    run.wait_for(r"5 records \(\S+@0\.\.4\) dropped for good, Retry.*: .* failed 5 times")
    assert "5 records dropped" in run.output, run.output
    assert project.values() == ["5", "6", "7", "8", "9"]
    group = run.wait_for(r"as group (\S+)").group(1)
    assert kafka.committed(topic, group, 1) == {0: 10}


def test_brokers_of_a_kafka_destination_may_come_later(project, klambda, topic):
    project.add(
        handler="controlled.handler",
        triggers=[
            trigger(topic, MaximumRetryAttempts=0, **on_failure(f"kafka://{topic}-failed"))
        ],
        environment={"POISON": "one"},
    )
    broker = Kafka()
    run = start(klambda, project, broker)
    run.wait_for(r"on-failure destination .* cannot reach Kafka .* not known whether the topic")
    with broker:
        kafka = Clients(broker.bootstrap_servers)
        kafka.create_topic(f"{topic}-failed", partitions=1)
        kafka.create_topic(topic, partitions=1)
        kafka.produce(topic, ["one"], partitions=1)
        (message,) = kafka.records(f"{topic}-failed", 1)
        assert json.loads(message.value())["requestContext"]["condition"] == "RetriesExhausted"
        run.interrupt()
        run.expect_exit(130)


def test_unreachable_endpoint(project, klambda, topic):
    project.add(triggers=[trigger(topic, **on_failure(QUEUE))])
    url = f"http://127.0.0.1:{free_port()}"
    environment = without_aws(project.mark, AWS_ENDPOINT_URL=url)
    run = klambda("start", project.template, "--kafka", "embedded", environment=environment)
    said(run, 4, "template.yaml:", f"at {url}", "connection refused", "AWS_ENDPOINT_URL_SQS")


def test_missing_destination_topic(project, klambda, kafka, topic):
    project.add(triggers=[trigger(topic, **on_failure(f"kafka://{topic}-failed"))])
    kafka.create_topic(topic)
    run = start(klambda, project, kafka)
    said(run, 2, "template.yaml:", f"topic '{topic}-failed' does not exist", "create it")
