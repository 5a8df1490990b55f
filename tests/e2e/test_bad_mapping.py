"""What a mapping may not be, in a template and on the command line: one clear line, exit code 2."""

import pytest
from support.program import said
from support.project import trigger

QUEUE = "arn:aws:sqs:us-east-1:000000000000:failed"


def on_failure(destination, **more):
    return {"OnFailure": {"Destination": destination, **more}}


def filters(count, pattern="{}"):
    return {"Filters": [{"Pattern": pattern}] * count}


@pytest.mark.parametrize(
    "field, value, parts",
    [
        ("BatchSize", 0, ["BatchSize", "10000"]),
        ("BatchSize", 10_001, ["BatchSize", "10000"]),
        ("MaximumBatchingWindowInSeconds", 301, ["MaximumBatchingWindowInSeconds", "300"]),
        ("StartingPosition", "YESTERDAY", ["StartingPosition", "YESTERDAY"]),
        ("StartingPosition", "AT_TIMESTAMP", ["StartingPositionTimestamp"]),
        ("Topics", [], ["Topics"]),
    ],
)
def test_broken_trigger(field, value, parts, project, klambda):
    event = trigger("orders")
    event["Properties"][field] = value
    project.add(triggers=[event])
    said(klambda("start", project.template, "--kafka", "embedded"), 2, "template.yaml:", *parts)


@pytest.mark.parametrize(
    "field, value, parts",
    [
        ("MaximumRetryAttempts", -2, ["MaximumRetryAttempts", "10000"]),
        ("MaximumRecordAgeInSeconds", 59, ["MaximumRecordAgeInSeconds", "604800"]),
        ("BisectBatchOnFunctionError", "maybe", ["BisectBatchOnFunctionError", "true or false"]),
        ("FunctionResponseTypes", ["Report"], ["FunctionResponseTypes", "ReportBatchItemFailures"]),
        ("FilterCriteria", {"Filters": [{"Pattern": {"value": []}}]}, ["Pattern", "quotes"]),
        ("FilterCriteria", filters(11), ["Filters", "at most 10"]),
        ("FilterCriteria", filters(1, "x" * 4097), ["Filters", "4096"]),
        ("DestinationConfig", on_failure("failed"), ["Destination", "ARN", "kafka://"]),
        ("DestinationConfig", on_failure("kafka://orders"), ["Destination", "another topic"]),
        ("DestinationConfig", on_failure(QUEUE, Type="SNS"), ["Type", "SNS", "Type: SQS"]),
        ("DestinationConfig", {"OnSuccess": {"Destination": QUEUE}}, ["OnSuccess", "OnFailure"]),
        ("ProvisionedPollerConfig", {"MinimumPollers": 201}, ["MinimumPollers", "200"]),
        (
            "ProvisionedPollerConfig",
            {"MinimumPollers": 3, "MaximumPollers": 2},
            ["MaximumPollers", "MinimumPollers"],
        ),
        ("MetricsConfig", {"Metrics": ["Everything"]}, ["Metrics", "KafkaMetrics"]),
        ("LoggingConfig", {"SystemLogLevel": "ALL"}, ["SystemLogLevel", "DEBUG"]),
        ("StartingPositionTimestamp", 1, ["StartingPositionTimestamp", "AT_TIMESTAMP"]),
    ],
)
def test_broken_control(field, value, parts, project, klambda):
    project.add(triggers=[trigger("orders", **{field: value})])
    said(klambda("start", project.template, "--kafka", "embedded"), 2, "template.yaml:", *parts)


@pytest.mark.parametrize(
    "properties, parts",
    [
        ({}, ["Required 'sourceAccessConfigurations' parameter is missing."]),
        (
            {"SourceAccessConfigurations": [], "MaximumRetryAttempts": 3},
            [
                "Unsupported 'maximumRetryAttempts' parameter for given event source mapping type.",
                "ProvisionedPollerConfig",
            ],
        ),
        ({"SourceAccessConfigurations": [], "FilterCriteria": filters(6)}, ["at most 5"]),
    ],
)
def test_what_aws_would_refuse(properties, parts, project, klambda):
    project.add(triggers=[trigger("orders", **properties)])
    run = klambda("start", project.template, "--strict", "--kafka", "embedded")
    said(run, 2, "template.yaml:", *parts, "--strict")


def test_filter_pattern_that_is_none(project, klambda):
    criteria = filters(1, '{"value":{"id":[{"prefx":"a"}]}}')
    project.add(triggers=[trigger("orders", FilterCriteria=criteria)])
    run = klambda("start", project.template, "--kafka", "embedded")
    said(run, 2, "template.yaml:", "Invalid filter pattern definition.", "prefx")


def test_function_that_may_run_too_long_for_kafka(project, klambda):
    project.add(triggers=[trigger("orders", SourceAccessConfigurations=[])], timeout=841)
    said(klambda("start", project.template, "--strict"), 2, "template.yaml:", "841", "840")


@pytest.mark.parametrize(
    "flags, parts",
    [
        (["--retries", "10001"], ["--retries", "10000"]),
        (["--max-record-age", "30s"], ["--max-record-age", "604800"]),
        (["--pollers", "3..2"], ["--pollers", "less"]),
        (["--on-failure", "kafka://orders"], ["--on-failure", "another topic"]),
        (["--on-failure", "nowhere"], ["--on-failure", "ARN"]),
        (["--filter", "x" * 4097], ["--filter", "4096"]),
        (["--reserved-concurrency", "-1"], ["--reserved-concurrency"]),
        (["--strict", "--bisect"], ["--bisect", "'bisectBatchOnFunctionError'", "--pollers"]),
    ],
)
def test_broken_control_on_the_command_line(flags, parts, project, klambda):
    project.add()
    code = project.directory / "Recorder"
    run = ("run", "--code", code, "--handler", "recorder.handler", "--topic", "orders", *flags)
    said(klambda(*run), 2, *parts)


def test_mapping_of_cloudformation_without_its_function(project, klambda):
    project.add()
    project._resources["Mapping"] = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "FunctionName": "Recordr",
            "Topics": ["orders"],
            "SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": ["localhost:9092"]}},
        },
    }
    project.write()
    said(klambda("start", project.template), 2, "template.yaml:", "Recordr", "mean Recorder")
