#!/usr/bin/env python3
"""Makes payloads.json: records as the official clients encode them, and what these clients decode.

    ~/.cache/klambda/test-venv/bin/python tests/golden/payloads/make.py

Confluent's serializers write the records, against a registry in memory. Glue's have no Python
client: its frames are put together here, as the constants of its Java library have them.
tests/unit/schema/payloads_test.cpp decodes and encodes them all.
"""

import base64
import datetime
import decimal
import io
import json
import pathlib
import tempfile
import uuid
import zlib

import fastavro
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_tools import protoc
from schemas import (
    ADDRESS,
    COMMON_PROTO,
    LOGICAL,
    ORDER,
    ORDER_JSON_SCHEMA,
    ORDER_PROTO,
    PERSON,
)

HERE = pathlib.Path(__file__).parent
VALUE = SerializationContext("orders", MessageField.VALUE)
GLUE_ID = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"
UTC = datetime.timezone.utc


def plain(value):
    """What a client decoded, as the JSON that README.md of emulator/schema promises."""
    epoch = datetime.datetime(1970, 1, 1)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime.datetime):
        return (value.replace(tzinfo=None) - epoch) // datetime.timedelta(microseconds=1)
    if isinstance(value, datetime.date):
        return value.toordinal() - epoch.toordinal()
    if isinstance(value, datetime.time):
        of_day = datetime.datetime.combine(epoch.date(), value) - epoch
        return of_day // datetime.timedelta(microseconds=1)
    return value


def json_text(value):
    """Compact JSON, with all digits of decimal numbers."""
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ",".join(json_text(key) + ":" + json_text(value[key]) for key in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(json_text(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def registered(client, subject, schema):
    return SchemaReference(subject, subject, client.register_schema(subject, schema))


def frame_of(record):
    assert record[0] == 0
    return str(int.from_bytes(record[1:5], "big")), record[5:]


def avro_values():
    """(name, schema, references, value) of each record."""
    order = {
        "id": -(2**63),
        "count": 2**31 - 1,
        "ratio": 0.1,
        "weight": 0.5,
        "paid": True,
        "note": 'line\nbreak "quoted" ü €',
        "raw": bytes([0, 1, 127, 128, 255]),
        "state": "PAID",
        "hash": b"\x00\xff\x10A",
        "tags": ["a", "", "ü"],
        "labels": {"a": 1, "b": "two", "c": None},
        "parent": None,
        "nothing": None,
    }
    child = dict(order, id=2**63 - 1, note=None, tags=[], labels={}, paid=False, parent=order)
    logical = {
        "price": decimal.Decimal("12345678901234567890.12"),
        "debt": decimal.Decimal("-0.000000000001"),
        "day": datetime.date(1969, 12, 31),
        "ms_of_day": datetime.time(23, 59, 59, 999000),
        "us_of_day": datetime.time(0, 0, 0, 1),
        "at_ms": datetime.datetime(2024, 5, 1, 12, 30, 0, 123000, UTC),
        "at_us": datetime.datetime(1960, 1, 1, 0, 0, 0, 1, UTC),
        "local_ms": datetime.datetime(2024, 5, 1, 12, 30, 0, 123000),
        "local_us": datetime.datetime(2024, 5, 1, 12, 30, 0, 123456),
        "key": uuid.UUID("6ccd780c-baba-1026-9564-5b8c656024db"),
        "unknown": 7,
        "fee": decimal.Decimal("-1.2345"),
        "maybe": decimal.Decimal("-129"),
    }
    person = {
        "name": "Ann",
        "home": {"city": "Utrecht", "zip": 1234},
        "others": [{"city": "", "zip": "NL-1"}],
    }
    return [
        ("every type", ORDER, [], order),
        ("a record within itself", ORDER, [], child),
        ("logical types", LOGICAL, [], logical),
        ("a reference", PERSON, [("people.Address", ADDRESS)], person),
        ("a bare string", {"type": "string"}, [], "just text"),
    ]


def avro_cases():
    for name, schema, references, value in avro_values():
        client = SchemaRegistryClient.new_client({"url": "mock://" + name.replace(" ", "-")})
        known = [
            registered(client, subject, Schema(json.dumps(text), "AVRO"))
            for subject, text in references
        ]
        text = Schema(json.dumps(schema), "AVRO", known)
        record = AvroSerializer(client, text)(value, VALUE)
        schema_id, body = frame_of(record)
        named = {}
        for _, text in references:
            fastavro.parse_schema(text, named_schemas=named)
        decoded = fastavro.schemaless_reader(
            io.BytesIO(body), fastavro.parse_schema(schema, named_schemas=named), None
        )
        expected = plain(decoded)
        if name == "logical types":  # of milliseconds, where Python has microseconds only
            for member in ("ms_of_day", "at_ms", "local_ms"):
                expected[member] //= 1000
        yield {
            "name": "avro: " + name,
            "format": "AVRO",
            "framing": "CONFLUENT",
            "schema": json.dumps(schema),
            "references": [[subject, json.dumps(text)] for subject, text in references],
            "type": "",
            "schemaId": schema_id,
            "record": record.hex(),
            "json": json_text(expected),
        }


def proto_files():
    """Compiled descriptors of both texts, with all that they import."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        (place / "shop").mkdir()
        (place / "shop" / "common.proto").write_text(COMMON_PROTO)
        (place / "shop" / "order.proto").write_text(ORDER_PROTO)
        well_known = pathlib.Path(protoc.__file__).parent / "_proto"
        command = ["", f"-I{place}", f"-I{well_known}", "--include_imports"]
        command += [f"--descriptor_set_out={place}/set", "shop/order.proto"]
        assert protoc.main(command) == 0
        files = descriptor_pb2.FileDescriptorSet.FromString((place / "set").read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool, {file.name: file for file in files.file}


def proto_cases():
    pool, files = proto_files()
    kind = {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
        for name in ("shop.Order", "shop.Customer", "shop.Order.Item", "shop.Order.Item.Part")
    }
    order = json_format.ParseDict(
        {
            "order_id": str(2**63 - 1),
            "state": "PAID",
            "items": [{"item_name": "ü", "big_number": -5, "parts": [{"part_name": "p"}, {}]}],
            "counts": {"a": 1, "b": 4294967295},
            "ship_to": {"city": "Utrecht", "zip_code": -1},
            "created_at": "2024-05-01T12:30:00.123Z",
            "raw": base64.b64encode(bytes([0, 255, 16])).decode(),
            "ratio": "NaN",
            "iban": "18446744073709551615",
            "present": 0,
            "note": "",
            "extra": {"n": 1.5, "l": [None, True, {}]},
            "packed": [1, -1, 2147483647],
            "weight": 0.1,
        },
        kind["shop.Order"](),
    )
    wanted = [
        ("every type", "shop.Order", order),
        ("an empty message", "shop.Order", kind["shop.Order"]()),
        ("the second message", "shop.Customer", kind["shop.Customer"](full_name="Ann")),
        ("an inner message", "shop.Order.Item", kind["shop.Order.Item"](item_name="i")),
        ("a message two levels in", "shop.Order.Item.Part", kind["shop.Order.Item.Part"]()),
    ]
    texts = [["shop/common.proto", COMMON_PROTO]]
    serialized = base64.b64encode(files["shop/order.proto"].SerializeToString()).decode()
    # In order of the full names, those that a map makes too: Glue's numbers.
    names = ["shop.Customer", "shop.Order", "shop.Order.CountsEntry", "shop.Order.Item"]
    names.append("shop.Order.Item.Part")
    for number, (name, message_type, message) in enumerate(wanted):
        client = SchemaRegistryClient.new_client({"url": f"mock://proto-{number}"})
        serializer = ProtobufSerializer(kind[message_type], client)
        record = serializer(message, VALUE)
        schema_id, _ = frame_of(record)
        decoded = json_format.MessageToDict(
            kind[message_type].FromString(message.SerializeToString()),
            preserving_proto_field_name=True,
        )
        case = {
            "name": "protobuf: " + name,
            "format": "PROTOBUF",
            "framing": "CONFLUENT",
            # Confluent's Python client registers the description, others the text.
            "schema": serialized if number % 2 == 0 else ORDER_PROTO,
            "references": texts,
            "type": message_type,
            "schemaId": schema_id,
            "record": record.hex(),
            "json": json_text(decoded),
        }
        yield case
        body = bytes([names.index(message_type)]) + message.SerializeToString()
        glue = b"\x03\x05" + uuid.UUID(GLUE_ID).bytes + zlib.compress(body)
        yield case | {
            "name": f"protobuf in Glue's frame: {name}",
            "framing": "GLUE",
            "schemaId": GLUE_ID,
            "record": glue.hex(),
        }


def json_cases():
    value = {"id": 1, "items": [{"price": 1.5}, {}], "note": "ü"}
    client = SchemaRegistryClient.new_client({"url": "mock://json"})
    record = JSONSerializer(json.dumps(ORDER_JSON_SCHEMA), client, lambda it, _: it)(value, VALUE)
    schema_id, _ = frame_of(record)
    yield {
        "name": "json: an object",
        "format": "JSON",
        "framing": "CONFLUENT",
        "schema": json.dumps(ORDER_JSON_SCHEMA),
        "references": [],
        "type": "",
        "schemaId": schema_id,
        "record": record.hex(),
        "json": json_text(value),
    }


def main():
    cases = [*avro_cases(), *proto_cases(), *json_cases()]
    text = json.dumps(cases, indent=1, ensure_ascii=False)
    (HERE / "payloads.json").write_text(text + "\n")
    print(f"{len(cases)} records")


if __name__ == "__main__":
    main()
