"""How a mapping gets at its schemas: logins of Confluent's API, AWS Glue, files."""

import json

import pytest
from support.aws import make_certificate
from support.program import start, wait_until
from support.project import trigger
from support.registry import Front, server_tls
from support.schemas import (
    GLUE_REGISTRY,
    ORDER,
    context_of,
    decodes,
    glue_environment,
    glue_frame,
    order,
    payload,
    pollers,
    seen,
    serializers,
)


def secrets_file(project, **secrets):
    path = project.directory / "secrets.json"
    path.write_text(json.dumps(secrets))
    return path


def test_basic_auth_private_authority_and_client_certificate(
    apicurio, client, kafka, project, topic, drain, tmp_path
):
    serialize, _ = serializers(client, "AVRO")
    kafka.create_topic(topic)
    kafka.produce(topic, [serialize(order(1), context_of(topic))])
    certificate, key = make_certificate(tmp_path)
    pem = {"certificate": certificate.read_text(), "privateKey": key.read_text()}
    secrets = secrets_file(
        project,
        registry={"username": "reader", "password": "pl4nted"},
        authority={"certificate": pem["certificate"]},
        client=pem,
    )
    front = Front(apicurio, login=("reader", "pl4nted"), tls=server_tls((certificate, key)))
    with front:
        access = [("BASIC_AUTH", "registry"), ("SERVER_ROOT_CA_CERTIFICATE", "authority")]
        project.add(triggers=[trigger(topic, **decodes(front.url, access=access), **pollers())])
        run = drain("--secrets", secrets)
        assert len(seen(project)) == 1
        assert not any("pl4nted" in line for line in run.lines)
    mutual = Front(apicurio, tls=server_tls((certificate, key), client_authority=certificate))
    with front, mutual:
        access = [
            ("CLIENT_CERTIFICATE_TLS_AUTH", "client"),
            ("SERVER_ROOT_CA_CERTIFICATE", "authority"),
        ]
        project.add(
            "Mutual",
            triggers=[trigger(topic, **decodes(mutual.url, access=access), **pollers())],
        )
        drain("--secrets", secrets, "--from-start")
        assert len(project.seen("Mutual")) == 1


@pytest.mark.parametrize(
    "login, trusted, result",
    [
        (("reader", "other"), True, "PROBLEM: Cannot access Confluent Schema with the"),
        (("reader", "pl4nted"), False, "PROBLEM: Unable to establish TLS handshake with the"),
    ],
)
def test_a_login_that_fails_is_mended_while_running(
    login, trusted, result, apicurio, client, kafka, project, topic, klambda, tmp_path
):
    serialize, _ = serializers(client, "AVRO")
    kafka.create_topic(topic)
    kafka.produce(topic, [serialize(order(1), context_of(topic))])
    certificate = make_certificate(tmp_path)
    (tmp_path / "other").mkdir()
    stranger = make_certificate(tmp_path / "other")
    right = {
        "registry": {"username": "reader", "password": "pl4nted"},
        "authority": {"certificate": certificate[0].read_text()},
    }
    wrong = {
        "registry": {"username": login[0], "password": login[1]},
        "authority": {"certificate": (certificate if trusted else stranger)[0].read_text()},
    }
    access = [("BASIC_AUTH", "registry"), ("SERVER_ROOT_CA_CERTIFICATE", "authority")]
    front = Front(apicurio, login=("reader", "pl4nted"), tls=server_tls(certificate))
    with front:
        project.add(triggers=[trigger(topic, **decodes(front.url, access=access), **pollers())])
        run = start(klambda, project, kafka, "--secrets", secrets_file(project, **wrong))
        wait_until(
            lambda: run.status()["mappings"][0]["lastProcessingResult"].startswith(result),
            run.log,
            alive=run.is_running,
        )
        secrets_file(project, **right)
        wait_until(lambda: len(seen(project)) == 1, run.log, alive=run.is_running)


# ---- Glue ----


@pytest.mark.parametrize("output", ["JSON", "SOURCE"])
def test_glue(output, glue, moto, client, kafka, project, topic, drain):
    version = glue.create_schema(
        RegistryId={"RegistryName": "orders"},
        SchemaName=topic,
        DataFormat="AVRO",
        Compatibility="NONE",
        SchemaDefinition=json.dumps(ORDER),
    )["SchemaVersionId"]
    serialize, _ = serializers(client, "AVRO")
    body = serialize(order(1), context_of(topic))[5:]
    kafka.create_topic(topic)
    kafka.produce(
        topic, [glue_frame(version, body, compressed) for compressed in (False, True)]
    )
    project.add(triggers=[trigger(topic, **decodes(GLUE_REGISTRY, output), **pollers())])
    drain(environment=glue_environment(project, moto))
    records = seen(project)
    assert len(records) == 2
    for record in records:
        assert record["valueSchemaMetadata"] == {"dataFormat": "AVRO", "schemaId": version}
        if output == "JSON":
            assert json.loads(payload(record)) == order(1)
        else:
            assert payload(record) == body


def test_glue_without_an_endpoint_says_how_to_go_on(kafka, project, topic, klambda):
    project.add(triggers=[trigger(topic, **decodes(GLUE_REGISTRY), **pollers())])
    run = start(klambda, project, kafka)
    run.expect_exit(2)
    assert "AWS_ENDPOINT_URL_GLUE" in run.lines[-1] and "--schemas DIR" in run.lines[-1]


# ---- files ----


def test_schemas_from_files(client, kafka, project, topic, drain):
    schemas = project.directory / "schemas"
    schemas.mkdir()
    serialize, _ = serializers(client, "AVRO")
    data = serialize(order(1), context_of(topic))
    (schemas / "order.4711.avsc").write_text(json.dumps(ORDER))
    kafka.create_topic(topic)
    kafka.produce(topic, [b"\x00" + (4711).to_bytes(4, "big") + data[5:]])
    # Nobody answers there, and nobody is asked.
    project.add(triggers=[trigger(topic, **decodes("https://registry.invalid"), **pollers())])
    drain("--schemas", schemas)
    (record,) = seen(project)
    assert json.loads(payload(record)) == order(1)
    assert record["valueSchemaMetadata"]["schemaId"] == "4711"
