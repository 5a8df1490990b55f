"""The schemas of the records that make.py makes."""

ORDER = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "count", "type": "int"},
        {"name": "ratio", "type": "double"},
        {"name": "weight", "type": "float"},
        {"name": "paid", "type": "boolean"},
        {"name": "note", "type": ["null", "string"], "default": None},
        {"name": "raw", "type": "bytes"},
        {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["OPEN", "PAID"]}},
        {"name": "hash", "type": {"type": "fixed", "name": "Hash", "size": 4}},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "labels", "type": {"type": "map", "values": ["int", "string", "null"]}},
        {"name": "parent", "type": ["null", "Order"], "default": None},
        {"name": "nothing", "type": "null"},
    ],
}
LOGICAL = {
    "type": "record",
    "name": "Logical",
    "fields": [
        {
            "name": name,
            "type": {"type": base, "logicalType": logical, **more},
        }
        for name, base, logical, more in [
            ("price", "bytes", "decimal", {"precision": 30, "scale": 2}),
            ("debt", "bytes", "decimal", {"precision": 30, "scale": 12}),
            ("day", "int", "date", {}),
            ("ms_of_day", "int", "time-millis", {}),
            ("us_of_day", "long", "time-micros", {}),
            ("at_ms", "long", "timestamp-millis", {}),
            ("at_us", "long", "timestamp-micros", {}),
            ("local_ms", "long", "local-timestamp-millis", {}),
            ("local_us", "long", "local-timestamp-micros", {}),
            ("key", "string", "uuid", {}),
            ("unknown", "long", "fortnights", {}),
        ]
    ]
    + [
        {
            "name": "fee",
            "type": {
                "type": "fixed",
                "name": "Fee",
                "size": 12,
                "logicalType": "decimal",
                "precision": 20,
                "scale": 4,
            },
        },
        {
            "name": "maybe",
            "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 5}],
        },
    ],
}
ADDRESS = {
    "type": "record",
    "name": "Address",
    "namespace": "people",
    "fields": [{"name": "city", "type": "string"}, {"name": "zip", "type": ["int", "string"]}],
}
PERSON = {
    "type": "record",
    "name": "Person",
    "namespace": "shop",
    "fields": [
        {"name": "name", "type": "string"},
        {"name": "home", "type": "people.Address"},
        {"name": "others", "type": {"type": "array", "items": "people.Address"}},
    ],
}

COMMON_PROTO = """syntax = "proto3";
package shop.common;

message Address {
  string city = 1;
  int32 zip_code = 2;
}
"""
ORDER_PROTO = """syntax = "proto3";
package shop;

import "shop/common.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/struct.proto";

enum State {
  OPEN = 0;
  PAID = 1;
}

message Order {
  message Item {
    message Part {
      string part_name = 1;
    }
    string item_name = 1;
    sint64 big_number = 2;
    repeated Part parts = 3;
  }
  int64 order_id = 1;
  State state = 2;
  repeated Item items = 3;
  map<string, uint32> counts = 4;
  shop.common.Address ship_to = 5;
  google.protobuf.Timestamp created_at = 6;
  bytes raw = 7;
  double ratio = 8;
  oneof payment {
    string card = 9;
    uint64 iban = 10;
  }
  optional int32 present = 11;
  google.protobuf.StringValue note = 12;
  google.protobuf.Struct extra = 13;
  repeated int32 packed = 14;
  float weight = 15;
  bool flag = 16;
}

message Customer {
  string full_name = 1;
}
"""
ORDER_JSON_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Order",
    "type": "object",
    "required": ["id", "items"],
    "properties": {
        "id": {"type": "integer"},
        "items": {"type": "array", "items": {"$ref": "#/definitions/item"}},
    },
    "definitions": {"item": {"type": "object", "properties": {"price": {"type": "number"}}}},
}
