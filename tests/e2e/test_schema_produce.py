"""`klambda produce --schema`: what it writes is what the official clients read."""

import json
import subprocess

from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer
from support.program import BINARY
from support.project import trigger
from support.schemas import (
    GLUE_REGISTRY,
    JSON_SCHEMA,
    ORDER,
    PROTO,
    context_of,
    decodes,
    glue_environment,
    order,
    payload,
    pollers,
    protobuf_messages,
    seen,
    serializers,
)


def produce(topic, lines, *arguments, environment=None, code=0):
    done = subprocess.run(
        [BINARY, "produce", topic, *map(str, arguments)],
        input="".join(line + "\n" for line in lines),
        text=True,
        capture_output=True,
        timeout=120,
        env=environment,
    )
    assert done.returncode == code, done.stderr
    return done


def test_produce_registers_and_encodes(apicurio, client, kafka, topic, tmp_path):
    schema = tmp_path / "order.avsc"
    schema.write_text(json.dumps(ORDER))
    kafka.create_topic(topic, partitions=1)
    where = ("--kafka", kafka.bootstrap_servers, "--registry", apicurio.url)
    lines = [json.dumps(order(number)) for number in range(3)]
    refused = produce(topic, lines, *where, "--schema", schema, code=2)
    assert "--register adds it" in refused.stderr
    produce(topic, lines, *where, "--schema", schema, "--register")
    # It is there now, under the subject of the official serializers.
    produce(topic, lines, *where, "--schema", schema)
    produce(topic, lines, *where, "--schema", f"{topic}-value")
    produce(topic, lines, *where, "--schema", f"{topic}-value:1")
    _, deserialize = serializers(client, "AVRO")
    context = context_of(topic)
    values = [deserialize(message.value(), context) for message in kafka.records(topic, 12)]
    assert values == [order(number) for number in range(3)] * 4


def test_produce_writes_protobuf(apicurio, client, kafka, topic, tmp_path):
    whole, line = protobuf_messages()
    schema = tmp_path / "order.proto"
    schema.write_text(PROTO)
    kafka.create_topic(topic, partitions=1)
    where = ("--kafka", kafka.bootstrap_servers, "--registry", apicurio.url)
    lines = ['{"order_id": 7, "lines": [{"unit_price": 2.5}]}']
    produce(topic, lines, *where, "--schema", schema, "--register")
    inner = ("--schema", f"{topic}-value", "--message", "com.acme.Order.Line")
    produce(topic, ['{"unit_price": 1.25}'], *where, *inner)
    first, second = (message.value() for message in kafka.records(topic, 2))
    context = context_of(topic)
    config = {"use.deprecated.format": False}
    assert ProtobufDeserializer(whole, config)(first, context) == whole(
        order_id=7, lines=[line(unit_price=2.5)]
    )
    assert ProtobufDeserializer(line, config)(second, context) == line(unit_price=1.25)


def test_produce_writes_json_schema_and_checks_it(apicurio, client, kafka, topic, tmp_path):
    schema = tmp_path / "order.json"
    schema.write_text(json.dumps(JSON_SCHEMA))
    kafka.create_topic(topic, partitions=1)
    where = ("--kafka", kafka.bootstrap_servers, "--registry", apicurio.url)
    produce(topic, ['{"id": 1}'], *where, "--schema", schema, "--register")
    refused = produce(topic, ['{"id": "x"}'], *where, "--schema", f"{topic}-value", code=2)
    assert "line 1: " in refused.stderr and "id" in refused.stderr
    (message,) = kafka.records(topic, 1)
    _, deserialize = serializers(client, "JSON")
    assert deserialize(message.value(), context_of(topic)) == {"id": 1}


def test_produce_says_which_line_fits_no_schema(kafka, topic, tmp_path):
    schema = tmp_path / "order.7.avsc"
    schema.write_text('{"type":"record","name":"R","fields":[{"name":"id","type":"int"}]}')
    kafka.create_topic(topic, partitions=1)
    failed = produce(
        topic,
        ['{"id": 1}', '{"id": "x"}'],
        *("--kafka", kafka.bootstrap_servers, "--schema", schema),
        code=2,
    )
    assert "line 2: " in failed.stderr and "id" in failed.stderr
    (message,) = kafka.records(topic, 1)
    assert message.value() == b"\x00\x00\x00\x00\x07\x02"


def test_produce_with_glue(glue, moto, kafka, project, topic, drain, tmp_path):
    schema = tmp_path / "order.avsc"
    schema.write_text(json.dumps(ORDER))
    kafka.create_topic(topic)
    environment = glue_environment(project, moto)
    where = ("--kafka", kafka.bootstrap_servers, "--registry", GLUE_REGISTRY)
    lines = [json.dumps(order(1))]
    produce(topic, lines, *where, "--schema", schema, "--register", environment=environment)
    produce(topic, lines, *where, "--schema", topic, environment=environment)
    project.add(triggers=[trigger(topic, **decodes(GLUE_REGISTRY), **pollers())])
    drain(environment=environment)
    assert [json.loads(payload(record)) for record in seen(project)] == [order(1)] * 2


def test_produce_when_the_registry_is_away(kafka, topic):
    failed = produce(
        topic,
        ["{}"],
        *("--kafka", kafka.bootstrap_servers, "--schema", "orders-value"),
        *("--registry", "http://127.0.0.1:1"),
        code=4,
    )
    assert "the schema registry at http://127.0.0.1:1 does not answer" in failed.stderr
