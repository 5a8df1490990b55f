"""Schemas, what the official clients write with them, and mappings that decode it."""

import base64
import json
import zlib

from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from support.aws import REGION
from support.program import environment_for
from support.project import records_of

LINE = {
    "type": "record",
    "name": "Line",
    "fields": [{"name": "sku", "type": "string"}, {"name": "price", "type": "double"}],
}
ORDER = {
    "type": "record",
    "name": "Order",
    "namespace": "com.acme",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "customer", "type": "string"},
        {"name": "note", "type": ["null", "string"]},
        {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["NEW", "PAID"]}},
        {"name": "lines", "type": {"type": "array", "items": LINE}},
        {"name": "tags", "type": {"type": "map", "values": "string"}},
        {"name": "gift", "type": "boolean"},
    ],
}
JSON_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Order",
    "type": "object",
    "properties": {"id": {"type": "integer"}, "customer": {"type": "string"}},
    "required": ["id"],
}
PROTO = """syntax = "proto3";
package com.acme;
message Order {
  int64 order_id = 1;
  repeated Line lines = 2;
  message Line {
    double unit_price = 1;
  }
}
"""
GLUE_REGISTRY = f"arn:aws:glue:{REGION}:000000000000:registry/orders"


def record_of(name, fields):
    return {"type": "record", "name": name, "namespace": "com.acme", "fields": fields}


def order(number):
    return {
        "id": number,
        "customer": f"Zoë {number}",
        "note": None if number % 2 else f"note {number}",
        "state": "PAID",
        "lines": [{"sku": "a-1", "price": 2.5}],
        "tags": {"source": "web"},
        "gift": number % 2 == 0,
    }


def decodes(url, output="JSON", key=False, access=()):
    attributes = ["KEY", "VALUE"] if key else ["VALUE"]
    config = {
        "SchemaRegistryURI": url,
        "EventRecordFormat": output,
        "SchemaValidationConfigs": [{"Attribute": each} for each in attributes],
    }
    if access:
        config["AccessConfigs"] = [{"Type": kind, "URI": uri} for kind, uri in access]
    return {"SchemaRegistryConfig": config}


def pollers():
    return {"ProvisionedPollerConfig": {"MinimumPollers": 1, "MaximumPollers": 1}}


def seen(project):
    return [record for one in project.seen() for record in records_of(one.event)]


def payload(record, attribute="value"):
    return base64.b64decode(record[attribute])


def serializers(client, form):
    if form == "AVRO":
        return (
            AvroSerializer(client, json.dumps(ORDER)),
            AvroDeserializer(client, json.dumps(ORDER)),
        )
    return (
        JSONSerializer(json.dumps(JSON_SCHEMA), client),
        JSONDeserializer(json.dumps(JSON_SCHEMA), schema_registry_client=client),
    )


def protobuf_messages():
    """The classes of com.acme.Order, which holds a com.acme.Order.Line, and of the latter."""
    file = descriptor_pb2.FileDescriptorProto(
        name="order.proto", package="com.acme", syntax="proto3"
    )
    outer = file.message_type.add(name="Order")
    inner = outer.nested_type.add(name="Line")
    kinds = descriptor_pb2.FieldDescriptorProto
    inner.field.add(name="unit_price", number=1, type=kinds.TYPE_DOUBLE, label=1)
    outer.field.add(name="order_id", number=1, type=kinds.TYPE_INT64, label=1)
    outer.field.add(
        name="lines", number=2, type=kinds.TYPE_MESSAGE, type_name=".com.acme.Order.Line", label=3
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return [
        message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
        for name in ("com.acme.Order", "com.acme.Order.Line")
    ]


def glue_environment(project, moto):
    return environment_for(
        project.mark,
        AWS_ENDPOINT_URL_GLUE=moto.url,
        AWS_ACCESS_KEY_ID=moto.key[0],
        AWS_SECRET_ACCESS_KEY=moto.key[1],
    )


def glue_frame(version, body, compressed):
    identity = bytes.fromhex(version.replace("-", ""))
    if compressed:
        return b"\x03\x05" + identity + zlib.compress(body)
    return b"\x03\x00" + identity + body


def context_of(topic):
    return SerializationContext(topic, MessageField.VALUE)
