"""A klambda driven through the Lambda API: clients, packages, waiting for states."""

import io
import pathlib
import zipfile

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from support.model import watch
from support.program import wait_until

ROLE = "arn:aws:iam::123456789012:role/handler"
REGION = "us-east-1"
KEY = ("test", "test")


def client_of(url, key=KEY, **config):
    """A boto3 client that judges every answer by the model, and what it has got so far."""
    client = boto3.client(
        "lambda",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=key[0],
        aws_secret_access_key=key[1],
        config=Config(**{"retries": {"max_attempts": 0}, "read_timeout": 60, **config}),
    )
    return client, watch(client)


def zip_of(files):
    """{name: text or bytes} as a package."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.external_attr = 0o755 << 16
            package.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def python_function(text="def handler(event, context):\n    return event\n", **more):
    """The parameters of a CreateFunction."""
    return {
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "app.handler",
        "Code": {"ZipFile": zip_of({"app.py": text})},
        **more,
    }


def create_function(client, name, *arguments, **more):
    """Created and Active."""
    made = client.create_function(FunctionName=name, **python_function(*arguments, **more))
    client.get_waiter("function_active_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 2000}
    )
    return made


def update_settled(client, name):
    client.get_waiter("function_updated_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 2000}
    )


def refused(call, **parameters):
    """Status, type and message of the error that the call must end in."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return (
        answer["ResponseMetadata"]["HTTPStatusCode"],
        answer["Error"]["Code"],
        answer["Error"]["Message"],
    )


def mapping_of(topic, servers, function, **more):
    """The parameters of a CreateEventSourceMapping."""
    return {
        "FunctionName": function,
        "Topics": [topic],
        "StartingPosition": "TRIM_HORIZON",
        "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": servers.split(",")}},
        "SourceAccessConfigurations": [],
        **more,
    }


def wait_for_mapping(client, uuid, *states, seconds=30):
    """The mapping's configuration once it is in one of the states; "gone" stands for a 404."""

    def look():
        try:
            mapping = client.get_event_source_mapping(UUID=uuid)
        except client.exceptions.ResourceNotFoundException:
            return {"State": "gone"} if "gone" in states else None
        return mapping if mapping["State"] in states else None

    return wait_until(look, f"mapping {uuid} is {' or '.join(states)}", seconds)


def lines_of(path):
    path = pathlib.Path(path)
    return path.read_text().splitlines() if path.exists() else []
