"""Managed instances: several invocations inside one environment, with the official Python client,
with klambda's Node client, and with a program that speaks the Runtime API from several threads.
"""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.api import ROLE, client_of, create_function, refused, zip_of
from support.program import wait_until

ARN = "arn:aws:lambda:us-east-1:123456789012:capacity-provider:local"

# Invocations that meet in a directory: each waits until so many have begun.
PYTHON = """
import os, pathlib, time


def handler(event, context):
    directory = pathlib.Path(event["directory"])
    (directory / context.aws_request_id).touch()
    while len(list(directory.iterdir())) < event["meet"]:
        time.sleep(0.005)
    return {"environment": os.getppid(), "worker": os.getpid()}
"""

NODE = """
const fs = require('fs');
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

exports.handler = async (event, context) => {
  console.log('in', context.awsRequestId);
  fs.writeFileSync(`${event.directory}/${context.awsRequestId}`, '');
  while (fs.readdirSync(event.directory).length < event.meet) await pause();
  if (event.fail) throw new TypeError(context.awsRequestId);
  return { environment: process.pid, id: context.awsRequestId };
};
"""

# A custom runtime with AWS_LAMBDA_MAX_CONCURRENCY threads. It answers each event twice.
BOOTSTRAP = """#!/usr/bin/env python3
import http.client, json, os, pathlib, threading, time

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
NEXT = "/2018-06-01/runtime/invocation/next"
ticks = pathlib.Path(os.environ["KEPT"], "ticks")


def call(method, path, body=None):
    connection = http.client.HTTPConnection(API)
    connection.request(method, path, body)
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.getheader("Lambda-Runtime-Aws-Request-Id")


def post(id, result):
    path = f"/2018-06-01/runtime/invocation/{id}/response"
    status, body, _ = call("POST", path, json.dumps(result))
    return [status, json.loads(body).get("errorType")]


def work():
    while True:
        _, event, id = call("GET", NEXT)
        event = json.loads(event)
        while "await" in event and not os.path.exists(event["await"]):
            time.sleep(0.005)
        statuses = [post(id, os.getpid()), post(id, "again")]
        if "statuses" in event:
            pathlib.Path(event["statuses"]).write_text(json.dumps(statuses))


def tick():
    with ticks.open("a") as file:
        while True:
            file.write(".")
            file.flush()
            time.sleep(0.01)


for _ in range(int(os.environ["AWS_LAMBDA_MAX_CONCURRENCY"])):
    threading.Thread(target=work).start()
tick()
"""


def instances(concurrency=None):
    config = {"CapacityProviderArn": ARN}
    if concurrency:
        config["PerExecutionEnvironmentMaxConcurrency"] = concurrency
    return {"LambdaManagedInstancesCapacityProviderConfig": config}


class Function:
    """The function "f" of one klambda, invoked from several threads."""

    def __init__(self, run, client):
        self.run, self.client = run, client
        self._threads = ThreadPoolExecutor(16)

    def invoke(self, **event):
        answer = self.client.invoke(FunctionName="f", Payload=json.dumps(event))
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")

    def begin(self, **event):
        return self._threads.submit(self.invoke, **event)

    def environments(self):
        return self.run.status()["functions"][0]["environments"]

    def stop(self):
        self.run.interrupt()
        self.run.expect_exit(130, 20)
        self._threads.shutdown()


@pytest.fixture
def serve(klambda, tmp_path):
    made = []

    def serve(code, *flags, concurrency=2, **properties):
        run = klambda("start", *flags)
        client, _ = client_of(run.url())
        create_function(
            client,
            "f",
            **{
                "Timeout": 20,
                "Code": {"ZipFile": zip_of(code)},
                "CapacityProviderConfig": instances(concurrency),
                "Environment": {"Variables": {"KEPT": str(tmp_path)}},
                **properties,
            },
        )
        made.append(Function(run, client))
        return made[-1]

    yield serve
    for one in made:
        one.stop()


@pytest.fixture
def meeting(tmp_path):
    (tmp_path / "meeting").mkdir()
    return str(tmp_path / "meeting")


def python(serve, **more):
    return serve({"app.py": PYTHON}, **more)


def node(serve, **more):
    return serve({"app.js": NODE}, Runtime="nodejs22.x", **more)


def threads(serve, *flags, **more):
    return serve({"bootstrap": BOOTSTRAP}, *flags, Runtime="provided.al2023", **more)


@pytest.mark.parametrize("language", [python, node])
def test_invocations_meet_in_one_environment(serve, meeting, language):
    function = language(serve, concurrency=3)
    answers = [function.begin(directory=meeting, meet=3) for _ in range(3)]
    got = [answer.result(60) for answer in answers]
    assert [error for _, error in got] == [None] * 3
    assert len({answer["environment"] for answer, _ in got}) == 1
    assert function.environments() == 1
    again, _ = function.invoke(directory=meeting, meet=0)
    assert again["environment"] == got[0][0]["environment"]


def test_the_node_client_keeps_invocations_apart(serve, meeting):
    function = node(serve, concurrency=2)
    good = function.begin(directory=meeting, meet=2)
    bad = function.begin(directory=meeting, meet=2, fail=True)
    answer, error = good.result(60)
    assert error is None
    failure, error = bad.result(60)
    assert error == "Unhandled" and failure["errorType"] == "TypeError"
    for id in (answer["id"], failure["errorMessage"]):
        line = function.run.wait_for(rf'\{{.*"message":"in {id}".*\}}')
        assert json.loads(line.group(0))["requestId"] == id


def test_a_timeout_leaves_the_process_to_the_others(serve, tmp_path):
    function = threads(serve, Timeout=1)
    pid, _ = function.invoke()
    go, statuses = tmp_path / "go", tmp_path / "statuses"
    slow = function.begin(**{"await": str(go), "statuses": str(statuses)})
    assert function.invoke() == (pid, None)
    failure, error = slow.result(30)
    assert error == "Unhandled" and failure["errorType"] == "Sandbox.Timedout"
    assert failure["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert function.invoke() == (pid, None)
    go.touch()
    wait_until(statuses.exists, "the worker has answered")
    wait_until(statuses.read_text, "its statuses are there")
    assert json.loads(statuses.read_text()) == [[410, "InvokeTimeout"], [400, "InvalidRequestID"]]
    assert function.invoke() == (pid, None)
    assert function.environments() == 1


def test_the_end_of_the_process_ends_all_of_its_invocations(serve, tmp_path):
    function = threads(serve, concurrency=3)
    pid, _ = function.invoke()
    running = [function.begin(**{"await": str(tmp_path / "never")}) for _ in range(3)]
    wait_until(
        lambda: function.run.status()["functions"][0]["running"] == 3, "three invocations run"
    )
    os.kill(pid, signal.SIGKILL)
    for answer in running:
        failure, error = answer.result(30)
        assert error == "Unhandled" and failure["errorType"] == "Runtime.ExitError"
        assert failure["errorMessage"].endswith("Runtime exited with error: signal: killed")
    another, error = function.invoke()
    assert error is None and another != pid


def test_never_frozen(serve, tmp_path):
    function = threads(serve, "--freeze")
    function.invoke()
    ticks = tmp_path / "ticks"
    for _ in range(3):
        size = ticks.stat().st_size
        wait_until(lambda size=size: ticks.stat().st_size > size + 20, "the process goes on")


def test_the_api_shows_it(serve):
    function = threads(serve, concurrency=7, Timeout=5400, MemorySize=32768)
    shown = function.client.get_function_configuration(FunctionName="f")
    assert shown["CapacityProviderConfig"] == instances(7)
    assert shown["LoggingConfig"]["LogFormat"] == "JSON"
    assert (shown["Timeout"], shown["MemorySize"]) == (5400, 32768)
    function.client.update_function_configuration(
        FunctionName="f", CapacityProviderConfig=instances(3), Timeout=5000
    )
    function.client.get_waiter("function_updated_v2").wait(
        FunctionName="f", WaiterConfig={"Delay": 0.05, "MaxAttempts": 2000}
    )
    shown = function.client.get_function_configuration(FunctionName="f")
    assert shown["CapacityProviderConfig"] == instances(3)
    assert refused(
        function.client.update_function_configuration,
        FunctionName="f",
        LoggingConfig={"LogFormat": "Text"},
    )[:2] == (400, "InvalidParameterValueException")
    assert refused(
        function.client.update_function_configuration,
        FunctionName="f",
        CapacityProviderConfig=instances(1601),
    ) == (
        400,
        "ValidationException",
        "1 validation error detected: Value '1601' at 'capacityProviderConfig."
        "lambdaManagedInstancesCapacityProviderConfig.perExecutionEnvironmentMaxConcurrency' "
        "failed to satisfy constraint: Member must have value less than or equal to 1600",
    )


def test_only_a_new_function_can_have_it(klambda):
    run = klambda("start")
    client, _ = client_of(run.url())
    create_function(client, "f")
    assert refused(
        client.update_function_configuration,
        FunctionName="f",
        CapacityProviderConfig=instances(2),
    )[:2] == (400, "InvalidParameterValueException")
    assert refused(
        client.create_function,
        FunctionName="g",
        Runtime="python3.12",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": zip_of({"app.py": PYTHON})},
        Timeout=901,
    )[1] == "ValidationException"


def test_a_template(project, klambda, meeting):
    project.add(client="node", handler="app.handler", CapacityProviderConfig={"Arn": ARN})
    (project.directory / "Recorder" / "app.js").write_text(NODE)
    run = klambda("start", project.template)
    client, _ = client_of(run.url())
    shown = client.get_function_configuration(FunctionName="Recorder")
    assert shown["CapacityProviderConfig"] == instances()
    with ThreadPoolExecutor(5) as pool:
        event = json.dumps({"directory": meeting, "meet": 5})
        answers = [
            pool.submit(client.invoke, FunctionName="Recorder", Payload=event) for _ in range(5)
        ]
        pids = {json.load(each.result(60)["Payload"])["environment"] for each in answers}
    assert len(pids) == 1
    run.interrupt()
    run.expect_exit(130, 20)


def test_a_template_in_cloudformations_words(project, klambda):
    project.add(CapacityProviderConfig=instances(2))
    run = klambda("start", project.template)
    run.expect_exit(2, 20)
    assert "CapacityProviderArn is Arn" in run.log()
