#!/usr/bin/env python3
"""Makes the first inputs of tests/fuzz/schema/corpus from tests/golden/payloads/payloads.json."""

import json
import pathlib

HERE = pathlib.Path(__file__).parent
PAYLOADS = HERE.parents[1] / "golden" / "payloads" / "payloads.json"


def write(target, name, data):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name.replace(" ", "-").replace(":", "").replace("'", "")).write_bytes(data)


def main():
    for payload in json.loads(PAYLOADS.read_text()):
        record = bytes.fromhex(payload["record"])
        name = payload["name"]
        write("frame", name, record)
        if payload["framing"] == "GLUE":
            continue
        target = {"AVRO": "avro", "PROTOBUF": "proto", "JSON": "json"}[payload["format"]]
        write(f"{target}_schema", name, payload["schema"].encode() + b"\0" + record[5:])
        if target == "proto":
            write("proto_payload", name, record[5:])
    value = {
        "text": "a",
        "numbers": [1, 2**40, 0.5, True],
        "raw": "\u00ff",
        "price": "1.5",
        "big": "-2.25",
        "map": {"a": None},
        "state": "B",
    }
    outer = value | {"map": {"inner": value}, "price": {"months": 1, "days": 2, "millis": 3}}
    for name, one in (("flat", value), ("nested", outer), ("wrong", {"text": 1})):
        write("avro_json", name, json.dumps(one).encode())
    write("avro_payload", "short", bytes.fromhex("00000000000000000000"))
    write("avro_payload", "list", bytes.fromhex("020261020408000001e00000000002000002000002"))
    write("avro_payload", "endless", bytes.fromhex("0002") + b"\xfe" * 12)
    for name, schema in (
        ("keywords", {"type": ["object"], "properties": {"a": {"$ref": "#"}}, "minProperties": 1}),
        ("choices", {"anyOf": [{"pattern": "^a+$"}, {"items": {"enum": [1]}}], "not": False}),
        ("reference", {"$ref": "self#/definitions/a", "definitions": {"a": {"$anchor": "x"}}}),
    ):
        write("json_schema", name, json.dumps(schema).encode() + b'\0{"a":[1,"aa"]}')


if __name__ == "__main__":
    main()
