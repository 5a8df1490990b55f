"""Event source mappings through the Lambda API, with boto3 and a real Kafka."""

import pytest
from botocore.exceptions import ClientError
from support.api import client_of, mapping_of, wait_for_mapping
from support.program import start, wait_until
from support.project import decoded, records_of, trigger

FUNCTION = "Recorder"


@pytest.fixture
def api(project, klambda):
    """A klambda with one function that records what it gets, and a client of its API."""
    project.add(FUNCTION, client="python")
    run = klambda("start", project.template)
    client, _ = client_of(run.url())
    return client, run


def seen_values(project):
    return sorted(project.values(FUNCTION))


def batches(project):
    return [[decoded(record) for record in records_of(one.event)] for one in project.seen(FUNCTION)]


def error_of(operation, **parameters):
    with pytest.raises(ClientError) as caught:
        operation(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_the_life_of_a_mapping(api, project, kafka, topic):
    client, _ = api
    kafka.create_topic(topic, partitions=2)
    kafka.produce(topic, ["a", "b", "c", "d"], partitions=2)
    made = client.create_event_source_mapping(
        **mapping_of(topic, kafka.bootstrap_servers, FUNCTION)
    )
    uuid = made["UUID"]
    assert (made["State"], made["LastProcessingResult"]) == ("Creating", "No records processed")
    assert made["SelfManagedKafkaEventSourceConfig"]["ConsumerGroupId"] == uuid
    assert wait_for_mapping(client, uuid, "Enabled")["StateTransitionReason"] == "USER_INITIATED"
    wait_until(lambda: seen_values(project) == ["a", "b", "c", "d"], "all records arrive")
    wait_until(
        lambda: client.get_event_source_mapping(UUID=uuid)["LastProcessingResult"] == "OK",
        "the result is OK",
    )

    updated = client.update_event_source_mapping(UUID=uuid, BatchSize=1)
    assert (updated["State"], updated["BatchSize"]) == ("Updating", 1)
    wait_for_mapping(client, uuid, "Enabled")
    kafka.produce(topic, ["e", "f"], partitions=1)
    wait_until(lambda: len(seen_values(project)) == 6, "the updated mapping goes on")
    assert [batch for batch in batches(project) if batch[0] in "ef"] == [["e"], ["f"]]

    assert client.update_event_source_mapping(UUID=uuid, Enabled=False)["State"] == "Disabling"
    wait_for_mapping(client, uuid, "Disabled")
    assert kafka.committed(topic, uuid, 2) == {0: 4, 1: 2}
    assert kafka.members(uuid) == 0
    kafka.produce(topic, ["g"], partitions=1)
    assert client.update_event_source_mapping(UUID=uuid, Enabled=True)["State"] == "Enabling"
    wait_for_mapping(client, uuid, "Enabled")
    wait_until(lambda: "g" in seen_values(project), "it resumes where it stopped")
    assert seen_values(project) == ["a", "b", "c", "d", "e", "f", "g"]
    assert kafka.members(uuid) == 1

    assert client.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    wait_for_mapping(client, uuid, "gone")
    assert kafka.members(uuid) == 0


def test_a_mapping_whose_brokers_are_down_can_be_deleted(api, topic):
    client, run = api
    made = client.create_event_source_mapping(**mapping_of(topic, "127.0.0.1:1", FUNCTION))
    wait_for_mapping(client, made["UUID"], "Enabled")
    problem = client.get_event_source_mapping(UUID=made["UUID"])["LastProcessingResult"]
    assert problem.startswith("PROBLEM: Connection error."), problem
    client.delete_event_source_mapping(UUID=made["UUID"])
    wait_for_mapping(client, made["UUID"], "gone", seconds=20)
    run.interrupt()


def test_errors(api, kafka, topic):
    client, _ = api
    good = mapping_of(topic, kafka.bootstrap_servers, FUNCTION, Enabled=False)
    create = client.create_event_source_mapping
    made = create(**good)
    code, message = error_of(create, **good)
    assert code == "ResourceConflictException"
    assert message.endswith(
        f'topics ("{topic}") already exists. Please update or delete the existing mapping with '
        f"UUID {made['UUID']}"
    )
    assert error_of(create, **{**good, "FunctionName": "nobody"}) == (
        "InvalidParameterValueException",
        "Function does not exist",
    )
    far = {**good, "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["a.b:1"]}}}
    code, message = error_of(create, **far)
    assert code == "InvalidParameterValueException" and "--allow-remote-brokers" in message
    assert error_of(client.get_event_source_mapping, UUID="0" * 36) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )


def test_lists(api, kafka, topic):
    client, _ = api
    uuids = [
        client.create_event_source_mapping(
            **mapping_of(f"{topic}-{i}", kafka.bootstrap_servers, FUNCTION, Enabled=False)
        )["UUID"]
        for i in range(5)
    ]
    pages = client.get_paginator("list_event_source_mappings").paginate(
        FunctionName=FUNCTION, PaginationConfig={"PageSize": 2}
    )
    pages = [[each["UUID"] for each in page["EventSourceMappings"]] for page in pages]
    assert pages == [uuids[:2], uuids[2:4], uuids[4:]]


def test_a_mapping_of_the_template_can_be_changed(project, klambda, kafka, topic):
    project.add(FUNCTION, client="python", triggers=[trigger(topic, batch_size=10)])
    kafka.create_topic(topic, partitions=1)
    run = start(klambda, project, kafka)
    client, _ = client_of(run.url())
    [listed] = client.list_event_source_mappings()["EventSourceMappings"]
    assert (listed["BatchSize"], listed["Topics"]) == (10, [topic])
    wait_for_mapping(client, listed["UUID"], "Enabled")
    client.update_event_source_mapping(UUID=listed["UUID"], BatchSize=1)
    wait_for_mapping(client, listed["UUID"], "Enabled")
    kafka.produce(topic, ["a", "b"], partitions=1)
    wait_until(lambda: seen_values(project) == ["a", "b"], "both arrive")
    assert batches(project) == [["a"], ["b"]]


def test_embedded_brokers_are_started_at_first_need(api, project, klambda, topic):
    client, run = api
    made = client.create_event_source_mapping(
        FunctionName=FUNCTION,
        Topics=[topic],
        EventSourceArn="arn:aws:kafka:us-east-1:000000000000:cluster/local/1-1",
    )
    wait_for_mapping(client, made["UUID"], "Enabled")
    klambda("produce", topic, "--value", "a", "--port", run.port()).expect_exit_only(0)
    wait_until(lambda: seen_values(project) == ["a"], "the record arrives")
