"""Writes every event that it gets to a file of its own in $SEEN_DIR, and fails or waits where the
environment says so.
"""

import base64
import json
import os
import time


def texts(event):
    for records in event["records"].values():
        for record in records:
            yield base64.b64decode(record.get("value") or "").decode()


def fails(event):
    poison = os.environ.get("FAIL_ONCE")
    if poison is None or poison not in texts(event):
        return False
    try:  # whichever process meets it first
        os.close(os.open(os.path.join(os.environ["SEEN_DIR"], "poisoned"), os.O_CREAT | os.O_EXCL))
        return True
    except FileExistsError:
        return False


def write(event, outcome):
    name = os.path.join(
        os.environ["SEEN_DIR"], f"{time.monotonic_ns():020}-{os.getpid()}-{outcome}"
    )
    with open(name + ".tmp", "w") as file:
        json.dump(event, file)
    os.rename(name + ".tmp", name + ".json")


def handler(event, context):
    write(event, "entered")
    time.sleep(float(os.environ.get("SLEEP_SECONDS", "0")))
    if fails(event):
        write(event, "failed")
        raise RuntimeError("poison")
    write(event, "ok")
    return {"request": context.aws_request_id}
