"""Does what the event says."""

import os
import signal
import sys
import time


def handler(event, context):
    action = event.get("do")
    if action == "raise":
        raise ValueError("as asked")
    if action == "sleep":
        time.sleep(event["seconds"])
    if action == "exit":
        sys.stdout.flush()
        os._exit(event["status"])
    if action == "sys.exit":
        sys.exit(event["status"])
    if action == "signal":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "bytes":
        return "x" * event["count"]
    if action == "environment":
        return dict(os.environ, cwd=os.getcwd(), stdin=sys.stdin.read())
    if action == "print":
        print("printed by the handler")
        print("and on standard error", file=sys.stderr)
    return {
        "pid": os.getpid(),
        "event": event,
        "remaining": context.get_remaining_time_in_millis(),
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
    }
