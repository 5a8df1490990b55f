"""Fails for as long as the environment says so: with one of the comma-separated values of POISON in
it the whole batch fails; those of REPORT are named in the response, in the shape of Powertools or,
with FORM=flat, of libraries that know no other than a string.
"""

import base64
import os
import time

from recorder import texts, write


def values_of(variable):
    return set(os.environ.get(variable, "").split(",")) - {""}


def identifier(partition, offset):
    if os.environ.get("FORM") == "flat":
        return f"{partition}-{offset}"
    return {"partition": partition, "offset": offset}


def failures(event):
    reported = values_of("REPORT")
    return [
        {"itemIdentifier": identifier(partition, record["offset"])}
        for partition, records in event["records"].items()
        for record in records
        if base64.b64decode(record["value"]).decode() in reported
    ]


def handler(event, context):
    write(event, "entered")
    time.sleep(float(os.environ.get("SLEEP_SECONDS", "0")))
    if values_of("POISON") & set(texts(event)):
        write(event, "failed")
        raise ValueError("poison")
    failed = failures(event)
    write(event, "partial" if failed else "ok")
    return {"batchItemFailures": failed}
