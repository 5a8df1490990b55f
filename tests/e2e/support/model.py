"""botocore's model of the Lambda API as a judge: every response must be what the model says.

watch(client) makes a boto3 client fail at an answer with an unknown member, a wrong type, a status
or an error that the operation does not have.
"""

import base64
import binascii
import json
from collections import Counter

# The model says 200; AWS was recorded to answer 204.
STATUSES = {"DeleteFunction": {200, 204}}
INVOKING = {"Invoke", "InvokeWithResponseStream"}
# Words that the model lacks and AWS was recorded to answer, by the member's type.
WORDS = {"LastUpdateStatusReasonCode": {"Creating"}}
# Errors of AWS's framework, which no operation lists.
COMMON_ERRORS = {
    "AccessDeniedException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "RequestEntityTooLargeException",
    "SerializationException",
    "UnrecognizedClientException",
    "ValidationException",
}


class Answers:
    """What a client has got so far: how often each operation succeeded, the last raw bodies."""

    def __init__(self):
        self.succeeded = Counter()
        self.errors = Counter()
        self.bodies = {}


def watch(client):
    answers = Answers()

    def judge(operation_model, response_dict, **_):
        name = operation_model.name
        problems = problems_of(operation_model, response_dict)
        assert not problems, f"{name}: {problems}: {response_dict['body']!r}"
        if response_dict["status_code"] >= 300:
            answers.errors[name, response_dict["headers"].get("x-amzn-errortype")] += 1
        else:
            answers.succeeded[name] += 1
        if isinstance(response_dict["body"], bytes):
            answers.bodies[name] = response_dict["body"]

    client.meta.events.register("before-parse.lambda", judge)
    return answers


def problems_of(operation, response):
    headers = {name.lower(): value for name, value in response["headers"].items()}
    problems = [] if headers.get("x-amzn-requestid") else ["no x-amzn-RequestId"]
    if response["status_code"] >= 300:
        return problems + problems_of_error(operation, response, headers)
    expected = STATUSES.get(operation.name, {operation.http.get("responseCode", 200)})
    # Invoke's own says how it was called.
    if operation.name not in INVOKING and response["status_code"] not in expected:
        problems.append(f"status {response['status_code']} instead of {expected}")
    output = operation.output_shape
    if output is None:
        return problems
    payload = output.serialization.get("payload")
    if payload is None:
        if operation.has_event_stream_output:
            return problems
        body = json.loads(response["body"] or b"{}")
        in_body = {
            name: shape
            for name, shape in output.members.items()
            if shape.serialization.get("location") is None
        }
        problems += problems_of_members(in_body, body, operation.name)
    return problems


def problems_of_error(operation, response, headers):
    name = headers.get("x-amzn-errortype", "").split(":")[0]
    body = json.loads(response["body"])
    shapes = {shape.name: shape for shape in operation.error_shapes}
    if name in shapes:
        in_body = {
            member: shape
            for member, shape in shapes[name].members.items()
            if shape.serialization.get("location") is None
        }
        return problems_of_members(in_body, body, name)
    if name not in COMMON_ERRORS:
        return [f"error {name!r} is none of {sorted(shapes)}"]
    return [] if body.get("message") or body.get("Message") else [f"{name} has no message"]


def problems_of_members(members, value, path):
    if not isinstance(value, dict):
        return [f"{path} is no object"]
    known = {shape.serialization.get("name", name): shape for name, shape in members.items()}
    problems = [f"{path}.{name} is unknown" for name in value if name not in known]
    for name, shape in known.items():
        if value.get(name) is not None:
            problems += problems_of_value(shape, value[name], f"{path}.{name}")
        elif name in value:
            problems.append(f"{path}.{name} is null")
    return problems


def problems_of_value(shape, value, path):
    kind = shape.type_name
    if kind == "structure":
        return problems_of_members(shape.members, value, path)
    if kind == "list":
        if not isinstance(value, list):
            return [f"{path} is no list"]
        return [
            problem
            for index, each in enumerate(value)
            for problem in problems_of_value(shape.member, each, f"{path}[{index}]")
        ]
    if kind == "map":
        if not isinstance(value, dict):
            return [f"{path} is no map"]
        return [
            problem
            for key, each in value.items()
            for problem in problems_of_value(shape.key, key, f"{path} key")
            + problems_of_value(shape.value, each, f"{path}.{key}")
        ]
    return problems_of_scalar(shape, value, path)


def problems_of_scalar(shape, value, path):
    kind = shape.type_name
    if kind == "string":
        if not isinstance(value, str):
            return [f"{path} is no string"]
        if shape.enum and value not in {*shape.enum, *WORDS.get(shape.name, ())}:
            return [f"{path} is {value!r}, none of {shape.enum}"]
        return []
    if kind == "boolean":
        return [] if isinstance(value, bool) else [f"{path} is no boolean"]
    if kind in ("integer", "long"):
        good = isinstance(value, int) and not isinstance(value, bool)
        return [] if good else [f"{path} is no integer"]
    if kind in ("double", "float"):
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        return [] if good else [f"{path} is no number"]
    if kind == "timestamp":
        wanted = str if shape.serialization.get("timestampFormat") == "iso8601" else (int, float)
        return [] if isinstance(value, wanted) else [f"{path} is no timestamp"]
    if kind == "blob":
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, TypeError):
            return [f"{path} is no base64"]
    return []
