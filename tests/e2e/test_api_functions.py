"""Functions through the Lambda API as boto3 sees it: from a package to an answer,
changes, downloads, lists.
"""

import base64
import hashlib
import json
import os
import threading
import time
import urllib.request

import pytest
from botocore.exceptions import ClientError
from support.api import (
    client_of,
    create_function,
    python_function,
    refused,
    update_settled,
    zip_of,
)
from support.program import MARK, wait_until

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
VERSION_TWO = "def handler(event, context):\n    return 'two'\n"
ENVIRONMENT = (
    "import os\ndef handler(event, context):\n"
    "    return [os.environ.get('STAGE'), context.function_version]\n"
)


@pytest.fixture
def run(project, klambda):
    """A klambda with one function of a template, named Recorder."""
    project.add(client="python")
    run = klambda("start", project.template)
    yield run
    run.interrupt()
    run.expect_exit(130, 20)


@pytest.fixture
def client(run):
    return client_of(run.url(), parameter_validation=False)[0]


@pytest.fixture
def variables(project):
    """They carry the mark by which processes that were left behind are found."""
    return {"Variables": {MARK: project.mark}}


def answer_of(client, name, event=None, **more):
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event), **more)
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.load(answer["Payload"])


def test_from_a_package_to_its_end(client, variables):
    package = python_function()["Code"]["ZipFile"]
    made = client.create_function(
        FunctionName="orders", **python_function(Environment=variables, Tags={"team": "orders"})
    )
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
    assert made["StateReason"] == "The function is being created."
    assert made["FunctionArn"] == ARN + "orders"
    assert made["CodeSha256"] == base64.b64encode(hashlib.sha256(package).digest()).decode()
    assert made["CodeSize"] == len(package)
    assert "LastUpdateStatus" not in made
    client.get_waiter("function_active_v2").wait(
        FunctionName="orders", WaiterConfig={"Delay": 0.05, "MaxAttempts": 2000}
    )
    assert answer_of(client, "orders", {"n": 1}) == {"n": 1}

    updated = client.update_function_code(
        FunctionName="orders", ZipFile=zip_of({"app.py": ENVIRONMENT}), Publish=True
    )
    assert (updated["Version"], updated["FunctionArn"]) == ("1", ARN + "orders:1")
    now = client.get_function_configuration(FunctionName="orders")
    assert now["State"] == "Active"
    update_settled(client, "orders")
    client.update_function_configuration(
        FunctionName="orders",
        Environment={"Variables": {"STAGE": "test", **variables["Variables"]}},
        Timeout=7,
    )
    update_settled(client, "orders")
    assert answer_of(client, "orders") == ["test", "$LATEST"]
    assert answer_of(client, "orders", Qualifier="1") == [None, "1"]

    got = client.get_function(FunctionName="orders")
    assert got["Configuration"]["Timeout"] == 7
    assert (got["Configuration"]["State"], got["Configuration"]["LastUpdateStatus"]) == (
        "Active",
        "Successful",
    )
    assert got["Tags"] == {"team": "orders"}
    assert got["Code"]["RepositoryType"] == "S3"
    with urllib.request.urlopen(got["Code"]["Location"], timeout=30) as download:
        digest = hashlib.sha256(download.read()).digest()
    assert base64.b64encode(digest).decode() == got["Configuration"]["CodeSha256"]

    gone = client.delete_function(FunctionName="orders")
    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204
    missing = (404, "ResourceNotFoundException", "Function not found: " + ARN + "orders")
    for call in (client.get_function, client.delete_function, client.get_function_configuration):
        assert refused(call, FunctionName="orders") == missing


def test_a_directory_is_reloaded_when_it_is_edited(client, project, variables):
    code = project.directory / "mine"
    code.mkdir()
    (code / "app.py").write_text("def handler(event, context):\n    return 'one'\n")
    create_function(
        client,
        "mine",
        Code={"S3Bucket": "klambda-local", "S3Key": str(code)},
        Environment=variables,
    )
    # Of the same length within the same second: what Python by itself takes for no change.
    start_of_a_second = time.time_ns() // 1_000_000_000 * 1_000_000_000
    os.utime(code / "app.py", ns=(start_of_a_second, start_of_a_second))
    assert answer_of(client, "mine") == "one"
    (code / "app.py").write_text(VERSION_TWO)
    os.utime(code / "app.py", ns=(start_of_a_second, start_of_a_second + 999_000_000))
    wait_until(lambda: answer_of(client, "mine") == "two", "the edited handler runs")


def test_a_template_function_is_a_function_like_any(client):
    create_function(client, "orders")
    listed = client.list_functions()["Functions"]
    assert [each["FunctionName"] for each in listed] == ["Recorder", "orders"]
    assert not any({"State", "LastUpdateStatus", "RuntimeVersionConfig"} & set(e) for e in listed)
    before = client.get_function_configuration(FunctionName="Recorder")
    assert before["State"] == "Active"
    variables = {**before["Environment"]["Variables"], "STAGE": "test"}
    client.update_function_configuration(
        FunctionName="Recorder", Environment={"Variables": variables}
    )
    update_settled(client, "Recorder")
    code = zip_of({"recorder.py": ENVIRONMENT})
    client.update_function_code(FunctionName="Recorder", ZipFile=code)
    update_settled(client, "Recorder")
    assert answer_of(client, "Recorder") == ["test", "$LATEST"]


def test_lists_come_in_pages(client):
    for name in ("b", "a", "a-b"):
        create_function(client, name)
    client.publish_version(FunctionName="a")
    first = client.list_functions(MaxItems=2)
    assert [each["FunctionName"] for each in first["Functions"]] == ["Recorder", "a"]
    rest = client.list_functions(MaxItems=2, Marker=first["NextMarker"])
    assert [each["FunctionName"] for each in rest["Functions"]] == ["a-b", "b"]
    assert "NextMarker" not in rest
    pages = client.get_paginator("list_functions").paginate(
        FunctionVersion="ALL", MasterRegion="us-east-1", PaginationConfig={"PageSize": 2}
    )
    arns = [each["FunctionArn"] for page in pages for each in page["Functions"]]
    assert arns == [
        ARN + each for each in ("Recorder:$LATEST", "a:$LATEST", "a:1", "a-b:$LATEST", "b:$LATEST")
    ]


def test_versions_are_read_and_deleted_by_their_qualifier(client):
    create_function(client, "orders", Publish=True)
    client.create_alias(FunctionName="orders", Name="live", FunctionVersion="1")
    for qualifier, version in (("1", "1"), ("live", "1"), ("$LATEST", "$LATEST")):
        found = client.get_function(FunctionName="orders", Qualifier=qualifier)["Configuration"]
        assert (found["FunctionArn"], found["Version"]) == (ARN + f"orders:{qualifier}", version)
    assert refused(client.get_function, FunctionName="orders:7") == (
        404,
        "ResourceNotFoundException",
        f"Function not found: {ARN}orders:7",
    )
    delete = client.delete_function
    assert refused(delete, FunctionName="orders", Qualifier="$LATEST") == (
        400,
        "InvalidParameterValueException",
        "$LATEST version cannot be deleted without deleting the function.",
    )
    assert refused(delete, FunctionName="orders", Qualifier="live")[2] == (
        "Deletion of aliases is not currently supported."
    )
    assert refused(delete, FunctionName="orders", Qualifier="1") == (
        409,
        "ResourceConflictException",
        "Unable to delete version because the following aliases reference it: [live]",
    )
    client.delete_alias(FunctionName="orders", Name="live")
    for version in ("1", "99"):
        delete(FunctionName="orders", Qualifier=version)
    listed = client.list_versions_by_function(FunctionName="orders")["Versions"]
    assert [each["Version"] for each in listed] == ["$LATEST"]


def test_revisions_guard_changes(client):
    create_function(client, "orders")
    revision = client.get_function_configuration(FunctionName="orders")["RevisionId"]
    mismatch = (
        412,
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the "
        "GetFunction/GetAlias API to retrieve the latest Revision Id",
    )
    code = {"FunctionName": "orders", "ZipFile": zip_of({"app.py": VERSION_TWO})}
    tried = client.update_function_code(**code, DryRun=True, RevisionId=revision)
    assert (tried["RevisionId"], tried["State"]) == (revision, "Active")
    client.update_function_code(**code, RevisionId=revision)
    update_settled(client, "orders")
    assert refused(client.update_function_code, **code, RevisionId=revision) == mismatch
    assert mismatch == refused(
        client.update_function_configuration,
        FunctionName="orders",
        Timeout=5,
        RevisionId=revision,
    )
    assert answer_of(client, "orders") == "two"


def test_one_of_many_creates_of_one_name_wins(run):
    clients = [client_of(run.url())[0] for _ in range(8)]
    outcomes = []

    def create(client):
        try:
            outcomes.append(client.create_function(FunctionName="orders", **python_function()))
        except ClientError as error:
            outcomes.append(error.response["Error"])

    threads = [threading.Thread(target=create, args=(each,)) for each in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("FunctionName" in each for each in outcomes) == 1
    lost = [each for each in outcomes if "Code" in each]
    assert len(lost) == 7
    assert {each["Code"] for each in lost} == {"ResourceConflictException"}
    assert {each["Message"] for each in lost} == {"Function already exist: orders"}


def test_a_runtime_that_this_machine_lacks_is_a_failed_function(client):
    code = {"ZipFile": zip_of({"app.rb": "def handler(event:, context:) = event\n"})}
    client.create_function(FunctionName="gems", **python_function(Runtime="ruby3.3", Code=code))
    failed = wait_until(
        lambda: next(
            (
                each
                for each in [client.get_function_configuration(FunctionName="gems")]
                if each["State"] == "Failed"
            ),
            None,
        ),
        "the function is Failed",
    )
    # No ruby, or none of its client.
    assert "ruby" in failed["StateReason"] and "install" in failed["StateReason"]
    assert failed["StateReasonCode"] == "InvalidConfiguration"
    assert refused(client.invoke, FunctionName="gems", Payload=b"{}")[:2] == (
        409,
        "ResourceConflictException",
    )
