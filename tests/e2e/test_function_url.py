"""Function URLs of the mode BUFFERED, their configuration through the API, who may call them."""

import base64
import http.client
import json

import pytest
from support.api import client_of, create_function, refused

# Answers what the body says, or its own event.
CODE = """
import base64, json

def handler(event, context):
    body = event.get("body")
    if body and event["isBase64Encoded"]:
        body = base64.b64decode(body).decode("latin-1")
    if body == "raise":
        raise ValueError("no")
    if event["rawPath"] == "/answer":
        return json.loads(body)
    return event
"""
NAME = "web"
PATH = f"/_klambda/url/{NAME}"


class Web:
    def __init__(self, run):
        self.run = run
        self.client, _ = client_of(run.url())

    def call(self, method="GET", path="/", body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.run.port(), timeout=60)
        names = {name.replace("_", "-"): text for name, text in headers.items()}
        connection.request(method, PATH + path, body, names)
        response = connection.getresponse()
        response.text = response.read()
        connection.close()
        return response

    def event(self, *arguments, **headers):
        response = self.call(*arguments, **headers)
        assert response.status == 200, response.text
        return json.loads(response.text)


@pytest.fixture
def web(klambda, project):
    project.add("Idle")
    run = klambda("start", project.template)
    web = Web(run)
    create_function(web.client, NAME, CODE)
    yield web
    run.interrupt()
    run.expect_exit(130, 20)


def test_a_request_becomes_an_event_and_the_answer_a_response(web):
    event = web.event("POST", "/a%20b//c?x=1&x=2", "hello", Content_Type="text/plain", Cookie="k=v")
    assert event["version"] == "2.0"
    assert (event["rawPath"], event["rawQueryString"]) == ("/a%20b//c", "x=1&x=2")
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert event["cookies"] == ["k=v"]
    assert (event["body"], event["isBase64Encoded"]) == ("hello", False)
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["headers"]["host"].startswith("127.0.0.1:")

    event = web.event("PUT", "", b"\xff\x00", Content_Type="image/x")
    assert event["rawPath"] == "/" and event["isBase64Encoded"]
    assert base64.b64decode(event["body"]) == b"\xff\x00"

    answer = {
        "statusCode": 203,
        "headers": {"X-Own": "yes", "Content-Type": "text/html"},
        "cookies": ["a=1", "b=2"],
        "body": base64.b64encode(b"\x00bin").decode(),
        "isBase64Encoded": True,
    }
    response = web.call("POST", "/answer", json.dumps(answer))
    assert (response.status, response.text) == (203, b"\x00bin")
    assert response.headers["X-Own"] == "yes"
    assert response.headers["Content-Type"] == "text/html"
    assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_methods_and_heads(web):
    for method in ("DELETE", "PATCH", "OPTIONS"):
        assert web.event(method)["requestContext"]["http"]["method"] == method
    head = web.call("HEAD")
    assert head.status == 200 and head.text == b""


def test_failures_are_a_502(web):
    for path, body in (("/", "raise"), ("/answer", '{"statusCode": "x"}')):
        response = web.call("POST", path, body)
        assert (response.status, response.text) == (502, b"Internal Server Error"), body


def test_limits(web):
    assert web.call("POST", "/", b"x" * 6_291_457).status == 413
    assert web.call("POST", "/", b"x" * 6_000_000).status == 413  # as an event it is too large
    web.client.put_function_concurrency(FunctionName=NAME, ReservedConcurrentExecutions=0)
    assert web.call().status == 429


def test_the_trace_header_is_passed_on_and_answered(web):
    trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"
    response = web.call(X_Amzn_Trace_Id=trace)
    assert response.headers["X-Amzn-Trace-Id"] == trace
    assert json.loads(response.text)["headers"]["x-amzn-trace-id"] == trace
    assert web.call().headers["X-Amzn-Trace-Id"].startswith("Root=1-")


def test_pages_of_other_origins_may_call_what_the_configuration_allows(web):
    page = "https://page.example"
    assert web.call(Origin=page).status == 403
    assert web.call(Host="rebound.example").status == 403
    web.client.create_function_url_config(
        FunctionName=NAME, AuthType="NONE", Cors={"AllowOrigins": [page], "AllowMethods": ["GET"]}
    )
    response = web.call(Origin=page)
    assert response.status == 200
    assert response.headers["Access-Control-Allow-Origin"] == page
    assert web.call(Origin="https://other.example").status == 403
    asked = web.call("OPTIONS", Origin=page, Access_Control_Request_Method="GET")
    assert asked.headers["Access-Control-Allow-Methods"] == "GET" and asked.text == b""
    assert web.call(Host="rebound.example", Origin=page).status == 403


def test_configurations_through_the_api(web):
    made = web.client.create_function_url_config(FunctionName=NAME, AuthType="NONE")
    assert made["FunctionUrl"] == f"{web.run.url()}{PATH}/"
    listed = web.client.list_function_url_configs(FunctionName=NAME)["FunctionUrlConfigs"]
    assert [one["InvokeMode"] for one in listed] == ["BUFFERED"]
    changed = web.client.update_function_url_config(
        FunctionName=NAME, InvokeMode="RESPONSE_STREAM"
    )
    assert changed["InvokeMode"] == "RESPONSE_STREAM"
    # What Python answers goes to the caller as it is.
    assert json.loads(web.call().text)["version"] == "2.0"
    again = refused(web.client.create_function_url_config, FunctionName=NAME, AuthType="NONE")
    assert again[0] == 409
    web.client.delete_function_url_config(FunctionName=NAME)
    assert refused(web.client.get_function_url_config, FunctionName=NAME)[:2] == (
        404,
        "ResourceNotFoundException",
    )


def test_a_resource_of_a_template_is_a_configuration(klambda, project):
    project.add(handler="misbehaving.handler")
    project._resources["Url"] = {
        "Type": "AWS::Lambda::Url",
        "Properties": {"TargetFunctionArn": {"Ref": "Recorder"}, "AuthType": "NONE"},
    }
    project.write()
    run = klambda("start", project.template)
    url = run.wait_for(r"\[Recorder\] URL: (\S+)").group(1)
    client, _ = client_of(run.url())
    assert client.get_function_url_config(FunctionName="Recorder")["AuthType"] == "NONE"
    connection = http.client.HTTPConnection("127.0.0.1", run.port(), timeout=60)
    connection.request("GET", url.partition(str(run.port()))[2])
    assert json.loads(connection.getresponse().read())["event"]["rawPath"] == "/"
    connection.close()
    run.interrupt()
    run.expect_exit(130, 20)
