"""What every conformance handler does: the event's member "do" says which."""

import os
import signal
import time

NAMES = ["_HANDLER", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_REGION"]
NAMES += ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_LOG_GROUP_NAME", "TABLE"]

if os.environ.get("INIT_ERROR"):
    raise RuntimeError("as asked")


def handler(event, context):
    what = event["do"]
    if what == "error":
        raise ValueError("as asked")
    if what == "exit":
        os._exit(event["status"])
    if what == "signal":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "sleep":
        time.sleep(event["ms"] / 1000)
    if what == "environment":
        return {name: os.environ.get(name) for name in NAMES}
    if what == "remaining":
        return {
            "ms": context.get_remaining_time_in_millis(),
            "requestId": context.aws_request_id,
            "arn": context.invoked_function_arn,
        }
    if what == "log":
        for line in range(event["lines"]):
            print(f"line {line} – größer")
        return None
    if what == "bytes":
        return "x" * event["count"]
    return event
