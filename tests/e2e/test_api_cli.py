"""The AWS CLI alone takes a function and its Kafka trigger through their whole life."""

import json
import pathlib
import subprocess
import sys

import pytest
from support.api import zip_of
from support.program import SLOWNESS, environment_for, wait_until

HANDLER = """
import base64, os, pathlib

def handler(event, context):
    seen = pathlib.Path(os.environ["SEEN"])
    values = [base64.b64decode(record["value"]).decode()
              for records in event.get("records", {}).values() for record in records]
    with seen.open("a") as file:
        file.writelines(f"{len(values)} {value}\\n" for value in values)
    return {"records": len(values)}
"""
ROLE = "arn:aws:iam::123456789012:role/handler"


@pytest.fixture
def aws(klambda, kafka, tmp_path):
    """aws("get-function", …): the CLI's answer as JSON."""
    run = klambda("start", "--kafka", kafka.bootstrap_servers)
    environment = {
        **environment_for("cli"),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_LAMBDA": run.url(),
        "AWS_PAGER": "",
        "AWS_MAX_ATTEMPTS": "1",
    }

    def call(*arguments, fails=False):
        command = [str(pathlib.Path(sys.executable).parent / "aws"), "lambda", *arguments]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            timeout=90 * SLOWNESS,
        )
        said = f"{command}: {done.stdout}{done.stderr}\n{run.log()}"
        assert (done.returncode != 0) == fails, said
        if fails:
            return done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    yield call
    run.interrupt()
    run.expect_exit(130)


def state_of(aws, uuid):
    return aws("get-event-source-mapping", "--uuid", uuid)["State"]


def test_a_trigger_s_whole_life(aws, kafka, topic, tmp_path):
    kafka.create_topic(topic, 2)
    seen = tmp_path / "seen.txt"
    (tmp_path / "code.zip").write_bytes(zip_of({"app.py": HANDLER}))

    def lines():
        return seen.read_text().splitlines() if seen.exists() else []

    aws(
        *("create-function", "--function-name", "orders", "--runtime", "python3.12"),
        *("--role", ROLE, "--handler", "app.handler", "--zip-file", "fileb://code.zip"),
        *("--environment", f"Variables={{SEEN={seen}}}", "--timeout", "10"),
    )
    aws("wait", "function-active-v2", "--function-name", "orders")

    uuid = aws(
        *("create-event-source-mapping", "--function-name", "orders", "--topics", topic),
        *("--starting-position", "TRIM_HORIZON", "--source-access-configurations", "[]"),
        "--self-managed-event-source",
        f'{{"Endpoints": {{"KAFKA_BOOTSTRAP_SERVERS": ["{kafka.bootstrap_servers}"]}}}}',
    )["UUID"]
    wait_until(lambda: state_of(aws, uuid) == "Enabled", "enabled", 60)
    kafka.produce(topic, ["a", "b", "c"], partitions=2)
    wait_until(lambda: len(lines()) == 3, lambda: f"three records: {lines()}", 60)
    assert aws("get-event-source-mapping", "--uuid", uuid)["LastProcessingResult"] == "OK"

    answer = aws(
        *("invoke", "--function-name", "orders", "--payload", '{"records": {}}'), "out.json"
    )
    assert answer["StatusCode"] == 200
    assert json.loads((tmp_path / "out.json").read_text()) == {"records": 0}

    updated = aws("update-event-source-mapping", "--uuid", uuid, "--batch-size", "1")
    assert (updated["State"], updated["BatchSize"]) == ("Updating", 1)
    wait_until(lambda: state_of(aws, uuid) == "Enabled", "enabled again", 60)
    kafka.produce(topic, ["d", "e"], partitions=2)
    wait_until(lambda: len(lines()) == 5, lambda: f"five records: {lines()}", 60)
    assert sorted(lines()[3:]) == ["1 d", "1 e"]

    disabled = aws("update-event-source-mapping", "--uuid", uuid, "--no-enabled")
    assert disabled["State"] == "Disabling"
    wait_until(lambda: state_of(aws, uuid) == "Disabled", "disabled", 60)
    kafka.produce(topic, ["f"], partitions=2)
    assert aws("update-event-source-mapping", "--uuid", uuid, "--enabled")["State"] == "Enabling"
    wait_until(lambda: len(lines()) == 6, lambda: f"the record of meanwhile: {lines()}", 60)
    assert lines()[5] == "1 f"

    wait_until(lambda: state_of(aws, uuid) == "Enabled", "enabled a third time", 60)
    assert aws("delete-event-source-mapping", "--uuid", uuid)["State"] == "Deleting"
    wait_until(
        lambda: aws("list-event-source-mappings", "--function-name", "orders")
        == {"EventSourceMappings": []},
        "no mapping is left",
        60,
    )
    gone = aws("get-event-source-mapping", "--uuid", uuid, fails=True)
    assert "The resource you requested does not exist." in gone
    aws("delete-function", "--function-name", "orders")
    assert aws("list-functions") == {"Functions": []}
