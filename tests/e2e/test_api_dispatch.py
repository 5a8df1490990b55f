"""What an invocation runs while functions are changed through the API."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from support.api import client_of, create_function, update_settled, zip_of

HANDLER = """import os
import time

def handler(event, context):
    while "gate" in event and not os.path.exists(event["gate"]):
        time.sleep(0.01)
    return {
        "code": "CODE",
        "version": context.function_version,
        "variable": os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
        "stream": context.log_stream_name,
        "arn": context.invoked_function_arn,
    }
"""
ARN = "arn:aws:lambda:us-east-1:000000000000:function:orders"


def code(mark):
    return HANDLER.replace("CODE", mark)


@pytest.fixture
def run(klambda, project):
    project.add()
    running = klambda("start", project.template)
    yield running
    running.interrupt()
    running.expect_exit(130, 20)


@pytest.fixture
def orders(run):
    """A client of a klambda with one function, which answers "one"."""
    client, _ = client_of(run.url(), max_pool_connections=20)
    create_function(client, "orders", code("one"), Timeout=60)
    return client


def invoke(client, event=None, **more):
    answer = client.invoke(FunctionName="orders", Payload=json.dumps(event or {}), **more)
    assert "FunctionError" not in answer
    body = json.loads(answer["Payload"].read())
    assert answer["ExecutedVersion"] == body["version"] == body["variable"]
    return body


def update(client, mark):
    client.update_function_code(
        FunctionName="orders", ZipFile=zip_of({"app.py": code(mark)}), Publish=False
    )
    update_settled(client, "orders")


def test_versions_keep_their_code(orders):
    assert orders.publish_version(FunctionName="orders")["Version"] == "1"
    update(orders, "two")
    latest = invoke(orders)
    assert (latest["code"], latest["version"], latest["arn"]) == ("two", "$LATEST", ARN)
    assert "[$LATEST]" in latest["stream"]
    first = invoke(orders, Qualifier="1")
    assert (first["code"], first["version"], first["arn"]) == ("one", "1", ARN + ":1")
    assert "[1]" in first["stream"]
    orders.create_alias(FunctionName="orders", Name="live", FunctionVersion="1")
    live = invoke(orders, Qualifier="live")
    assert (live["code"], live["version"], live["arn"]) == ("one", "1", ARN + ":live")
    with pytest.raises(ClientError, match=f"Function not found: {ARN}:2"):
        invoke(orders, Qualifier="2")


def test_no_invocation_is_lost_while_code_is_updated(orders):
    over = threading.Event()

    def invoke_on():
        seen = []
        while not over.is_set():
            seen.append(invoke(orders)["code"])
        return seen

    marks = ["one", "two", "three", "four"]
    with ThreadPoolExecutor(4) as pool:
        callers = [pool.submit(invoke_on) for _ in range(4)]
        try:
            for mark in marks[1:]:
                update(orders, mark)
                assert invoke(orders)["code"] == mark
        finally:
            over.set()
        for caller in callers:
            seen = caller.result()
            # Each in its turn, without a way back.
            assert seen and sorted(seen, key=marks.index) == seen


def test_what_is_under_way_outlives_an_update_and_a_deletion(orders, run, tmp_path):
    with ThreadPoolExecutor(2) as pool:

        def start(gate):
            seen = len(run.lines)
            waiting = pool.submit(invoke, orders, {"gate": str(gate)})
            run.wait_for("START RequestId", start=seen)
            return waiting

        first = start(tmp_path / "first")
        update(orders, "two")
        second = start(tmp_path / "second")
        orders.delete_function(FunctionName="orders")
        with pytest.raises(orders.exceptions.ResourceNotFoundException, match="Function not found"):
            invoke(orders)
        for gate in ("first", "second"):
            (tmp_path / gate).touch()
        assert first.result()["code"] == "one"
        assert second.result()["code"] == "two"


def test_an_alias_draws_by_weight(orders):
    orders.publish_version(FunctionName="orders")
    update(orders, "two")
    orders.publish_version(FunctionName="orders")
    orders.create_alias(
        FunctionName="orders",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    codes = [invoke(orders, Qualifier="live")["code"] for _ in range(100)]
    assert 20 < codes.count("two") < 80  # 50 ± 5


def test_reserved_concurrency_throttles(orders, run, tmp_path):
    def throttled(**more):
        with pytest.raises(orders.exceptions.TooManyRequestsException) as error:
            invoke(orders, **more)
        answer = error.value.response
        assert answer["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
        assert answer["Error"]["Message"] == "Rate Exceeded."

    orders.publish_version(FunctionName="orders")
    orders.put_function_concurrency(FunctionName="orders", ReservedConcurrentExecutions=0)
    throttled()
    orders.put_function_concurrency(FunctionName="orders", ReservedConcurrentExecutions=1)
    with ThreadPoolExecutor(1) as pool:
        gate = tmp_path / "gate"
        seen = len(run.lines)
        waiting = pool.submit(invoke, orders, {"gate": str(gate)})
        run.wait_for("START RequestId", start=seen)
        throttled(Qualifier="1")
        gate.touch()
        assert waiting.result()["code"] == "one"
    assert invoke(orders, Qualifier="1")["code"] == "one"
    orders.put_function_concurrency(FunctionName="orders", ReservedConcurrentExecutions=0)
    orders.delete_function_concurrency(FunctionName="orders")
    assert invoke(orders)["code"] == "one"
