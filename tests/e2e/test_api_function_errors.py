"""What CreateFunction and its neighbours refuse, in AWS's words."""

import pytest
from support.api import ROLE, client_of, create_function, python_function, refused

RUNTIMES = (
    "nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, "
    "java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, "
    "java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2"
)


@pytest.fixture
def client(klambda):
    run = klambda("start")
    yield client_of(run.url(), parameter_validation=False)[0]
    run.interrupt()
    run.expect_exit(130, 20)


def violation(value, member, constraint):
    return (
        400,
        "ValidationException",
        f"1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: "
        + constraint,
    )


def invalid(message):
    return (400, "InvalidParameterValueException", message)


UNCONFIGURABLE = (
    "Lambda was unable to configure your environment variables because the environment variables "
    "you have provided "
)
REFUSED = {
    "role": (
        {"Role": "r1"},
        violation(
            "'r1'",
            "role",
            "Member must satisfy regular expression pattern: "
            r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
        ),
    ),
    "no role": ({"Role": None}, violation("null", "role", "Member must not be null")),
    "no code": ({"Code": None}, violation("null", "code", "Member must not be null")),
    "empty code": ({"Code": {}}, invalid("Please provide a source for function code.")),
    "no zip": (
        {"Code": {"ZipFile": b"no zip"}},
        invalid("Could not unzip uploaded file. Please check your file, then try to upload again."),
    ),
    "runtime": (
        {"Runtime": "python9"},
        invalid(
            "Value python9 at 'runtime' failed to satisfy constraint: Member must satisfy enum "
            f"value set: [{RUNTIMES}] or be a valid ARN"
        ),
    ),
    "no runtime": (
        {"Runtime": None},
        invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment "
            "packages."
        ),
    ),
    "handler": (
        {"Handler": "app handler"},
        violation(
            "'app handler'",
            "handler",
            r"Member must satisfy regular expression pattern: [^\s]+",
        ),
    ),
    "timeout": (
        {"Timeout": 901},
        violation("'901'", "timeout", "Member must have value less than or equal to 900"),
    ),
    "type": (
        {"Timeout": "3"},
        (400, "SerializationException", "STRING_VALUE can not be converted to an Integer"),
    ),
    "architectures": (
        {"Architectures": ["x86_64", "arm64"]},
        violation(
            "'[x86_64, arm64]'", "architectures", "Member must have length less than or equal to 1"
        ),
    ),
    "architecture": (
        {"Architectures": ["X86_64"]},
        violation(
            "'[X86_64]'",
            "architectures",
            "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], "
            "Member must not be null]",
        ),
    ),
    "long name": (
        {"FunctionName": "x" * 65},
        violation(
            f"'{'x' * 65}'", "functionName", "Member must have length less than or equal to 64"
        ),
    ),
    "region": (
        {"FunctionName": "arn:aws:lambda:eu-west-1:000000000000:function:f"},
        (
            404,
            "ResourceNotFoundException",
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
        ),
    ),
    "reserved variable": (
        {"Environment": {"Variables": {"AWS_REGION": "x", "MINE": "y"}}},
        invalid(
            UNCONFIGURABLE
            + "contains reserved keys that are currently not supported for modification. Reserved "
            "keys used in this request: AWS_REGION"
        ),
    ),
    "large environment": (
        {"Environment": {"Variables": {"LARGE": "x" * 4096}}},
        invalid(
            UNCONFIGURABLE
            + 'exceeded the 4KB limit. String measured: {"LARGE":"' + "x" * 4096 + '"}'
        ),
    ),
    "variable's name": (
        {"Environment": {"Variables": {"1A": "x"}}},
        (
            400,
            "ValidationException",
            "1 validation error detected: Value at 'environment.variables' failed to satisfy "
            "constraint: Map keys must satisfy constraint: [Member must satisfy regular expression "
            "pattern: [a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]",
        ),
    ),
    "log levels": (
        {"LoggingConfig": {"SystemLogLevel": "INFO"}},
        invalid(
            'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your '
            'request or change the LogFormat to "Json" and try again.'
        ),
    ),
    "snap start": (
        {"Runtime": "nodejs22.x", "SnapStart": {"ApplyOn": "PublishedVersions"}},
        invalid("nodejs22.x is not supported for SnapStart enabled functions."),
    ),
    "taken": (
        {"FunctionName": "taken"},
        (409, "ResourceConflictException", "Function already exist: taken"),
    ),
}


def test_what_aws_refuses_is_refused_in_its_words(client):
    create_function(client, "taken")
    for name, (changes, expected) in REFUSED.items():
        parameters = {"FunctionName": "refused", **python_function(), **changes}
        given = {key: value for key, value in parameters.items() if value is not None}
        assert refused(client.create_function, **given) == expected, name
    two = refused(
        client.create_function,
        **{**python_function(), "FunctionName": "refused", "Role": "r1", "Timeout": 0},
    )
    assert two[2].startswith("2 validation errors detected: Value 'r1' at 'role' failed")
    assert "; Value '0' at 'timeout' failed to satisfy constraint: " in two[2]
    assert [each["FunctionName"] for each in client.list_functions()["Functions"]] == ["taken"]
    assert refused(client.update_function_configuration, FunctionName="taken", MemorySize=1) == (
        violation("'1'", "memorySize", "Member must have value greater than or equal to 128")
    )
    assert refused(client.list_functions, FunctionVersion="SOME") == violation(
        "'SOME'", "functionVersion", "Member must satisfy enum value set: [ALL]"
    )
    assert ROLE in client.create_function(FunctionName="last", **python_function())["Role"]
