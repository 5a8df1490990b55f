"""Functions that are container images, on a real dockerd where this machine may start one, and on a
stand-in for the docker command: answers, failures, and no container that stays behind.
"""

import json
import os
import pathlib
import signal

import pytest
from support.api import ROLE, client_of, zip_of
from support.engines import IMAGE, FakeEngine, RealEngine, real_engine_problem
from support.program import MARK, environment_for, processes_with, said, wait_until

CONFIGURED = {"Command": ["other.handler"]}


@pytest.fixture(scope="module", params=["real", "stand-in"])
def engine(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp("engine")
    if request.param == "stand-in":
        one = FakeEngine(directory)
    elif problem := real_engine_problem():
        pytest.skip(problem)
    else:
        one = RealEngine(directory)
    yield one
    one.close()


@pytest.fixture
def environment(engine, project):
    return environment_for(project.mark, **engine.environment)


def image_template(project, **properties):
    function = {
        "PackageType": "Image",
        "ImageUri": IMAGE,
        "Timeout": 5,
        "MemorySize": 256,
        "Environment": {"Variables": {MARK: project.mark, "TABLE": "orders"}},
        **properties,
    }
    resources = {"Orders": {"Type": "AWS::Serverless::Function", "Properties": function}}
    project.template.write_text(
        json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources})
    )
    return project.template


@pytest.fixture
def orders(project, klambda, environment, engine):
    """Answers (run, invoke)."""
    run = klambda("start", image_template(project, ImageConfig=CONFIGURED), environment=environment)
    client, _ = client_of(run.url())

    def invoke(event):
        answer = client.invoke(FunctionName="Orders", Payload=json.dumps(event))
        return json.loads(answer["Payload"].read()), "FunctionError" in answer

    yield run, invoke
    if run.is_running():
        run.interrupt()
        run.expect_exit(130, 20)
    wait_until(lambda: not engine.containers(), lambda: f"left: {engine.containers()}", 10)


def test_an_image_answers(orders, engine):
    run, invoke = orders
    assert invoke({"do": "echo", "text": "größer"}) == ({"do": "echo", "text": "größer"}, False)
    values, failed = invoke({"do": "environment"})
    assert not failed and values["TABLE"] == "orders" and values["_HANDLER"] == "other.handler"
    assert values["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    answer, _ = invoke({"do": "remaining"})
    assert 3000 < answer["ms"] <= 5000
    (name,) = engine.containers()
    assert name.startswith("klambda-Orders-")
    for pid in processes_with(run.mark):
        try:
            line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        assert b"TABLE=" not in line and b"AWS_SECRET_ACCESS_KEY=" not in line, line


def test_a_container_that_fails_is_replaced(orders, engine):
    run, invoke = orders
    invoke({"do": "echo"})
    (first,) = engine.containers()
    answer, failed = invoke({"do": "error"})
    assert failed and answer["errorMessage"] == "as asked" and engine.containers() == [first]
    answer, failed = invoke({"do": "exit", "status": 7})
    assert failed and answer["errorMessage"].endswith("exit status 7"), answer
    answer, failed = invoke({"do": "signal"})
    if engine.name == "docker":
        # The first process of a container cannot kill itself: the kernel protects it.
        assert failed and answer["errorType"] == "Sandbox.Timedout", answer
    else:
        assert failed and answer["errorMessage"].endswith("signal: killed"), answer
    answer, failed = invoke({"do": "sleep", "ms": 30_000})
    assert failed and answer["errorType"] == "Sandbox.Timedout", answer
    assert invoke({"do": "echo"})[1] is False
    wait_until(lambda: len(engine.containers()) == 1, lambda: engine.containers(), 10)
    assert first not in engine.containers()


@pytest.mark.parametrize("ending", ["interrupt", "terminate", "kill"])
def test_no_container_outlives_klambda(orders, engine, ending):
    run, invoke = orders
    assert invoke({"do": "echo"})[1] is False
    assert len(engine.containers()) == 1
    getattr(run, ending)()
    run.wait(20)
    wait_until(lambda: not engine.containers(), lambda: f"left: {engine.containers()}", 10)
    run.expect_nothing_left()


def test_no_container_outlives_its_client(orders, engine):
    """Whoever kills the engine's command, for want of memory perhaps."""
    run, invoke = orders
    assert invoke({"do": "echo"})[1] is False
    for pid, line in processes_with(run.mark).items():
        if " run --name klambda-" in line and "klambda-container" not in line:
            os.kill(pid, signal.SIGKILL)
    run.wait_for("an idle environment ended")
    assert invoke({"do": "echo"})[1] is False
    wait_until(lambda: len(engine.containers()) == 1, lambda: engine.containers(), 10)


def test_the_api_makes_an_image_function_that_survives(klambda, environment, project, engine):
    state = ["--state-dir", project.directory / "state"]
    run = klambda("start", *state, environment=environment)
    client, _ = client_of(run.url())
    made = client.create_function(
        FunctionName="pictures",
        Role=ROLE,
        PackageType="Image",
        Code={"ImageUri": IMAGE},
        ImageConfig={"Command": ["a.handler"]},
        Environment={"Variables": {MARK: project.mark}},
    )
    assert made["PackageType"] == "Image" and "Runtime" not in made
    assert made["ImageConfigResponse"]["ImageConfig"] == {"Command": ["a.handler"]}
    client.get_waiter("function_active_v2").wait(
        FunctionName="pictures", WaiterConfig={"Delay": 0.05, "MaxAttempts": 400}
    )
    run.interrupt()
    run.expect_exit(130, 20)

    run = klambda("start", *state, environment=environment)
    client, _ = client_of(run.url())
    code = client.get_function(FunctionName="pictures")["Code"]
    assert code["RepositoryType"] == "ECR" and code["ImageUri"] == IMAGE
    answer = client.invoke(FunctionName="pictures", Payload=b'{"do": "environment"}')
    assert json.loads(answer["Payload"].read())["_HANDLER"] == "a.handler"
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="provide ImageUri"):
        client.update_function_code(FunctionName="pictures", ZipFile=zip_of({"a.py": ""}))
    run.interrupt()
    run.expect_exit(130, 20)
    wait_until(lambda: not engine.containers(), lambda: f"left: {engine.containers()}", 10)


def test_an_image_that_is_nowhere(project, klambda, environment):
    template = image_template(project, ImageUri="klambda-nobody/has-this:1")
    run = klambda("start", template, "--offline", environment=environment)
    said(run, 2, "image klambda-nobody/has-this:1 is not on this machine", "sam build")


def test_no_engine_at_all(project, klambda, tmp_path):
    only = tmp_path / "bin"
    only.mkdir()
    environment = environment_for(project.mark, PATH=str(only))
    run = klambda("start", image_template(project), environment=environment)
    said(run, 2, f"is a container image ({IMAGE})", "none of docker, podman and nerdctl is on PATH")
