#!/usr/bin/env python3
"""An extension as people write them: registers, subscribes to telemetry, keeps what it gets.

What it got stands in $AGENT_DIR/<its file's name>.jsonl, one {"event": …} or {"record": …} a line.
$AGENT_MODE: `crash` ends it at its first INVOKE, `slow` lets it sleep at SHUTDOWN.
"""

import http.client
import http.server
import json
import os
import pathlib
import sys
import threading
import time

NAME = pathlib.Path(sys.argv[0]).name
MODE = os.environ.get("AGENT_MODE", "")
kept = open(pathlib.Path(os.environ["AGENT_DIR"]) / f"{NAME}.jsonl", "a", buffering=1)


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        records = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kept.write("".join(json.dumps({"record": record}) + "\n" for record in records))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def call(api, method, path, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    api.request(method, path, None if body is None else json.dumps(body), headers)
    answer = api.getresponse()
    text = answer.read()
    assert answer.status == 200, (path, answer.status, text)
    return answer, json.loads(text)


def main():
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    answer, function = call(
        api,
        "POST",
        "/2020-01-01/extension/register",
        {"events": ["INVOKE", "SHUTDOWN"]},
        Lambda_Extension_Name=NAME,
        Lambda_Extension_Accept_Feature="accountId",
    )
    kept.write(json.dumps({"function": function}) + "\n")
    me = {"Lambda_Extension_Identifier": answer.getheader("Lambda-Extension-Identifier")}
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    call(
        api,
        "PUT",
        "/2022-07-01/telemetry",
        {
            "schemaVersion": "2022-12-13",
            "types": ["platform", "function", "extension"],
            "buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 100},
            "destination": {
                "protocol": "HTTP",
                "URI": f"http://sandbox.localdomain:{receiver.server_port}",
            },
        },
        **me,
    )
    print("the agent is ready", flush=True)
    while True:
        _, event = call(api, "GET", "/2020-01-01/extension/event/next", **me)
        kept.write(json.dumps({"event": event}) + "\n")
        if event["eventType"] == "SHUTDOWN":
            if MODE == "slow":
                time.sleep(60)
            return
        if MODE == "crash":
            os._exit(7)


main()
