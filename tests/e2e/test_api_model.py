"""Every operation of botocore's model: either a tour of the API has had an answer that the model
accepts in every member, or klambda says in AWS's form that it does not do the operation.
"""

import io
import json

import pytest
from botocore.exceptions import ClientError
from support.api import (
    client_of,
    create_function,
    mapping_of,
    update_settled,
    wait_for_mapping,
    zip_of,
)

QUEUE = "arn:aws:sqs:us-east-1:000000000000:orders"
# Values for what an operation cannot do without, by the member's name or else its type.
SAMPLES = {
    "FunctionName": "orders",
    "UUID": "00000000-0000-4000-8000-000000000000",
    "Resource": "arn:aws:lambda:us-east-1:000000000000:function:orders",
    "Qualifier": "1",
}


def change_code_and_settings(client):
    client.update_function_code(FunctionName="orders", ZipFile=zip_of({"app.py": "x = 1\n"}))
    update_settled(client, "orders")
    client.update_function_configuration(
        FunctionName="orders",
        Timeout=7,
        Environment={"Variables": {"MODE": "b"}},
        DeadLetterConfig={"TargetArn": QUEUE},
        TracingConfig={"Mode": "Active"},
        LoggingConfig={"LogFormat": "JSON"},
        EphemeralStorage={"Size": 1024},
        Layers=[],
    )
    update_settled(client, "orders")


def tour_of_functions(client):
    create_function(client, "orders", Tags={"team": "a"}, Description="takes orders")
    for read in (client.get_function, client.get_function_configuration):
        read(FunctionName="orders")
    client.list_functions()
    client.list_functions(FunctionVersion="ALL", MaxItems=1)
    client.invoke(FunctionName="orders", Payload=b"{}", LogType="Tail")["Payload"].read()
    client.invoke(FunctionName="orders", Payload=b"{}", InvocationType="Event")
    client.invoke(FunctionName="orders", Payload=b"{}", InvocationType="DryRun")
    client.invoke_async(FunctionName="orders", InvokeArgs=io.BytesIO(b"{}"))
    stream = client.invoke_with_response_stream(FunctionName="orders", Payload=b'{"n": 1}')
    events = list(stream["EventStream"])
    assert b"".join(e["PayloadChunk"]["Payload"] for e in events[:-1]) == b'{"n": 1}'
    assert "InvokeComplete" in events[-1]
    client.get_account_settings()


def tour_of_versions(client):
    first = client.publish_version(FunctionName="orders")
    assert first["Version"] == "1"
    change_code_and_settings(client)
    client.publish_version(FunctionName="orders", Description="second")
    client.list_versions_by_function(FunctionName="orders")
    client.create_alias(FunctionName="orders", Name="live", FunctionVersion="1")
    client.update_alias(
        FunctionName="orders",
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    client.get_alias(FunctionName="orders", Name="live")
    client.list_aliases(FunctionName="orders")
    client.put_function_concurrency(FunctionName="orders", ReservedConcurrentExecutions=5)
    client.get_function_concurrency(FunctionName="orders")
    client.get_function(FunctionName="orders", Qualifier="live")
    client.delete_function_concurrency(FunctionName="orders")
    asynchronous = {"FunctionName": "orders", "Qualifier": "live"}
    client.put_function_event_invoke_config(**asynchronous, MaximumRetryAttempts=1)
    client.update_function_event_invoke_config(
        **asynchronous, DestinationConfig={"OnFailure": {"Destination": QUEUE}}
    )
    client.get_function_event_invoke_config(**asynchronous)
    client.list_function_event_invoke_configs(FunctionName="orders")
    client.delete_function_event_invoke_config(**asynchronous)
    client.delete_alias(FunctionName="orders", Name="live")


def tour_of_small_things(client):
    arn = client.get_function_configuration(FunctionName="orders")["FunctionArn"]
    client.tag_resource(Resource=arn, Tags={"a": "b"})
    client.list_tags(Resource=arn)
    client.untag_resource(Resource=arn, TagKeys=["a"])
    client.add_permission(
        FunctionName="orders",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
    )
    client.get_policy(FunctionName="orders")
    client.remove_permission(FunctionName="orders", StatementId="s")
    client.get_function_code_signing_config(FunctionName="orders")
    client.put_function_recursion_config(FunctionName="orders", RecursiveLoop="Allow")
    client.get_function_recursion_config(FunctionName="orders")
    client.create_function_url_config(FunctionName="orders", AuthType="NONE")
    client.update_function_url_config(FunctionName="orders", InvokeMode="RESPONSE_STREAM")
    client.get_function_url_config(FunctionName="orders")
    client.list_function_url_configs(FunctionName="orders")
    client.delete_function_url_config(FunctionName="orders")
    client.put_runtime_management_config(FunctionName="orders", UpdateRuntimeOn="Auto")
    client.get_runtime_management_config(FunctionName="orders")


def tour_of_layers(client):
    layer = client.publish_layer_version(
        LayerName="tools",
        Description="shared",
        CompatibleRuntimes=["python3.12"],
        LicenseInfo="MIT",
        Content={"ZipFile": zip_of({"python/tools.py": "x = 1\n"})},
    )
    client.get_layer_version(LayerName="tools", VersionNumber=1)
    client.get_layer_version_by_arn(Arn=layer["LayerVersionArn"])
    client.list_layers()
    client.list_layer_versions(LayerName="tools")
    client.update_function_configuration(FunctionName="orders", Layers=[layer["LayerVersionArn"]])
    update_settled(client, "orders")
    client.get_function(FunctionName="orders")
    client.delete_layer_version(LayerName="tools", VersionNumber=1)


def tour_of_mappings(client, servers, topic):
    made = client.create_event_source_mapping(
        **mapping_of(
            topic,
            servers,
            "orders",
            Tags={"team": "a"},
            BatchSize=10,
            MaximumBatchingWindowInSeconds=1,
            FilterCriteria={"Filters": [{"Pattern": '{"value": {"kind": ["order"]}}'}]},
            DestinationConfig={"OnFailure": {"Destination": QUEUE}},
            MaximumRetryAttempts=3,
            MaximumRecordAgeInSeconds=3600,
            BisectBatchOnFunctionError=True,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            ProvisionedPollerConfig={"MinimumPollers": 1, "MaximumPollers": 2},
            MetricsConfig={"Metrics": ["EventCount"]},
            LoggingConfig={"SystemLogLevel": "WARN"},
        )
    )
    uuid = made["UUID"]
    wait_for_mapping(client, uuid, "Enabled")
    client.list_event_source_mappings(FunctionName="orders")
    client.update_event_source_mapping(UUID=uuid, Enabled=False)
    wait_for_mapping(client, uuid, "Disabled")
    client.tag_resource(Resource=made["EventSourceMappingArn"], Tags={"a": "b"})
    client.list_tags(Resource=made["EventSourceMappingArn"])
    client.delete_event_source_mapping(UUID=uuid)
    wait_for_mapping(client, uuid, "gone")


@pytest.fixture(scope="module")
def answers(tmp_path_factory, broker):
    from support.clients import Clients
    from support.program import Klambda

    directory = tmp_path_factory.mktemp("model")
    topic = Clients(broker.bootstrap_servers).create_topic("model", 1)
    run = Klambda(
        ["start", "--kafka", broker.bootstrap_servers, "--port", "0"], directory, "model-tour"
    )
    try:
        client, answers = client_of(run.url())
        tour_of_functions(client)
        tour_of_versions(client)
        tour_of_small_things(client)
        tour_of_layers(client)
        tour_of_mappings(client, broker.bootstrap_servers, topic)
        client.delete_function(FunctionName="orders", Qualifier="1")
        client.delete_function(FunctionName="orders")
        answers.refused = {
            name: refusal_of(client, name) for name in client.meta.service_model.operation_names
        }
        run.interrupt()
        run.expect_exit(130)
        yield answers
    finally:
        run.destroy()


def sample(shape, name=""):
    """A value that the model accepts, with nothing but what is required."""
    if name in SAMPLES:
        return SAMPLES[name]
    kind = shape.type_name
    if kind == "structure":
        return {
            member: sample(shape.members[member], member)
            for member in shape.required_members
        }
    if kind == "list":
        return [sample(shape.member)]
    if kind == "map":
        return {}
    if kind in ("integer", "long"):
        return max(1, int(shape.metadata.get("min", 1)))
    return {"blob": b"{}", "boolean": True, "timestamp": 0, "double": 0.5}.get(
        kind, shape.enum[0] if getattr(shape, "enum", None) else "x" * 40
    )


def refusal_of(client, name):
    """The error that this operation gets with as little as it takes; None: it succeeds."""
    from botocore import xform_name

    operation = client.meta.service_model.operation_model(name)
    parameters = sample(operation.input_shape) if operation.input_shape else {}
    try:
        answer = getattr(client, xform_name(name))(**parameters)
    except ClientError as error:
        return error.response["Error"]["Message"]
    for value in answer.values():  # an open stream would keep its connection
        if hasattr(value, "close"):
            value.close()
    return None


def operations():
    import botocore.session

    return botocore.session.get_session().get_service_model("lambda").operation_names


@pytest.mark.parametrize("name", operations())
def test_every_operation_is_served_or_refused_by_name(answers, name):
    if answers.succeeded[name]:
        return
    refusal = answers.refused[name]
    assert refusal is not None and f"klambda does not do {name}" in refusal, refusal


def test_the_tour_takes_what_matters(answers):
    """The list of what is refused may not grow unseen."""
    refused = {name for name in operations() if not answers.succeeded[name]}
    families = ("Durable", "CodeSigning", "CapacityProvider", "Provisioned", "Scaling")
    more = {name for name in refused if not any(part in name for part in families)}
    assert more <= {
        "AddLayerVersionPermission",
        "DeleteResourcePolicy",
        "GetLayerVersionPolicy",
        "GetResourcePolicy",
        "PutResourcePolicy",
        "RemoveLayerVersionPermission",
    }, json.dumps(sorted(more))
