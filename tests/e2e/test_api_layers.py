"""Layers and where code comes from: on the search paths of real handlers, from S3, from a directory
of this machine, after a restart, and offered for download; zips that are made to do harm.
"""

import io
import json
import stat
import urllib.request
import zipfile

import pytest
from botocore.exceptions import ClientError
from support.api import ROLE, client_of, create_function, update_settled, zip_of
from support.program import MARK, environment_for, wait_until

ARN = "arn:aws:lambda:us-east-1:000000000000:layer:"
READER = """import json, subprocess
def handler(event, context):
    import shared
    return [shared.NAME, subprocess.run(["tool"], capture_output=True, text=True).stdout]
"""
NO_ZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."


@pytest.fixture
def start(klambda):
    """start(…flags): a klambda without a template, and its client."""
    running = []

    def run(*flags, environment=None):
        running.append(klambda("start", *flags, environment=environment))
        return running[-1], client_of(running[-1].url())[0]

    yield run
    for one in running:
        if one.process.poll() is None:
            one.interrupt()
            one.expect_exit(130, 20)


def layer_zip(name, tool):
    return zip_of(
        {"python/shared.py": f"NAME = '{name}'\n", "bin/tool": f"#!/bin/sh\necho {tool}\n"}
    )


def publish(client, name, content, **more):
    return client.publish_layer_version(LayerName=name, Content={"ZipFile": content}, **more)


def answer_of(client, name):
    answer = client.invoke(FunctionName=name)
    payload = answer["Payload"].read()
    assert "FunctionError" not in answer, payload
    return json.loads(payload)


def refused(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def variables(project):
    return {"Variables": {MARK: project.mark}}


def download(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read()


def test_layers_are_on_the_search_paths_in_their_order(start, project):
    _, client = start()
    first = publish(client, "first", layer_zip("first", "a"))["LayerVersionArn"]
    second = publish(client, "second", zip_of({"python/shared.py": "NAME = 'second'\n"}))
    second = second["LayerVersionArn"]
    made = create_function(
        client, "reader", READER, Layers=[first, second], Environment=variables(project)
    )
    assert [layer["Arn"] for layer in made["Layers"]] == [first, second]
    assert answer_of(client, "reader") == ["second", "a\n"]

    client.update_function_configuration(FunctionName="reader", Layers=[second, first])
    update_settled(client, "reader")
    assert answer_of(client, "reader") == ["first", "a\n"]

    # "functions that already use it continue to have access" (docs: API_DeleteLayerVersion.html)
    client.delete_layer_version(LayerName="first", VersionNumber=1)
    assert answer_of(client, "reader") == ["first", "a\n"]
    assert refused(client.update_function_configuration, FunctionName="reader", Layers=[first]) == (
        "InvalidParameterValueException",
        f"Layer version {first} does not exist.",
    )


def test_what_was_uploaded_can_be_downloaded(start, project):
    _, client = start()
    package = layer_zip("x", "y")
    layer = publish(client, "tools", package)
    assert download(layer["Content"]["Location"]) == package
    got = client.get_layer_version(LayerName="tools", VersionNumber=1)
    assert download(got["Content"]["Location"]) == package

    directory = project.directory / "code"
    directory.mkdir()
    (directory / "app.py").write_text("def handler(event, context):\n    return 1\n")
    create_function(
        client, "local", Code={"S3Bucket": "klambda-local", "S3Key": str(directory)}
    )
    location = client.get_function(FunctionName="local")["Code"]["Location"]
    with zipfile.ZipFile(io.BytesIO(download(location))) as made:
        assert made.read("app.py") == (directory / "app.py").read_bytes()
    with pytest.raises(urllib.error.HTTPError) as caught:
        download(location[:-3] + "AAA")
    assert caught.value.code == 404


def test_an_edited_directory_is_used_by_the_next_invocation(start, project):
    run, client = start()
    directory = project.directory / "code"
    directory.mkdir()
    code = "def handler(event, context):\n    return '{}'\n"
    (directory / "app.py").write_text(code.format("one"))
    create_function(
        client,
        "local",
        Code={"S3Bucket": "klambda-local", "S3Key": str(directory)},
        Environment=variables(project),
    )
    assert answer_of(client, "local") == "one"
    (directory / "app.py").write_text(code.format("two and more"))
    wait_until(lambda: answer_of(client, "local") == "two and more", 20)


def test_code_from_s3(start, project, moto):
    bucket = f"code-{project.mark}"
    s3 = moto.client("s3")
    s3.create_bucket(Bucket=bucket)
    package = zip_of({"app.py": "def handler(event, context):\n    return 's3'\n"})
    s3.put_object(Bucket=bucket, Key="a b/f.zip", Body=package)
    s3.put_object(Bucket=bucket, Key="layer.zip", Body=layer_zip("bucket", "b"))
    _, client = start(environment=environment_for(project.mark, **moto.environment()))
    code = {"S3Bucket": bucket, "S3Key": "a b/f.zip"}
    create_function(client, "stored", Code=code, Environment=variables(project))
    assert answer_of(client, "stored") == "s3"
    layer = client.publish_layer_version(
        LayerName="stored", Content={"S3Bucket": bucket, "S3Key": "layer.zip"}
    )
    create_function(
        client, "reader", READER, Layers=[layer["LayerVersionArn"]], Environment=variables(project)
    )
    assert answer_of(client, "reader") == ["bucket", "b\n"]

    create = {"FunctionName": "x", "Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler"}
    assert refused(client.create_function, **create, Code={**code, "S3Key": "none"}) == (
        "InvalidParameterValueException",
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified "
        "key does not exist.",
    )
    assert refused(client.create_function, **create, Code={**code, "S3Bucket": "nowhere"}) == (
        "InvalidParameterValueException",
        "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The "
        "specified bucket does not exist",
    )


def test_code_from_s3_without_an_s3(start):
    _, client = start()
    code, message = refused(
        client.publish_layer_version,
        LayerName="stored",
        Content={"S3Bucket": "bucket", "S3Key": "layer.zip"},
    )
    assert code == "InvalidParameterValueException"
    assert "NoSuchBucket" in message and "AWS_ENDPOINT_URL_S3" in message


def test_layers_and_their_functions_outlive_a_restart(start, project):
    state = ("--state-dir", str(project.directory / "state"))
    run, client = start(*state)
    layer = publish(client, "tools", layer_zip("kept", "k"), Description="d")
    create_function(
        client,
        "reader",
        READER,
        Layers=[layer["LayerVersionArn"]],
        Environment=variables(project),
    )
    client.delete_layer_version(LayerName="tools", VersionNumber=1)
    publish(client, "tools", layer_zip("newer", "n"))
    run.kill()
    _, client = start(*state)
    assert answer_of(client, "reader") == ["kept", "k\n"]
    versions = client.list_layer_versions(LayerName="tools")["LayerVersions"]
    assert [version["Version"] for version in versions] == [2]
    assert publish(client, "tools", layer_zip("third", "t"))["Version"] == 3
    location = client.get_layer_version(LayerName="tools", VersionNumber=2)["Content"]["Location"]
    assert download(location) == layer_zip("newer", "n")


def hostile(name, content=b"x", mode=stat.S_IFREG | 0o644):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        package.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "package",
    [
        hostile("../evil"),
        hostile("/tmp/evil"),
        hostile("a\\..\\evil"),
        hostile("link", b"/etc", stat.S_IFLNK | 0o777),
        hostile("fifo", b"", stat.S_IFIFO | 0o644),
        b"PK\x03\x04 but no zip",
    ],
    ids=["parent", "absolute", "backslash", "link", "fifo", "broken"],
)
def test_hostile_zips_are_refused(start, package):
    _, client = start()
    code, message = refused(
        client.publish_layer_version, LayerName="evil", Content={"ZipFile": package}
    )
    assert code == "InvalidParameterValueException"
    assert message.startswith(NO_ZIP)
    assert client.list_layers()["Layers"] == []


def test_a_zip_bomb_is_stopped(start):
    _, client = start()
    assert refused(
        client.publish_layer_version,
        LayerName="bomb",
        Content={"ZipFile": hostile("zeros", bytes(262_144_000))},
    ) == ("InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes")


def test_layers_and_a_zip_of_a_template(start, project):
    (project.directory / "tools" / "python").mkdir(parents=True)
    (project.directory / "tools" / "python" / "shared.py").write_text("NAME = 'template'\n")
    (project.directory / "tools" / "bin").mkdir()
    tool = project.directory / "tools" / "bin" / "tool"
    tool.write_text("#!/bin/sh\necho t\n")
    tool.chmod(0o755)
    (project.directory / "code.zip").write_bytes(zip_of({"app.py": READER}))
    project.template.write_text(
        f"""
Transform: AWS::Serverless-2016-10-31
Resources:
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code.zip
      Handler: app.handler
      Runtime: python3.12
      Layers: [!Ref Tools]
      Environment: {{Variables: {{{MARK}: {project.mark}}}}}
  Tools:
    Type: AWS::Serverless::LayerVersion
    Properties: {{ContentUri: tools}}
"""
    )
    _, client = start(project.template)
    assert answer_of(client, "Reader") == ["template", "t\n"]
