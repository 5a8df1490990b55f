"""What every request to the control plane passes first: whose page sent it, who signed it, whether
there is such an operation, how large and how well-formed it is.
"""

import datetime
import http.client
import json
import re
import socket
import threading

import botocore
import pytest
from botocore.exceptions import ClientError
from support.api import client_of
from support.program import environment_for, wait_until

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
LIST = "/2015-03-31/functions"
INVOKE = "/2015-03-31/functions/Recorder/invocations"
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)


@pytest.fixture
def started(klambda, project):
    """started(…flags): a klambda with one function, ended well."""
    runs = []
    project.add(handler="misbehaving.handler")

    def start(*flags, **how):
        runs.append(klambda("start", project.template, *flags, **how))
        return runs[-1]

    yield start
    for run in runs:
        run.interrupt()
        run.expect_exit(130, 20)


def ask(run, method, path, body=None, host=None, **headers):
    """(status, headers, body as JSON or bytes)"""
    connection = http.client.HTTPConnection("127.0.0.1", run.port(), timeout=60)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    if host is not None:
        names["Host"] = host
    connection.request(method, path, body, names)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    if answer and response.headers["Content-Type"] == "application/json":
        answer = json.loads(answer)
    return response.status, response.headers, answer


def error_of(call, *arguments, **more):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **more)
    answer = caught.value.response
    return (
        answer["ResponseMetadata"]["HTTPStatusCode"],
        answer["Error"]["Code"],
        answer["Error"]["Message"],
    )


def test_a_web_page_cannot_drive_klambda(started):
    run = started()
    port = run.port()
    own = f"http://localhost:{port}"
    assert ask(run, "GET", "/_klambda/status", host=f"localhost:{port}", Origin=own)[0] == 200
    assert ask(run, "GET", "/_klambda/status", host=f"app.localhost:{port}")[0] == 200
    refused = [
        {"host": "rebind.example.com"},
        {"host": f"rebind.example.com:{port}"},
        {"host": f"192.168.1.7:{port}"},
        {"host": f"localhost:{port}", "Origin": "http://example.com"},
        {"host": f"localhost:{port}", "Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Sec_Fetch_Site": "cross-site"},
    ]
    for headers in refused:
        for method, path in [("POST", INVOKE), ("GET", "/_klambda/health"), ("OPTIONS", LIST)]:
            status, answered, body = ask(run, method, path, "{}", **headers)
            assert status == 403, (headers, body)
            assert answered["x-amzn-ErrorType"] == "AccessDeniedException"
            assert answered["x-amzn-RequestId"]
            assert body["message"].startswith("klambda does not answer")
            assert not [name for name in answered if name.lower().startswith("access-control")]
    status, answered, _ = ask(run, "OPTIONS", LIST)
    assert status in (404, 405)
    assert not [name for name in answered if name.lower().startswith("access-control")]


def test_names_of_a_compose_network_reach_a_listener_that_is_open_to_it(started):
    run = started("--host", "0.0.0.0")
    for host in ["klambda:3001", "host.docker.internal:3001", "10.1.2.3:3001", "localhost"]:
        assert ask(run, "GET", LIST, host=host)[0] != 403, host
    assert ask(run, "GET", LIST, host="rebind.example.com:3001")[0] == 403


@pytest.mark.parametrize("given", ["flag", "variable"])
def test_required_signatures(started, project, klambda, given, monkeypatch):
    if given == "flag":
        run = started("--require-auth", f"{KEY}:{SECRET}")
    else:
        variables = environment_for(project.mark, KLAMBDA_REQUIRE_AUTH=f"{KEY}:{SECRET}")
        run = started(environment=variables)
    right, _ = client_of(run.url(), (KEY, SECRET))
    arn = "arn:aws:lambda:us-east-1:000000000000:function:Recorder"
    for name in ["Recorder", arn, arn + ":$LATEST"]:
        answer = right.invoke(FunctionName=name, Payload=b'{"a": 1}', Qualifier="$LATEST")
        assert json.load(answer["Payload"])["event"] == {"a": 1}

    wrong, _ = client_of(run.url(), (KEY, SECRET + "x"))
    invoke = {"FunctionName": "Recorder", "Payload": b"{}"}
    assert error_of(wrong.invoke, **invoke) == (403, "InvalidSignatureException", MISMATCH)
    unknown, _ = client_of(run.url(), ("AKIDOTHER", SECRET))
    assert error_of(unknown.invoke, **invoke) == (
        403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )
    unsigned, _ = client_of(run.url(), signature_version=botocore.UNSIGNED)
    assert error_of(unsigned.invoke, **invoke) == (
        403,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    )
    for path in ["/_klambda/status", "/nowhere", LIST]:
        assert ask(run, "GET", path)[0] == 403, path
    assert ask(run, "GET", "/_klambda/health")[2] in ({"ready": True}, {"ready": False})

    late = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=16)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: late)
    status, code, message = error_of(right.invoke, **invoke)
    assert (status, code) == (403, "InvalidSignatureException")
    assert re.fullmatch(
        r"Signature expired: \w{15}Z is now earlier than \w{15}Z \(\w{15}Z - 15 min\.\)",
        message,
    )
    assert SECRET not in run.log().replace(" ".join(run.arguments), "")


def test_the_commands_sign_with_the_key_of_their_environment(started, klambda, project):
    run = started("--require-auth", f"{KEY}:{SECRET}")
    signed = environment_for(
        project.mark, AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET, AWS_SESSION_TOKEN=""
    )
    good = klambda("invoke", "Recorder", "--port", run.port(), environment=signed)
    good.expect_exit_only(0)
    assert json.loads(good.output)["event"] == {}
    wrong = dict(signed, AWS_SECRET_ACCESS_KEY="wrong")
    bad = klambda("invoke", "Recorder", "--port", run.port(), environment=wrong)
    bad.expect_exit_only(2)
    assert f"refuses this: {MISMATCH} Set AWS_ACCESS_KEY_ID" in bad.log()
    unset = dict(signed, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    bare = klambda("produce", "t", "--value", "1", "--port", run.port(), environment=unset)
    bare.expect_exit_only(2)
    assert "Missing Authentication Token" in bare.log()


def test_a_key_in_a_wrong_form_is_not_shown(klambda, project):
    run = klambda("start", project.template, "--require-auth", "hunter2")
    run.expect_exit(2)
    said = "\n".join(run.lines)
    assert "--require-auth: it is written KEY:SECRET" in said and "hunter2" not in said


def test_what_is_no_operation_is_an_error_in_AWS_s_shape(started):
    run = started()
    for method, path, status in [
        ("GET", "/", 404),
        ("GET", "/favicon.ico", 404),
        ("GET", "/2015-03-31/functions/Recorder/nothing", 404),
        ("POST", "/2015-03-31/functions//invocations", 404),
        ("GET", "/%00%ff%2e%2e/", 404),
        ("PATCH", INVOKE, 405),
    ]:
        answer = ask(run, method, path)
        assert answer[0] == status, (method, path)
        assert answer[1]["x-amzn-ErrorType"] and answer[2]["message"], (method, path)


def test_bodies_that_are_too_large_are_refused_in_the_operation_s_words(started):
    run = started()
    limit = 6 * 1024 * 1024
    status, headers, body = ask(run, "POST", INVOKE, b'"' + b"x" * (limit - 1) + b'"')
    assert status == 413 and headers["x-amzn-ErrorType"] == "RequestEntityTooLargeException"
    assert body["Message"] == (
        "Request must be smaller than 6291456 bytes for the InvokeFunction operation"
    )
    status, headers, body = ask(run, "POST", "/_klambda/advance-time", b" " * (1024 * 1024 + 1))
    assert status == 413 and headers["x-amzn-ErrorType"] == "RequestEntityTooLargeException"
    fits = b'{"a": "' + b"x" * (limit - 9) + b'"}'
    assert len(fits) == limit and ask(run, "POST", INVOKE, fits)[0] == 200


def test_bodies_that_are_no_json_object_harm_nothing(started):
    run = started()
    for body in [b"{", b"[]", b"\xff\xfe", b'{"a": "\xff"}', b"[" * 100_000, b'{"a":' * 100_000]:
        status, headers, answer = ask(run, "POST", "/_klambda/advance-time", body)
        assert status == 400 and headers["x-amzn-ErrorType"] == "SerializationException", answer
    assert ask(run, "GET", "/_klambda/status")[0] == 200


def test_two_hundred_clients_at_once_are_all_served(started):
    run = started()
    url, failures = run.url(), []
    connected = threading.Barrier(200)

    def drive():
        connection = http.client.HTTPConnection("127.0.0.1", run.port(), timeout=60)
        try:
            connection.connect()
            connected.wait(60)
            for path in ["/_klambda/status", "/_klambda/status"]:
                connection.request("GET", path)
                response = connection.getresponse()
                response.read()
                assert response.status == 200, response.status
        except Exception as error:
            failures.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=drive) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [], (url, failures[:3])


def test_clients_that_retry_are_not_sent_in_circles(started):
    """A refusal is final: botocore does not try it again."""
    run = started("--require-auth", f"{KEY}:{SECRET}")
    wrong, answers = client_of(run.url(), (KEY, "wrong"), retries={"max_attempts": 3})
    error_of(wrong.invoke, FunctionName="Recorder")
    assert sum(answers.errors.values()) == 1


def test_a_client_too_many_is_told_so(started):
    run = started()
    others = []
    try:
        for _ in range(513):
            others.append(socket.create_connection(("127.0.0.1", run.port()), timeout=60))
        response = http.client.HTTPResponse(others[-1])
        response.begin()
        assert response.status == 503 and response.headers["x-amzn-ErrorType"]
        assert "all of them are taken" in json.load(response)["message"]
    finally:
        for connection in others:
            connection.close()
    wait_until(lambda: ask(run, "GET", "/_klambda/status")[0] == 200, "there is room again")
