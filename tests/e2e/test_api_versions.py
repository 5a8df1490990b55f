"""Versions, aliases, concurrency, event-invoke configuration, policies, tags and account settings
by boto3, on a template's function and on one that the API made. Every answer is judged by
botocore's model.
"""

import json

import pytest
from botocore.exceptions import ClientError
from support.api import client_of, create_function, update_settled

ARN = "arn:aws:lambda:us-east-1:000000000000:function:Recorder"


@pytest.fixture
def api(klambda, project):
    project.add(handler="misbehaving.handler")
    run = klambda("start", project.template)
    client, answers = client_of(run.url())
    yield client
    assert answers.succeeded
    run.interrupt()
    run.expect_exit(130, 20)


def error_of(call, **parameters):
    """(exception, message)"""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def executed_version(client, **parameters):
    answer = client.invoke(FunctionName="Recorder", Payload=b"{}", **parameters)
    json.load(answer["Payload"])
    return answer["ExecutedVersion"]


def test_a_version_runs_under_its_number_and_its_alias(api):
    published = api.publish_version(FunctionName="Recorder", Description="the first")
    assert published["Version"] == "1"
    assert published["FunctionArn"] == f"{ARN}:1"
    assert published["State"] == "Active"
    again = api.publish_version(FunctionName="Recorder", Description="not another")
    assert (again["Version"], again["Description"]) == ("1", "the first")
    versions = api.list_versions_by_function(FunctionName="Recorder")["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1"]

    alias = api.create_alias(FunctionName="Recorder", Name="live", FunctionVersion="1")
    assert executed_version(api) == "$LATEST"
    assert executed_version(api, Qualifier="1") == "1"
    assert executed_version(api, Qualifier="live") == "1"
    moved = api.update_alias(FunctionName="Recorder", Name="live", FunctionVersion="$LATEST")
    assert moved["RevisionId"] != alias["RevisionId"]
    assert executed_version(api, Qualifier="live") == "$LATEST"
    assert api.get_alias(FunctionName="Recorder", Name="live")["AliasArn"] == f"{ARN}:live"
    pages = api.get_paginator("list_aliases").paginate(FunctionName="Recorder")
    assert [alias["Name"] for page in pages for alias in page["Aliases"]] == ["live"]
    api.delete_alias(FunctionName="Recorder", Name="live")
    assert error_of(api.get_alias, FunctionName="Recorder", Name="live") == (
        "ResourceNotFoundException",
        f"Cannot find alias arn: {ARN}:live",
    )
    gone = error_of(api.invoke, FunctionName="Recorder", Qualifier="live")
    assert gone == ("ResourceNotFoundException", f"Function not found: {ARN}:live")


def test_a_version_keeps_what_it_was_and_weights_divide_invocations(api):
    staged = """
import os

def handler(event, context):
    return [context.function_version, os.environ["STAGE"], context.invoked_function_arn]
"""
    first, second = ({"Variables": {"STAGE": stage}} for stage in ["one", "two"])
    create_function(api, "Staged", staged, Environment=first, Publish=True)
    api.update_function_configuration(FunctionName="Staged", Environment=second)
    update_settled(api, "Staged")
    assert api.publish_version(FunctionName="Staged")["Version"] == "2"

    def answer(qualifier):
        called = api.invoke(FunctionName="Staged", Qualifier=qualifier)
        return json.load(called["Payload"])

    arn = "arn:aws:lambda:us-east-1:000000000000:function:Staged"
    assert answer("1") == ["1", "one", f"{arn}:1"]
    assert answer("2") == ["2", "two", f"{arn}:2"]
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    api.create_alias(FunctionName="Staged", Name="live", FunctionVersion="1", RoutingConfig=weights)
    seen = {tuple(answer("live")) for _ in range(64)}
    assert seen == {("1", "one", f"{arn}:live"), ("2", "two", f"{arn}:live")}
    listed = api.list_versions_by_function(FunctionName="Staged", MaxItems=2)
    assert [version["FunctionArn"] for version in listed["Versions"]] == [
        f"{arn}:$LATEST",
        f"{arn}:1",
    ]
    assert listed["NextMarker"]
    assert api.get_account_settings()["AccountUsage"]["FunctionCount"] == 2


def test_a_reservation_of_nothing_throttles(api):
    reserved = api.put_function_concurrency(
        FunctionName="Recorder", ReservedConcurrentExecutions=0
    )
    assert reserved["ReservedConcurrentExecutions"] == 0
    limits = api.get_account_settings()["AccountLimit"]
    assert limits["UnreservedConcurrentExecutions"] == 1000
    assert error_of(api.invoke, FunctionName="Recorder")[0] == "TooManyRequestsException"
    api.delete_function_concurrency(FunctionName="Recorder")
    concurrency = api.get_function_concurrency(FunctionName="Recorder")
    assert "ReservedConcurrentExecutions" not in concurrency
    assert executed_version(api) == "$LATEST"
    code, message = error_of(
        api.put_function_concurrency, FunctionName="Recorder", ReservedConcurrentExecutions=901
    )
    assert code == "InvalidParameterValueException"
    assert message.endswith("below its minimum value of [100].")


def test_event_invoke_configuration(api):
    put = api.put_function_event_invoke_config(
        FunctionName="Recorder",
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:q"}},
    )
    assert put["FunctionArn"] == f"{ARN}:$LATEST"
    updated = api.update_function_event_invoke_config(
        FunctionName="Recorder", MaximumEventAgeInSeconds=60
    )
    assert updated["MaximumRetryAttempts"] == 1
    assert updated["DestinationConfig"] == put["DestinationConfig"]
    assert api.get_function_event_invoke_config(FunctionName="Recorder")["LastModified"]
    listed = api.list_function_event_invoke_configs(FunctionName="Recorder")
    assert len(listed["FunctionEventInvokeConfigs"]) == 1
    api.delete_function_event_invoke_config(FunctionName="Recorder")
    assert error_of(api.get_function_event_invoke_config, FunctionName="Recorder") == (
        "ResourceNotFoundException",
        f"The function {ARN}:$LATEST doesn't have an EventInvokeConfig",
    )


def test_policies_and_what_tools_read_and_write(api):
    added = api.add_permission(
        FunctionName="Recorder",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::bucket",
    )
    policy = json.loads(api.get_policy(FunctionName="Recorder")["Policy"])
    assert policy["Statement"] == [json.loads(added["Statement"])]
    api.remove_permission(FunctionName="Recorder", StatementId="s3")
    assert error_of(api.get_policy, FunctionName="Recorder") == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )
    api.put_function_recursion_config(FunctionName="Recorder", RecursiveLoop="Allow")
    recursion = api.get_function_recursion_config(FunctionName="Recorder")
    assert recursion["RecursiveLoop"] == "Allow"
    runtime = api.get_runtime_management_config(FunctionName="Recorder")
    assert runtime["UpdateRuntimeOn"] == "Auto"
    api.put_runtime_management_config(FunctionName="Recorder", UpdateRuntimeOn="FunctionUpdate")
    signing = api.get_function_code_signing_config(FunctionName="Recorder")
    assert "CodeSigningConfigArn" not in signing


def test_tags(api):
    api.tag_resource(Resource=ARN, Tags={"team": "a", "stage": "local"})
    api.untag_resource(Resource=ARN, TagKeys=["stage", "none"])
    assert api.list_tags(Resource=ARN)["Tags"] == {"team": "a"}
    many = {f"key{number}": "value" for number in range(50)}
    assert error_of(api.tag_resource, Resource=ARN, Tags=many) == (
        "InvalidParameterValueException",
        "Number of tags exceeds resource tag limit.",
    )
    assert error_of(api.tag_resource, Resource=f"{ARN}:1", Tags={"a": "b"}) == (
        "InvalidParameterValueException",
        "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    )
    assert error_of(api.list_tags, Resource=f"{ARN}-none") == (
        "ResourceNotFoundException",
        f"Function not found: {ARN}-none",
    )
