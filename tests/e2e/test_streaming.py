"""Responses that reach their caller while they are made: InvokeWithResponseStream and function URLs
of the mode RESPONSE_STREAM, with klambda's Node client.
"""

import http.client
import json
import urllib.parse

import pytest
from botocore.exceptions import ClientError
from support.api import client_of, lines_of, update_settled
from support.program import MARK

NAME = "streamer"

# What each call does stands in its event or, through a URL, in its query. `gate`: a file that the
# test makes once it has seen what was written before.
CODE = """
const fs = require('fs');

const appears = (path) =>
  new Promise((done) => {
    const timer = setInterval(() => {
      if (!fs.existsSync(path)) return;
      clearInterval(timer);
      done();
    }, 5);
  });

exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const ask = event.queryStringParameters || event;
  fs.appendFileSync(process.env.PIDS, `${process.pid}\\n`);
  if (ask.early) throw new Error(ask.early);
  if (ask.status) {
    const headers = { 'Content-Type': 'text/x', 'X-Own': 'yes' };
    const head = { statusCode: Number(ask.status), headers, cookies: ['a=1', 'b=2'] };
    stream = awslambda.HttpResponseStream.from(stream, head);
  }
  stream.write(ask.first || 'first');
  if (ask.gate) await appears(ask.gate);
  if (ask.late) throw new Error(ask.late);
  for (let written = 0; written < Number(ask.bytes || 0); written += 65536) {
    if (!stream.write(Buffer.alloc(65536, 'x'))) {
      await new Promise((done) => stream.once('drain', done));
    }
  }
  if (ask.done) fs.writeFileSync(ask.done, '');
  stream.end('last');
});
"""


class Streamer:
    def __init__(self, run, directory):
        self.run = run
        self.directory = directory
        self.client, _ = client_of(run.url())

    def invoke(self, **event):
        return iter(
            self.client.invoke_with_response_stream(
                FunctionName=NAME, Payload=json.dumps(event), LogType="Tail"
            )["EventStream"]
        )

    def get(self, path="/", **query):
        """A response whose head has been read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.run.port(), timeout=60)
        target = f"/_klambda/url/{NAME}{path}?{urllib.parse.urlencode(query)}"
        connection.request("GET", target)
        return connection.getresponse()

    def set_timeout(self, seconds):
        update = self.client.update_function_configuration
        update(FunctionName=NAME, Timeout=seconds)
        update_settled(self.client, NAME)

    def gate(self):
        return self.directory / f"gate-{len(list(self.directory.iterdir()))}"

    def pids(self):
        return lines_of(self.directory / "pids")


@pytest.fixture
def streamer(klambda, project):
    code = project.directory / "code"
    code.mkdir()
    (code / "index.js").write_text(CODE)
    work = project.directory / "work"
    work.mkdir()
    project.template.write_text(
        json.dumps(
            {
                "Transform": "AWS::Serverless-2016-10-31",
                "Resources": {
                    NAME: {
                        "Type": "AWS::Serverless::Function",
                        "Properties": {
                            "CodeUri": "code",
                            "Handler": "index.handler",
                            "Runtime": "nodejs22.x",
                            "Timeout": 30,
                            "FunctionUrlConfig": {
                                "AuthType": "NONE",
                                "InvokeMode": "RESPONSE_STREAM",
                            },
                            "Environment": {
                                "Variables": {"PIDS": str(work / "pids"), MARK: project.mark}
                            },
                        },
                    }
                },
            }
        )
    )
    run = klambda("start", project.template, "--max-concurrency", "1")
    yield Streamer(run, work)
    run.interrupt()
    run.expect_exit(130, 20)


def payload(event):
    return event["PayloadChunk"]["Payload"].decode()


def test_chunks_reach_the_caller_of_the_api_while_the_function_runs(streamer):
    gate = streamer.gate()
    events = streamer.invoke(first="one", gate=str(gate))
    assert payload(next(events)) == "one"
    gate.touch()
    rest = list(events)
    assert "".join(payload(event) for event in rest[:-1]) == "last"
    complete = rest[-1]["InvokeComplete"]
    assert "ErrorCode" not in complete and complete["LogResult"]


def test_chunks_reach_the_caller_of_a_url_after_what_the_prelude_says(streamer):
    gate = streamer.gate()
    response = streamer.get("/some/path", status="418", gate=str(gate))
    assert response.status == 418
    assert response.headers["Content-Type"] == "text/x"
    assert response.headers["X-Own"] == "yes"
    assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert response.headers["X-Amzn-Trace-Id"].startswith("Root=1-")
    assert response.read1(100) == b"first"
    gate.touch()
    assert response.read() == b"last"


def test_a_stream_without_a_prelude_is_the_body(streamer):
    response = streamer.get()
    assert (response.status, response.read()) == (200, b"firstlast")
    assert response.headers["Content-Type"] == "application/octet-stream"


def test_an_error_midstream_is_told_at_the_end(streamer):
    *chunks, complete = streamer.invoke(late="too late")
    assert "".join(payload(event) for event in chunks) == "first"
    assert complete["InvokeComplete"]["ErrorCode"] == "Unhandled"
    details = json.loads(complete["InvokeComplete"]["ErrorDetails"])
    assert (details["errorType"], details["errorMessage"]) == ("Error", "too late")

    response = streamer.get(late="too late")
    assert response.status == 200
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        response.read()


def test_an_error_before_the_first_byte_is_the_whole_answer(streamer):
    (complete,) = streamer.invoke(early="not today")
    assert "not today" in complete["InvokeComplete"]["ErrorDetails"]
    response = streamer.get(early="not today")
    assert (response.status, response.read()) == (502, b"Internal Server Error")


def test_a_caller_that_goes_away_leaves_the_environment_as_it_was(streamer):
    done = streamer.gate()
    response = streamer.get(bytes=str(64 * 1024 * 1024), done=str(done))
    assert response.read1(5) == b"first"
    response.close()
    *_, complete = streamer.invoke()
    assert "ErrorCode" not in complete["InvokeComplete"]
    assert done.exists(), "the function was to go on to its own end"
    assert len(streamer.pids()) == 2 and len(set(streamer.pids())) == 1


def test_a_caller_that_does_not_read_holds_its_function_back_until_the_timeout(streamer):
    streamer.set_timeout(2)
    done = streamer.gate()
    response = streamer.get(bytes=str(150 * 1024 * 1024), done=str(done))
    assert response.read1(5) == b"first"
    streamer.run.wait_for("Task timed out after 2.00 seconds")
    assert not done.exists()
    *_, complete = streamer.invoke()
    assert "ErrorCode" not in complete["InvokeComplete"]
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        response.read()


def test_a_stream_that_takes_too_long_ends_with_the_timeout(streamer):
    streamer.set_timeout(1)
    *chunks, complete = streamer.invoke(gate=str(streamer.gate()))
    assert "".join(payload(event) for event in chunks) == "first"
    details = json.loads(complete["InvokeComplete"]["ErrorDetails"])
    assert details["errorType"] == "Sandbox.Timedout"


def test_a_large_stream_arrives_whole(streamer):
    size = 24 * 1024 * 1024
    response = streamer.get(bytes=str(size))
    assert len(response.read()) == size + len("firstlast")


def test_a_whole_answer_has_a_limit_that_a_stream_does_not(streamer):
    size = 8 * 1024 * 1024
    answer = streamer.client.invoke(FunctionName=NAME, Payload=json.dumps({"bytes": size}))
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorType"] == "Function.ResponseSizeTooLarge"
    *chunks, complete = streamer.invoke(bytes=size)
    assert "ErrorCode" not in complete["InvokeComplete"]
    assert sum(len(payload(event)) for event in chunks) == size + len("firstlast")


def test_a_function_that_is_not_there_is_refused_before_any_stream(streamer):
    with pytest.raises(ClientError) as caught:
        streamer.client.invoke_with_response_stream(FunctionName="nobody")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
