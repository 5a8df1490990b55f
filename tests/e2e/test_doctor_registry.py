"""`klambda doctor` and schema registries: a mapping's own, those of the command line, AWS Glue."""

import itertools
import json

import pytest
from kafka import free_port
from support.doctor import expect_one_cross
from support.project import Project, trigger
from support.registry import Front
from support.schemas import GLUE_REGISTRY, ORDER, decodes, glue_environment, pollers


@pytest.fixture
def examine(kafka, topic, project, doctor):
    """examine(url, …flags): the steps of a mapping with this registry on a cluster that is well."""
    kafka.create_topic(topic, 1)
    asked = itertools.count()

    def look(url, *flags, access=(), **how):
        directory = project.directory / f"asked-{next(asked)}"
        directory.mkdir()
        one = Project(directory)
        servers = [kafka.bootstrap_servers]
        one.add(
            triggers=[trigger(topic, servers=servers, **decodes(url, access=access), **pollers())]
        )
        (checks,) = doctor(one.template, *flags, **how)
        return checks

    return look


def secrets_file(project, **secrets):
    path = project.directory / "secrets.json"
    path.write_text(json.dumps(secrets))
    return path


def test_a_registry_its_login_and_one_that_is_gone(apicurio, examine, project):
    assert examine(apicurio.url)["registry"]["state"] == "good"
    login = ("reader", "pl4nted")
    access = [("BASIC_AUTH", "registry")]
    secrets = secrets_file(project, registry={"username": login[0], "password": login[1]})
    with Front(apicurio, login=login) as front:
        checks = examine(front.url, "--secrets", secrets, access=access)
        assert checks["registry"]["state"] == "good"
        secrets_file(project, registry={"username": "reader", "password": "other"})
        checks = examine(front.url, "--secrets", secrets, access=access, code=1)
        expect_one_cross(checks, "registry", "refuses the login", "BASIC_AUTH")
    checks = examine(front.url, "--secrets", secrets, access=access, code=1)
    expect_one_cross(checks, "registry", "connection refused", "SchemaRegistryURI")


def test_what_the_command_line_puts_in_its_place(apicurio, examine, project, tmp_path):
    away = f"http://127.0.0.1:{free_port()}"
    assert examine(away, "--registry", apicurio.url)["registry"]["state"] == "good"
    checks = examine(apicurio.url, "--registry", away, code=1)
    expect_one_cross(checks, "registry", "connection refused", "--registry")
    with Front(apicurio, login=("reader", "pl4nted")) as front:
        secrets = secrets_file(project, other={"username": "reader", "password": "no"})
        flags = ("--registry", front.url, "--registry-secret", "other", "--secrets", secrets)
        expect_one_cross(examine(away, *flags, code=1), "registry", "--registry-secret")
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    expect_one_cross(examine(away, "--schemas", schemas, code=1), "registry", "NAME.ID.avsc")
    (schemas / "order.7.avsc").write_text(json.dumps(ORDER))
    assert "1 schema" in examine(away, "--schemas", schemas)["registry"]["text"]
    (schemas / "other.8.avsc").write_text('{"type": "nothing"}')
    expect_one_cross(examine(away, "--schemas", schemas, code=1), "registry", "schema 8")


def test_glue(glue, moto, examine, project):
    environment = glue_environment(project, moto)
    assert examine(GLUE_REGISTRY, environment=environment)["registry"]["state"] == "good"
    checks = examine(GLUE_REGISTRY + "-other", environment=environment, code=1)
    expect_one_cross(checks, "registry", "has no registry")
    del environment["AWS_ENDPOINT_URL_GLUE"]
    checks = examine(GLUE_REGISTRY, environment=environment, code=1)
    expect_one_cross(checks, "registry", "AWS_ENDPOINT_URL_GLUE", "--allow-aws")
