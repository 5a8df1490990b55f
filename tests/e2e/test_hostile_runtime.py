"""A runtime that breaks the rules of the Runtime API: what its caller gets, and that klambda goes
on, with the same environment where that is sound and with another one where it is not.
"""

import json
import sys

import pytest
from support.api import client_of, lines_of
from support.program import MARK

NAME = "hostile"

# Does what the event says, on raw sockets. An invocation may see its event again (when it asked for
# the next one without an answer): then it answers well.
RUNTIME = '''
import json, os, socket, sys, time

HOST, PORT = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
with open(os.environ["PIDS"], "a") as file:
    file.write(f"{os.getpid()}\\n")


class Wire:
    def __init__(self):
        self.socket = socket.create_connection((HOST, int(PORT)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def reply(self):
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, self.file.read(int(headers.get("content-length", 0)))

    def next(self, head=""):
        self.send(f"GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\n{head}\\r\\n")
        status, headers, body = self.reply()
        assert status == 200, (status, body)
        return headers["lambda-runtime-aws-request-id"], body

    def close(self):
        self.file.close()
        self.socket.close()


def message(request, body=b"well", kind="response", head=""):
    path = f"/2018-06-01/runtime/invocation/{request}/{kind}"
    first = f"POST {path} HTTP/1.1\\r\\nContent-Length: {len(body)}\\r\\n"
    return f"{first}{head}\\r\\n".encode() + body


def post(wire, *arguments, **more):
    wire.send(message(*arguments, **more))
    return wire.reply()[0]


def says(status):
    return json.dumps({"status": status}).encode()


seen = set()
wire = Wire()
while True:
    request, event = wire.next()
    again = request in seen
    seen.add(request)
    deed = "again" if again else json.loads(event)["deed"]
    whole = message(request, b"0123456789" * 20)
    body_at = whole.index(b"\\r\\n\\r\\n") + 4
    if deed in ("well", "again"):
        post(wire, request, deed.encode())
    elif deed == "half a head, then nothing":
        wire.send(whole[: body_at // 2])
        time.sleep(60)
    elif deed == "half a head, then the end":
        wire.send(whole[: body_at // 2])
        os._exit(3)
    elif deed == "half a head, then another connection":
        wire.send(whole[: body_at // 2])
        wire.close()
        wire = Wire()
    elif deed == "half a body, then another connection":
        wire.send(whole[: body_at + 50])
        wire.close()
        wire = Wire()
    elif deed == "half a stream, then another connection":
        wire.send(f"POST /2018-06-01/runtime/invocation/{request}/response HTTP/1.1\\r\\n"
                  "Lambda-Runtime-Function-Response-Mode: streaming\\r\\n"
                  "Transfer-Encoding: chunked\\r\\n\\r\\n4\\r\\ndata\\r\\n")
        wire.close()
        wire = Wire()
    elif deed == "broken chunks":
        wire.send(f"POST /2018-06-01/runtime/invocation/{request}/response HTTP/1.1\\r\\n"
                  "Transfer-Encoding: chunked\\r\\n\\r\\n4\\r\\ndata\\r\\nnonsense\\r\\n")
        assert wire.reply()[0] == 400
        wire = Wire()
    elif deed == "two answers":
        post(wire, request, b"first")
        assert post(wire, request, b"second") == 403
        assert post(wire, request, b"third", kind="error") == 403
    elif deed == "an error, then an answer":
        post(wire, request, b'{"errorType":"Sorry","errorMessage":"m"}', kind="error")
        assert post(wire, request, b"second") == 403
    elif deed == "wrong ids":
        statuses = [post(wire, "nobody"), post(wire, "nobody", kind="error"),
                    post(wire, request, head="Lambda-Runtime-Invocation-Id: stale\\r\\n")]
        post(wire, request, json.dumps(statuses).encode())
    elif deed == "a connection for each request":
        wire.close()
        once = Wire()
        once.send(message(request, b"closed", head="Connection: close\\r\\n"))
        assert once.reply()[0] == 202 and once.file.read() == b""
        wire = Wire()
    elif deed == "slow loris":
        for byte in whole:
            wire.send(bytes([byte]))
            time.sleep(0.05)
    elif deed == "20 MB":
        assert post(wire, request, b"x" * 20_000_000) == 413
    elif deed == "garbage":
        other = Wire()
        other.send(b"\\x16\\x03\\x01\\x00\\xff" + bytes(range(256)) + b"\\r\\n\\r\\n")
        other.file.read()
        other.close()
        post(wire, request, b"garbage")
    elif deed == "an endless head":
        other = Wire()
        try:
            other.send(b"POST / HTTP/1.1\\r\\nX: " + b"x" * 3_000_000)
        except OSError:
            pass
        other.close()
        post(wire, request, b"endless")
    elif deed == "an init error too late":
        other = Wire()
        other.send("POST /2018-06-01/runtime/init/error HTTP/1.1\\r\\n"
                   "Content-Length: 2\\r\\n\\r\\n{}")
        post(wire, request, says(other.reply()[0]))
        other.close()
    elif deed == "a mode that is none":
        status = post(wire, request, head="Lambda-Runtime-Function-Response-Mode: x\\r\\n")
        assert status == 400
    elif deed == "leaves its connections open":
        kept = [Wire() for _ in range(20)]
        for one in kept:
            one.send("GET /2018-06-01/runtime/invocation/")
        post(wire, request, b"open")
'''

SAME, OTHER = "the same environment", "another environment"


def well(text):
    return None, text


def failed(error_type):
    return "Unhandled", error_type


# What the caller gets, and which environment serves the next invocation.
DEEDS = {
    "half a head, then nothing": (failed("Sandbox.Timedout"), OTHER),
    "half a head, then the end": (failed("Runtime.ExitError"), OTHER),
    "half a head, then another connection": (well("again"), SAME),
    "half a body, then another connection": (failed("Runtime.TruncatedResponse"), SAME),
    "half a stream, then another connection": (failed("Runtime.TruncatedResponse"), SAME),
    "broken chunks": (failed("Runtime.TruncatedResponse"), SAME),
    "two answers": (well("first"), SAME),
    "an error, then an answer": (failed("Sorry"), SAME),
    "wrong ids": (well("[400, 400, 400]"), SAME),
    "a connection for each request": (well("closed"), SAME),
    "slow loris": (failed("Sandbox.Timedout"), OTHER),
    "20 MB": (failed("Function.ResponseSizeTooLarge"), SAME),
    "garbage": (well("garbage"), SAME),
    "an endless head": (well("endless"), SAME),
    "an init error too late": (well('{"status": 403}'), SAME),
    "a mode that is none": (failed("Runtime.InvalidResponseModeHeader"), SAME),
    "leaves its connections open": (well("open"), SAME),
}


class Hostile:
    def __init__(self, run, pids):
        self.run = run
        self.pids = pids
        self.client, _ = client_of(run.url())

    def invoke(self, deed):
        """(FunctionError, payload or error type)"""
        answer = self.client.invoke(FunctionName=NAME, Payload=json.dumps({"deed": deed}))
        payload = answer["Payload"].read().decode()
        error = answer.get("FunctionError")
        return error, json.loads(payload)["errorType"] if error else payload

    def streamed(self, deed):
        """The same for a caller that gets the response in pieces."""
        answer = self.client.invoke_with_response_stream(
            FunctionName=NAME, Payload=json.dumps({"deed": deed})
        )
        *chunks, last = answer["EventStream"]
        complete = last["InvokeComplete"]
        if "ErrorCode" in complete:
            return complete["ErrorCode"], json.loads(complete["ErrorDetails"])["errorType"]
        return None, b"".join(chunk["PayloadChunk"]["Payload"] for chunk in chunks).decode()

    def environments(self):
        return len(lines_of(self.pids))


@pytest.fixture
def hostile(klambda, project):
    code = project.directory / "code"
    code.mkdir()
    (code / "runtime.py").write_text(RUNTIME)
    pids = project.directory / "pids"
    project.template.write_text(
        json.dumps(
            {
                "Transform": "AWS::Serverless-2016-10-31",
                "Resources": {
                    NAME: {
                        "Type": "AWS::Serverless::Function",
                        "Metadata": {"klambda": {"Command": [sys.executable, "runtime.py"]}},
                        "Properties": {
                            "CodeUri": "code",
                            "Timeout": 2,
                            "Environment": {
                                "Variables": {"PIDS": str(pids), MARK: project.mark}
                            },
                        },
                    }
                },
            }
        )
    )
    run = klambda("start", project.template, "--max-concurrency", "1")
    yield Hostile(run, pids)
    run.interrupt()
    run.expect_exit(130, 20)


@pytest.mark.parametrize("how", ["whole", "streamed"])
@pytest.mark.parametrize("deed", DEEDS)
def test_klambda_goes_on_after(hostile, deed, how):
    expected, environment = DEEDS[deed]
    assert hostile.invoke("well") == well("well")
    before = hostile.environments()
    call = hostile.invoke if how == "whole" else hostile.streamed
    assert call(deed) == expected, hostile.run.log()
    assert hostile.invoke("well") == well("well"), hostile.run.log()
    assert hostile.environments() - before == (0 if environment == SAME else 1), hostile.run.log()
