"""--state-dir: what the Lambda API has made is there after a restart and after kill -9."""

import json
import sqlite3
import threading

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError
from support.api import (
    client_of,
    create_function,
    lines_of,
    mapping_of,
    python_function,
    wait_for_mapping,
    zip_of,
)
from support.program import MARK, said, wait_until

# Notes the values that it gets; keeps a batch until the file GO is there.
RECORDER = """
import base64, os, time
def handler(event, context):
    values = [base64.b64decode(record["value"]).decode()
              for records in event.get("records", {}).values() for record in records]
    with open(os.environ["SEEN"], "a") as file:
        file.writelines(value + "\\n" for value in values)
    while not os.path.exists(os.environ["GO"]):
        time.sleep(0.01)
    return values
"""
LAYERED = "import tool\ndef handler(event, context):\n    return tool.NAME\n"


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def serve(klambda, kafka, state):
    """serve(…flags): (client, run) of a klambda on the state directory."""

    def start(*flags):
        run = klambda("start", *flags, "--state-dir", state, "--kafka", kafka.bootstrap_servers)
        return client_of(run.url(), parameter_validation=False)[0], run

    return start


@pytest.fixture
def recorder(project, tmp_path):
    """The parameters of a function that notes what it gets."""
    (tmp_path / "go").touch()
    variables = {
        MARK: project.mark,
        "SEEN": str(tmp_path / "seen.txt"),
        "GO": str(tmp_path / "go"),
    }
    return {"text": RECORDER, "Environment": {"Variables": variables}, "Timeout": 900}


def seen(tmp_path):
    return lines_of(tmp_path / "seen.txt")


def stop(run):
    run.interrupt()
    run.expect_exit(130, 30)


def kill(run):
    run.kill()
    run.expect_nothing_left()


ENDS = {"interrupted": stop, "killed": kill}


def without_metadata(answer):
    answer.pop("ResponseMetadata", None)
    return answer


def everything(client):
    """All that the API shows, but for links that carry a port and a signature."""
    names = [each["FunctionName"] for each in client.list_functions()["Functions"]]
    shown = {
        "functions": client.list_functions()["Functions"],
        "layers": client.list_layers()["Layers"],
        "mappings": client.list_event_source_mappings()["EventSourceMappings"],
    }
    for name in names:
        function = without_metadata(client.get_function(FunctionName=name))
        function["Code"].pop("Location", None)
        shown[name] = [
            function,
            client.list_versions_by_function(FunctionName=name)["Versions"],
            client.list_aliases(FunctionName=name)["Aliases"],
            client.list_function_event_invoke_configs(FunctionName=name)[
                "FunctionEventInvokeConfigs"
            ],
        ]
    return shown


def answer_of(client, name, **more):
    answer = client.invoke(FunctionName=name, Payload="{}", **more)
    body = answer["Payload"].read()
    assert "FunctionError" not in answer, body
    return json.loads(body), answer["ExecutedVersion"]


@pytest.mark.parametrize("end", ENDS)
def test_everything_is_there_again(serve, project, recorder, topic, kafka, end):
    client, run = serve()
    variables = {"Variables": {MARK: project.mark, "SECRET": "hunter2"}}
    layer = client.publish_layer_version(
        LayerName="tools", Content={"ZipFile": zip_of({"python/tool.py": "NAME = 'one'\n"})}
    )
    create_function(
        client, "orders", LAYERED, Layers=[layer["LayerVersionArn"]], Environment=variables
    )
    client.publish_version(FunctionName="orders", Description="the first")
    client.create_alias(FunctionName="orders", Name="live", FunctionVersion="1")
    client.put_function_concurrency(FunctionName="orders", ReservedConcurrentExecutions=3)
    client.put_function_event_invoke_config(FunctionName="orders", MaximumRetryAttempts=1)
    client.tag_resource(
        Resource=client.get_function(FunctionName="orders")["Configuration"]["FunctionArn"],
        Tags={"team": "orders"},
    )
    client.update_function_configuration(FunctionName="orders", Description="changed")
    client.get_waiter("function_updated_v2").wait(FunctionName="orders")
    create_function(client, "gone")
    client.delete_function(FunctionName="gone")
    create_function(client, "recorder", **recorder)
    kafka.create_topic(topic, partitions=1)
    mapping = client.create_event_source_mapping(
        **mapping_of(topic, kafka.bootstrap_servers, "recorder", BatchSize=7, Tags={"a": "b"})
    )
    wait_for_mapping(client, mapping["UUID"], "Enabled")
    before = everything(client)
    ENDS[end](run)

    client, run = serve()
    wait_for_mapping(client, mapping["UUID"], "Enabled")
    assert everything(client) == before
    assert answer_of(client, "orders", Qualifier="live") == ("one", "1")
    assert answer_of(client, "orders") == ("one", "$LATEST")
    assert client.publish_version(FunctionName="orders")["Version"] == "2"
    assert client.list_tags(Resource=mapping["EventSourceMappingArn"])["Tags"] == {"a": "b"}
    stop(run)


def test_a_mapping_goes_on_at_its_committed_offset(
    serve, recorder, topic, kafka, state, tmp_path
):
    kafka.create_topic(topic, partitions=2)
    client, run = serve()
    create_function(client, "recorder", **recorder)
    uuid = client.create_event_source_mapping(
        **mapping_of(topic, kafka.bootstrap_servers, "recorder")
    )["UUID"]
    kafka.produce(topic, [str(n) for n in range(10)], partitions=2)
    run.wait_for_status(
        lambda status: status["mappings"][0]["counts"]["CommittedEventCount"] == 10, "committed"
    )
    kill(run)
    kafka.produce(topic, [str(n) for n in range(10, 16)], partitions=2)
    client, run = serve()
    wait_until(lambda: len(seen(tmp_path)) >= 16, run.log, 60, run.is_running)
    assert sorted(seen(tmp_path), key=int) == [str(n) for n in range(16)]
    assert client.get_event_source_mapping(UUID=uuid)["State"] == "Enabled"
    stop(run)


@pytest.mark.parametrize(
    "asked, on_the_way, settled",
    [
        ("update", "Updating", "Enabled"),
        ("disable", "Disabling", "Disabled"),
        ("delete", "Deleting", "gone"),
    ],
)
def test_a_mapping_killed_on_its_way_settles(
    serve, recorder, topic, kafka, tmp_path, asked, on_the_way, settled
):
    kafka.create_topic(topic, partitions=1)
    client, run = serve()
    create_function(client, "recorder", **recorder)
    (tmp_path / "go").unlink()  # from now on a batch stays under way
    uuid = client.create_event_source_mapping(
        **mapping_of(topic, kafka.bootstrap_servers, "recorder")
    )["UUID"]
    wait_for_mapping(client, uuid, "Enabled")
    kafka.produce(topic, ["one"], partitions=1)
    wait_until(lambda: seen(tmp_path) == ["one"], run.log, 60, run.is_running)
    if asked == "delete":
        answer = client.delete_event_source_mapping(UUID=uuid)
    elif asked == "disable":
        answer = client.update_event_source_mapping(UUID=uuid, Enabled=False)
    else:
        answer = client.update_event_source_mapping(UUID=uuid, BatchSize=3)
    assert answer["State"] == on_the_way
    assert client.get_event_source_mapping(UUID=uuid)["State"] == on_the_way
    kill(run)

    (tmp_path / "go").touch()
    client, run = serve()
    mapping = wait_for_mapping(client, uuid, settled)
    if asked == "update":
        assert mapping["BatchSize"] == 3
        wait_until(lambda: seen(tmp_path) == ["one", "one"], run.log, 60, run.is_running)
    stop(run)
    assert len(seen(tmp_path)) == (2 if asked == "update" else 1)


def test_a_function_killed_before_it_was_active_becomes_active(serve):
    client, run = serve()
    for number in range(5):
        client.create_function(FunctionName=f"new-{number}", **python_function())
    kill(run)
    client, run = serve()
    for number in range(5):
        client.get_waiter("function_active_v2").wait(
            FunctionName=f"new-{number}", WaiterConfig={"Delay": 0.05, "MaxAttempts": 600}
        )
        assert answer_of(client, f"new-{number}")[0] == {}
    stop(run)


def test_a_function_of_the_template_takes_the_place_of_a_kept_one(serve, project):
    client, run = serve()
    create_function(client, "Recorder", "def handler(event, context):\n    return 'kept'\n")
    stop(run)
    project.add(handler="misbehaving.handler")
    client, run = serve(project.template)
    run.wait_for(r"warning .*function Recorder takes the place of the one in \S+state ")
    assert answer_of(client, "Recorder")[0] != "kept"
    stop(run)
    project.template.unlink()
    client, run = serve()
    assert answer_of(client, "Recorder")[0] == "kept"
    stop(run)


def test_every_answer_before_a_kill_is_kept(serve):
    """Many callers create, change and delete; klambda dies in between."""
    client, run = serve()
    wanted, stopped = {}, threading.Event()

    def work(worker):
        for number in range(10_000):
            name = f"f-{worker}-{number}"
            steps = [
                lambda: client.create_function(FunctionName=name, **python_function()),
                lambda: client.tag_resource(
                    Resource=f"arn:aws:lambda:us-east-1:000000000000:function:{name}",
                    Tags={"step": "two"},
                ),
                lambda: client.delete_function(FunctionName=name),
            ]
            for done, step in enumerate(steps[: 2 + number % 2], 1):
                wanted[name] = {done - 1, done}  # while it is asked, either is right
                try:
                    step()
                except (EndpointConnectionError, HTTPClientError):
                    return
                wanted[name] = {done}
            if stopped.is_set():
                return

    workers = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for worker in workers:
        worker.start()
    wait_until(lambda: len(wanted) > 60, run.log, 60, run.is_running)
    kill(run)
    stopped.set()
    for worker in workers:
        worker.join()

    client, run = serve()

    def step_of(name):
        try:
            tags = client.get_function(FunctionName=name).get("Tags", {})
        except client.exceptions.ResourceNotFoundException:
            return {0, 3}
        return {2} if tags else {1}

    for name, steps in wanted.items():
        assert steps & step_of(name), (name, steps)
    listed = {
        function["FunctionName"]
        for page in client.get_paginator("list_functions").paginate()
        for function in page["Functions"]
    }
    assert listed <= set(wanted)
    stop(run)


def test_two_klambdas_on_one_directory(serve, klambda, state):
    _, run = serve()
    second = klambda("start", "--state-dir", state)
    second.expect_exit_only(2)
    assert second.lines[-1] == (
        f"klambda: --state-dir {state}: another klambda uses it: stop that one, or give this one a "
        "directory of its own"
    )
    stop(run)


def test_a_directory_that_cannot_be_used(serve, klambda, state, tmp_path):
    client, run = serve()
    create_function(client, "orders")
    stop(run)
    database = state / "state.sqlite"
    assert (state.stat().st_mode & 0o777, database.stat().st_mode & 0o777) == (0o700, 0o600)

    def refused(*parts):
        said(klambda("start", "--state-dir", state), 2, *parts)

    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE document SET text = '{' WHERE kind = 'function'")
    connection.close()
    refused("function orders of the state directory")
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    refused("was written by a newer klambda (schema 99")
    database.write_bytes(b"no database" * 1000)
    refused("is damaged", "move it away to begin anew")
