"""Invoking as the API has it: what a caller is answered, and what becomes of events that are
invoked asynchronously.
"""

import base64
import json
import re
import urllib.request

import pytest
from botocore.exceptions import ClientError
from support.api import client_of, create_function, lines_of
from support.aws import REGION
from support.program import MARK, environment_for, wait_until

# Writes down every attempt's request id, and does what the event says.
CODE = """
import json, os

def handler(event, context):
    with open(os.environ["SEEN"], "a") as file:
        file.write(context.aws_request_id + "\\n")
    if "raise" in event:
        raise ValueError(event["raise"])
    if "bytes" in event:
        return "x" * event["bytes"]
    print("heard", event)
    return {"event": event, "arn": context.invoked_function_arn,
            "context": context.client_context and context.client_context.custom}
"""
NAME = "orders"
ARN = f"arn:aws:lambda:{REGION}:000000000000:function:{NAME}"


class Served:
    """A klambda with moto as its AWS, and one function made through the API."""

    def __init__(self, run, project, moto):
        self.run, self.moto, self.project = run, moto, project
        self.client, self.judge = client_of(run.url())
        self.seen = project.directory / "seen.txt"

    def create(self, name=NAME, **more):
        variables = {"SEEN": str(self.seen), MARK: self.project.mark}
        create_function(self.client, name, CODE, Environment={"Variables": variables}, **more)

    def configure(self, **more):
        self.client.put_function_event_invoke_config(FunctionName=NAME, **more)

    def send(self, event):
        # Without blanks: moto encodes a topic's message anew before it judges the signature.
        payload = json.dumps(event, separators=(",", ":"))
        answer = self.client.invoke(FunctionName=NAME, InvocationType="Event", Payload=payload)
        assert answer["StatusCode"] == 202 and answer["Payload"].read() == b""
        return answer["ResponseMetadata"]["RequestId"]

    def advance(self, seconds):
        url = f"{self.run.url()}/_klambda/advance-time?seconds={seconds}"
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=10):
            pass

    def attempts(self, count):
        wait_until(lambda: len(lines_of(self.seen)) >= count, f"{count} attempts")
        assert len(lines_of(self.seen)) == count
        return lines_of(self.seen)

    def record(self, queue):
        """The one invocation record in the queue."""
        body = wait_until(lambda: self.moto.received(queue), lambda: f"a message\n{self.run.log()}")
        assert len(body) == 1
        return json.loads(body[0])

    def fails(self, **request):
        """(status, code, message, further members) of an Invoke that is refused."""
        with pytest.raises(ClientError) as caught:
            self.client.invoke(**{"FunctionName": NAME, **request})
        answer = caught.value.response
        error = answer["Error"]
        return answer["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"], answer


@pytest.fixture
def served(klambda, project, moto):
    project.add("Idle")
    environment = environment_for(project.mark, **moto.environment())
    run = klambda("start", project.template, environment=environment)
    yield Served(run, project, moto)
    if run.is_running():
        run.interrupt()
    run.expect_exit(130, 20)


def to(success=None, failure=None):
    return {
        name: {"Destination": arn}
        for name, arn in (("OnSuccess", success), ("OnFailure", failure))
        if arn is not None
    }


def test_a_failing_event_is_tried_three_times_with_one_id(served):
    queue = served.moto.create_queue("retried")
    served.create()
    served.configure(DestinationConfig=to(failure=queue))
    request_id = served.send({"raise": "no"})
    served.attempts(1)
    served.run.wait_for(f"{request_id} failed: ValueError; it is tried again in 60 s")
    served.advance(60)
    served.attempts(2)
    served.run.wait_for(f"{request_id} failed: ValueError; it is tried again in 120 s")
    served.advance(120)
    assert served.attempts(3) == [request_id] * 3
    record = served.record(queue)
    assert record["version"] == "1.0" and record["requestPayload"] == {"raise": "no"}
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": f"{ARN}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorMessage"] == "no"


def test_a_success_goes_to_its_destination_and_a_failure_to_a_bucket(served):
    queue, bucket = served.moto.create_queue("done"), served.moto.create_bucket("failed-events")
    served.create()
    served.configure(DestinationConfig=to(queue, bucket), MaximumRetryAttempts=0)
    served.send({"n": 1})
    record = served.record(queue)
    assert record["requestContext"]["condition"] == "Success"
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert record["responsePayload"]["event"] == {"n": 1}
    served.send({"raise": "no"})
    objects = wait_until(lambda: served.moto.objects(bucket), "an object")
    ((key, text),) = objects.items()
    day = r"\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d"
    assert re.fullmatch(rf"aws/lambda/async/{NAME}/{day}-[0-9a-f-]{{36}}", key)
    assert json.loads(text)["requestContext"]["approximateInvokeCount"] == 1


def test_a_dead_letter_is_the_event_with_why_in_attributes(served):
    queue = served.moto.create_queue("letters")
    served.create(DeadLetterConfig={"TargetArn": queue})
    served.configure(MaximumRetryAttempts=0)
    request_id = served.send({"raise": "no"})
    sqs = served.moto.client("sqs")
    url = sqs.get_queue_url(QueueName="letters")["QueueUrl"]
    (message,) = wait_until(
        lambda: sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages"),
        lambda: f"a message\n{served.run.log()}",
    )
    assert json.loads(message["Body"]) == {"raise": "no"}
    values = {
        name: (value["DataType"], value["StringValue"])
        for name, value in message["MessageAttributes"].items()
    }
    assert values == {
        "RequestID": ("String", request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "no"),
    }


def test_a_dead_letter_to_a_topic_has_the_attributes_too(served):
    queue = served.moto.create_queue("subscribed")
    served.create(DeadLetterConfig={"TargetArn": served.moto.create_topic("letters", queue)})
    served.configure(MaximumRetryAttempts=0)
    request_id = served.send({"raise": "no"})
    notification = served.record(queue)
    assert json.loads(notification["Message"]) == {"raise": "no"}
    assert notification["MessageAttributes"]["RequestID"] == {"Type": "String", "Value": request_id}


def test_a_template_says_where_an_event_ends(klambda, project, moto):
    queue, letters = moto.create_queue("given-up"), moto.create_queue("dead")
    to_queue = {"OnFailure": {"Type": "SQS", "Destination": queue}}
    project.add(
        handler="misbehaving.handler",
        EventInvokeConfig={"MaximumRetryAttempts": 0, "DestinationConfig": to_queue},
        DeadLetterQueue={"Type": "SQS", "TargetArn": letters},
    )
    environment = environment_for(project.mark, **moto.environment())
    run = klambda("start", project.template, environment=environment)
    client, _ = client_of(run.url())
    payload = '{"do": "raise"}'
    client.invoke(FunctionName="Recorder", InvocationType="Event", Payload=payload)
    (record,) = wait_until(lambda: moto.received(queue), lambda: f"a message\n{run.log()}")
    context = json.loads(record)["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("RetriesExhausted", 1)
    (letter,) = wait_until(lambda: moto.received(letters), lambda: f"a letter\n{run.log()}")
    assert json.loads(letter) == {"do": "raise"}
    kept = client.get_function_event_invoke_config(FunctionName="Recorder")
    assert kept["DestinationConfig"]["OnFailure"] == {"Destination": queue}
    run.interrupt()
    run.expect_exit(130, 20)


def test_a_retry_that_would_be_too_late_is_not_waited_for(served):
    queue = served.moto.create_queue("aged")
    served.create()
    served.configure(DestinationConfig=to(failure=queue), MaximumEventAgeInSeconds=60)
    served.send({"raise": "no"})
    context = served.record(queue)["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("EventAgeExceeded", 1)


def test_no_concurrency_gives_events_up_at_once_and_throttles_callers(served):
    queue = served.moto.create_queue("unserved")
    served.create()
    served.configure(DestinationConfig=to(failure=queue))
    served.client.put_function_concurrency(FunctionName=NAME, ReservedConcurrentExecutions=0)
    served.send({"n": 1})
    record = served.record(queue)
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert "responseContext" not in record and "responsePayload" not in record
    status, code, message, answer = served.fails()
    assert (status, code, message) == (429, "TooManyRequestsException", "Rate Exceeded.")
    assert answer["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert answer["retryAfterSeconds"] == "1"
    assert lines_of(served.seen) == []


def test_a_destination_may_be_a_function(served):
    served.create()
    served.create("audit")
    served.configure(DestinationConfig=to(success=f"{ARN.rpartition(':')[0]}:audit"))
    request_id = served.send({"n": 1})
    first, second = served.attempts(2)
    assert first == request_id and second != request_id


def test_events_of_a_deleted_function_end_as_not_found(served):
    queue = served.moto.create_queue("deleted")
    served.create()
    served.configure(DestinationConfig=to(failure=queue), MaximumRetryAttempts=1)
    served.send({"raise": "no"})
    served.run.wait_for("it is tried again in 60 s")
    served.client.delete_function(FunctionName=NAME)
    served.advance(60)
    record = served.record(queue)
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["responseContext"] == {"statusCode": 404}


def test_what_is_queued_at_the_end_is_said(served):
    served.create()
    served.send({"raise": "no"})
    served.send({"raise": "no"})
    served.attempts(2)
    served.run.interrupt()
    served.run.expect_exit(130, 20)
    served.run.wait_for(r"2 events of asynchronous invocations not done \(orders: 2\)")


def test_an_answer_as_a_stream(served):
    served.create()

    def stream(payload, **more):
        answer = served.client.invoke_with_response_stream(
            FunctionName=NAME, Payload=json.dumps(payload), **more
        )
        assert answer["ExecutedVersion"] == "$LATEST"
        assert answer["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"
        events = list(answer["EventStream"])
        chunks = [event["PayloadChunk"]["Payload"] for event in events[:-1]]
        return chunks, events[-1]["InvokeComplete"]

    chunks, complete = stream({"bytes": 1_000_000})
    assert len(chunks) > 1 and b"".join(chunks) == b'"' + b"x" * 1_000_000 + b'"'
    assert complete == {}
    chunks, complete = stream({"n": 1}, LogType="Tail")
    assert json.loads(b"".join(chunks))["event"] == {"n": 1}
    assert b"heard" in base64.b64decode(complete["LogResult"])
    chunks, complete = stream({"raise": "no"})
    assert chunks == [] and complete["ErrorCode"] == "Unhandled"
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "no"
    dry = served.client.invoke_with_response_stream(FunctionName=NAME, InvocationType="DryRun")
    assert dry["StatusCode"] == 204
    with pytest.raises(ClientError, match=r"enum value set: \[RequestResponse, DryRun\]"):
        served.client.invoke_with_response_stream(FunctionName=NAME, InvocationType="Event")


def test_the_older_asynchronous_operation(served):
    served.create()
    assert served.client.invoke_async(FunctionName=NAME, InvokeArgs=b'{"n": 1}')["Status"] == 202
    served.attempts(1)


def test_what_a_caller_is_answered(served):
    served.create()
    context = base64.b64encode(b'{"custom": {"a": "b"}}').decode()
    answer = served.client.invoke(
        FunctionName=NAME, Payload=b'{"n": 1}', LogType="Tail", ClientContext=context
    )
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert headers["x-amzn-requestid"] == request_id == lines_of(served.seen)[-1]
    assert re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};", headers["x-amzn-trace-id"])
    assert answer["ExecutedVersion"] == "$LATEST" and "FunctionError" not in answer
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert f"START RequestId: {request_id}" in tail and "heard {'n': 1}" in tail
    body = json.loads(answer["Payload"].read())
    assert body == {"event": {"n": 1}, "arn": ARN, "context": {"a": "b"}}
    for named in (NAME, f"{NAME}:$LATEST", ARN, f"{ARN}:$LATEST"):
        assert served.client.invoke(FunctionName=named)["StatusCode"] == 200
    dry = served.client.invoke(FunctionName=NAME, InvocationType="DryRun")
    assert dry["StatusCode"] == 204


def test_what_a_caller_is_refused(served):
    served.create()
    long_context = base64.b64encode(json.dumps({"custom": {"a": "x" * 3000}}).encode()).decode()
    not_one_of = "failed to satisfy constraint: Member must satisfy enum value set:"
    for request, status, code, message in [
        (
            {"FunctionName": "nobody", "InvocationType": "DryRun"},
            404,
            "ResourceNotFoundException",
            f"Function not found: {ARN.rpartition(':')[0]}:nobody:$LATEST",
        ),
        (
            {"Qualifier": "live", "InvocationType": "Event"},
            404,
            "ResourceNotFoundException",
            f"Function not found: {ARN}:live",
        ),
        (
            {"InvocationType": "Later"},
            400,
            "ValidationException",
            "1 validation error detected: Value 'Later' at 'invocationType' "
            f"{not_one_of} [Event, RequestResponse, DryRun]",
        ),
        (
            {"LogType": "Head"},
            400,
            "ValidationException",
            f"1 validation error detected: Value 'Head' at 'logType' {not_one_of} [None, Tail]",
        ),
        (
            {"ClientContext": "bm8="},
            400,
            "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object.",
        ),
        (
            {"Payload": b"{client: 1}"},
            400,
            "InvalidRequestContentException",
            "Could not parse request body into json: Could not parse payload into json: "
            "Unexpected character ('c' (code 99)): was expecting double-quote to start field name\n"
            " at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); "
            "line: 1, column: 2]",
        ),
        (
            {"Payload": b'"' + b"x" * (1024 * 1024) + b'"', "InvocationType": "Event"},
            413,
            "RequestEntityTooLargeException",
            "Request must be smaller than 1048576 bytes for the InvokeFunction operation",
        ),
    ]:
        assert served.fails(**request)[:3] == (status, code, message)
    status, code, message, _ = served.fails(ClientContext=long_context)
    assert (status, code) == (400, "ValidationException")
    assert message.endswith("Member must have length less than or equal to 3583")
    assert lines_of(served.seen) == []
