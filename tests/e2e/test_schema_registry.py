"""Mappings with a schema registry: what the official clients write reaches the handler as they read
it, failures go where AWS sends them, and a registry that is away loses nothing.
"""

import base64
import json

import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from support.program import start, wait_until
from support.project import records_of, trigger
from support.registry import Front
from support.schemas import (
    PROTO,
    context_of,
    decodes,
    order,
    payload,
    pollers,
    protobuf_messages,
    record_of,
    seen,
    serializers,
)


@pytest.mark.parametrize("form", ["AVRO", "JSON"])
def test_what_the_official_clients_write(form, apicurio, client, kafka, project, topic, drain):
    serialize, deserialize = serializers(client, form)
    context = context_of(topic)
    values = [order(number) if form == "AVRO" else {"id": number} for number in range(8)]
    data = [serialize(value, context) for value in values]
    kafka.create_topic(topic)
    kafka.produce(topic, data, key=data[0])
    below_six = {"Filters": [{"Pattern": '{"value":{"id":[{"numeric":["<",6]}]}}'}]}
    project.add(
        triggers=[
            trigger(
                topic,
                FilterCriteria=below_six,
                **decodes(apicurio.url, key=True),
                **pollers(),
            )
        ]
    )
    drain()
    records = sorted(seen(project), key=lambda record: json.loads(payload(record))["id"])
    assert [json.loads(payload(record)) for record in records] == [
        deserialize(each, context) for each in data[:6]
    ]
    metadata = {"dataFormat": form, "schemaId": str(int.from_bytes(data[0][1:5], "big"))}
    for record in records:
        assert record["valueSchemaMetadata"] == record["keySchemaMetadata"] == metadata
        assert json.loads(payload(record, "key")) == deserialize(data[0], context)


def test_protobuf_messages_and_nested_ones(apicurio, client, kafka, project, topic, drain):
    whole, line = protobuf_messages()
    # As text, which every registry takes, and not as the serializer's own descriptor.
    client.register_schema(f"{topic}-value", Schema(PROTO, "PROTOBUF"))
    identity = client.get_latest_version(f"{topic}-value").schema_id.to_bytes(4, "big")
    order_bytes = whole(order_id=7, lines=[line(unit_price=2.5)]).SerializeToString()
    line_bytes = line(unit_price=1.25).SerializeToString()
    kafka.create_topic(topic, partitions=1)
    kafka.produce(
        topic,
        # Message indexes: [0] is written as a zero alone, [0, 0] as their number and each of them.
        [b"\0" + identity + b"\0" + order_bytes, b"\0" + identity + b"\x04\0\0" + line_bytes],
        partitions=1,
    )
    project.add(triggers=[trigger(topic, **decodes(apicurio.url), **pollers())])
    drain()
    records = seen(project)
    # Field names as in the schema; 64-bit integers as the official JSON form of Protobuf has them.
    first, second = (json.loads(payload(record)) for record in records)
    assert int(first["order_id"]) == 7 and first["lines"] == [{"unit_price": 2.5}]
    assert second == {"unit_price": 1.25}
    assert records[0]["valueSchemaMetadata"]["dataFormat"] == "PROTOBUF"


def test_protobuf_of_the_official_serializer(apicurio, client, kafka, project, topic, drain):
    whole, line = protobuf_messages()
    serialize = ProtobufSerializer(whole, client)
    data = serialize(
        whole(order_id=7, lines=[line(unit_price=2.5)]),
        context_of(topic),
    )
    kafka.create_topic(topic)
    kafka.produce(topic, [data])
    project.add(triggers=[trigger(topic, **decodes(apicurio.url), **pollers())])
    drain()
    (record,) = seen(project)
    assert json.loads(payload(record))["lines"] == [{"unit_price": 2.5}]


def test_run_decodes_values_by_the_registry_of_its_flags(
    apicurio, client, kafka, project, topic, klambda
):
    serialize, _ = serializers(client, "AVRO")
    kafka.create_topic(topic)
    kafka.produce(topic, [serialize(order(1), context_of(topic))])
    project.add()
    arguments = ("run", "--topic", topic, "--code", project.directory / "Recorder")
    flags = ("--handler", "recorder.handler", "--kafka", kafka.bootstrap_servers, "--until-drained")
    seen_at = {"SEEN_DIR": str(project.seen_directory())}
    variables = [part for name, value in seen_at.items() for part in ("--env", f"{name}={value}")]
    strict = klambda(*arguments, *flags, *variables, "--registry", apicurio.url, "--strict")
    strict.expect_exit(2)
    assert "--pollers" in strict.log()
    run = klambda(*arguments, *flags, *variables, "--registry", apicurio.url)
    run.expect_exit(0, 60)
    (record,) = seen(project)
    assert json.loads(payload(record)) == order(1)


def test_source_output_is_what_the_serializer_wrote(apicurio, client, kafka, project, topic, drain):
    serialize, _ = serializers(client, "AVRO")
    data = serialize(order(1), context_of(topic))
    kafka.create_topic(topic)
    kafka.produce(topic, [data], key="plain")
    project.add(triggers=[trigger(topic, **decodes(apicurio.url, "SOURCE"), **pollers())])
    drain()
    (record,) = seen(project)
    assert payload(record) == data[5:]
    assert record["valueSchemaMetadata"]["dataFormat"] == "AVRO"
    assert payload(record, "key") == b"plain" and "keySchemaMetadata" not in record


def test_references_are_resolved(apicurio, client, kafka, project, topic, drain):
    money = record_of("Money", [{"name": "cents", "type": "int"}])
    uses = record_of("Sale", [{"name": "total", "type": "com.acme.Money"}])
    subject = f"money-{topic}"
    client.register_schema(subject, Schema(json.dumps(money), "AVRO"))
    version = client.get_latest_version(subject).version
    schema = Schema(json.dumps(uses), "AVRO", [SchemaReference("com.acme.Money", subject, version)])
    serialize = AvroSerializer(client, schema)
    value = {"total": {"cents": 42}}
    kafka.create_topic(topic)
    kafka.produce(topic, [serialize(value, context_of(topic))])
    project.add(triggers=[trigger(topic, **decodes(apicurio.url), **pollers())])
    drain()
    (record,) = seen(project)
    assert json.loads(payload(record)) == value


def broken(client, topic):
    """A good record, one of an unknown schema, one whose bytes end early, one without a frame."""
    serialize, _ = serializers(client, "AVRO")
    good = serialize(order(1), context_of(topic))
    return [good, b"\x00\x7f\xff\xff\xffxyz", good[:-4], b'{"id": 1}', good]


def test_failures_go_to_the_destination(apicurio, client, kafka, project, topic, drain):
    failed = f"{topic}-failed"
    for name in (topic, failed):
        kafka.create_topic(name, partitions=1)
    data = broken(client, topic)
    kafka.produce(topic, data, partitions=1, key="k")
    project.add(
        triggers=[
            trigger(
                topic,
                DestinationConfig={"OnFailure": {"Destination": f"kafka://{failed}"}},
                **decodes(apicurio.url),
                **pollers(),
            )
        ]
    )
    run = drain(code=1)
    assert [record["offset"] for record in seen(project)] == [0, 4]
    messages = kafka.records(failed, 3)
    documents = [json.loads(message.value()) for message in messages]
    assert [each["requestContext"]["condition"] for each in documents] == [
        "SCHEMA_NOT_FOUND",
        "DESERIALIZATION_ERROR",
        "DESERIALIZATION_ERROR",
    ], run.log()
    assert all(message.key() == b"k" for message in messages)
    for document, sent in zip(documents, data[1:4]):
        (record,) = records_of(document["payload"])
        assert base64.b64decode(record["value"]) == sent
        assert document["requestContext"]["approximateInvokeCount"] == 0


def test_failures_without_a_destination_are_dropped_and_counted(
    apicurio, client, kafka, project, topic, klambda
):
    kafka.create_topic(topic, partitions=1)
    kafka.produce(topic, broken(client, topic), partitions=1)
    project.add(triggers=[trigger(topic, **decodes(apicurio.url), **pollers())])
    run = start(klambda, project, kafka)
    wait_until(lambda: len(seen(project)) == 2, run.log, alive=run.is_running)
    (mapping,) = run.status()["mappings"]
    assert mapping["counts"]["DroppedEventCount"] == 3
    assert mapping["counts"]["SchemaRegistryErrorCount"] == 3


def test_a_registry_that_is_away_loses_nothing(apicurio, client, kafka, project, topic, klambda):
    serialize, _ = serializers(client, "AVRO")
    context = context_of(topic)
    kafka.create_topic(topic)
    kafka.produce(topic, [serialize(order(number), context) for number in range(20)])
    front = Front(apicurio)
    project.add(triggers=[trigger(topic, **decodes(front.url), **pollers())])
    run = start(klambda, project, kafka)
    result = "PROBLEM: Cannot connect to your Schema Registry."
    wait_until(
        lambda: run.status()["mappings"][0]["lastProcessingResult"].startswith(result),
        run.log,
        alive=run.is_running,
    )
    run.wait_for(f"the schema registry at {front.url} does not answer")
    assert seen(project) == []
    with front:
        wait_until(lambda: len(seen(project)) == 20, run.log, alive=run.is_running)
        wait_until(
            lambda: run.status()["mappings"][0]["lastProcessingResult"] == "OK", run.log
        )
    run.wait_for("the schema registry answers again")
