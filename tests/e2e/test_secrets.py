"""Secrets: where they come from, that they open a real cluster, and that they appear nowhere. Every
way to log in and every failure: test_secured.py.
"""

import json
import os
import pathlib
import urllib.request
import uuid

import boto3
import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from support.aws import REGION
from support.clients import Clients
from support.program import BINARY, environment_for, processes_with, wait_until
from support.project import trigger
from support.secured import SecuredKafka, encrypted

ALL = [str(n) for n in range(8)]
GROUP = "readers"


def may_write(secured, user, topic):
    admin = AdminClient({"bootstrap.servers": secured.bootstrap_servers, "log_level": 2})
    right = AclBinding(
        ResourceType.TOPIC,
        topic,
        ResourcePatternType.LITERAL,
        f"User:{user}",
        "*",
        AclOperation.WRITE,
        AclPermissionType.ALLOW,
    )
    admin.create_acls([right])[right].result(30)


def plain_environment(project, **more):
    """Nothing of the machine's own AWS configuration."""
    names = environment_for(project.mark, **more)
    return {
        name: value
        for name, value in names.items()
        if not name.startswith("AWS_") or name in more
    }


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    with SecuredKafka(tmp_path_factory.mktemp("secured")) as broker:
        yield broker


@pytest.fixture
def filled(secured, topic):
    """The topic with ALL in it, which alice and client1 may read."""
    clients = Clients(secured.bootstrap_servers)
    clients.create_topic(topic, partitions=2)
    clients.produce(topic, ALL, partitions=2)
    for user in ("alice", "client1"):
        secured.allow(user, topic=topic, group=GROUP)
    return topic


@pytest.fixture
def password(secured):
    """alice's, for both SCRAM mechanisms; new for each test."""
    word = f"planted-{uuid.uuid4().hex}"
    for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
        secured.set_password("alice", mechanism, word)
    return word


def access(*entries):
    return {"SourceAccessConfigurations": [{"Type": kind, "URI": uri} for kind, uri in entries]}


def write_secrets(project, secrets):
    path = project.directory / "secrets.json"
    path.write_text(json.dumps(secrets))
    return path


def drained(klambda, project, *flags, environment=None):
    run = klambda(
        *("start", project.template, "--until-drained", "--timeout", "120s", *flags),
        environment=environment or plain_environment(project),
    )
    run.expect_exit(0, 150)
    return run


def test_secrets_manager_is_asked_with_a_signature(
    secured, filled, password, project, klambda, moto
):
    manager = moto.client("secretsmanager")
    name = f"kafka/{uuid.uuid4().hex[:8]}"
    login = manager.create_secret(
        Name=name, SecretString=json.dumps({"username": "alice", "password": password})
    )["ARN"]
    ca = secured.certificates["ca"].certificate
    manager.create_secret(Name=name + "-ca", SecretString=json.dumps({"certificate": ca}))
    entries = access(
        ("SASL_SCRAM_512_AUTH", login), ("SERVER_ROOT_CA_CERTIFICATE", name + "-ca")
    )
    servers = [secured.servers("sasl_ssl")]
    project.add(triggers=[trigger(filled, GROUP, servers=servers, **entries)])
    drained(klambda, project, environment=plain_environment(project, **moto.environment()))
    assert sorted(project.values()) == ALL


def test_a_key_that_secrets_manager_refuses_is_said(secured, filled, project, klambda, moto):
    servers = [secured.servers("sasl_ssl")]
    entries = access(("SASL_SCRAM_512_AUTH", "any"))
    project.add(triggers=[trigger(filled, GROUP, servers=servers, **entries)])
    wrong = moto.environment((moto.key[0], "planted-key"))
    run = klambda(
        "start", project.template, environment=plain_environment(project, **wrong)
    )
    run.wait_for(r"secret any: Secrets Manager at http://\S+: .*SignatureDoesNotMatch")
    assert "planted-key" not in run.log()


def test_a_mended_secret_counts_without_a_restart(secured, filled, password, project, klambda):
    servers = [secured.servers("sasl_plaintext")]
    entries = access(("SASL_SCRAM_256_AUTH", "login"))
    project.add(triggers=[trigger(filled, GROUP, servers=servers, **entries)])
    file = write_secrets(project, {"other": {}})
    run = klambda(
        *("start", project.template, "--secrets", file, "--allow-sasl-plaintext"),
        environment=plain_environment(project),
    )
    run.wait_for(r"secret login is not found: add it to \S+secrets.json, set KLAMBDA_SECRET_LOGIN")
    write_secrets(project, {"login": {"username": "alice", "password": "planted-wrong"}})
    run.wait_for(r"refuses the login")
    write_secrets(project, {"login": {"username": "alice", "password": password}})
    wait_until(lambda: sorted(project.values()) == ALL, run.log, 90)
    assert "planted-wrong" not in run.log()


def test_a_local_cluster_stands_in_for_a_secured_one(kafka, topic, project, klambda):
    kafka.create_topic(topic, partitions=2)
    kafka.produce(topic, ALL, partitions=2)
    entries = access(("SASL_SCRAM_512_AUTH", "nobody has it"))
    project.add(triggers=[trigger(topic, servers=["broker.example.com:9096"], **entries)])
    run = drained(klambda, project, "--kafka", kafka.bootstrap_servers, "--kafka-plaintext")
    assert sorted(project.values()) == ALL
    run.wait_for(r"SASL_SCRAM_512_AUTH in SourceAccessConfigurations: left aside by")


def test_produce_logs_in(secured, password, topic, project, klambda):
    clients = Clients(secured.bootstrap_servers)
    clients.create_topic(topic, partitions=1)
    may_write(secured, "alice", topic)
    ca = project.directory / "ca.pem"
    ca.write_text(secured.certificates["ca"].certificate)
    secrets = write_secrets(project, {"login": {"username": "alice", "password": password}})
    login = ["--secret", "login", "--secrets", secrets, "--sasl", "scram-sha-512"]
    for value, listener, more in (
        ("over TLS", "sasl_ssl", ["--kafka-ca", ca]),
        ("without", "sasl_plaintext", []),
    ):
        run = klambda(
            *("produce", topic, "--value", value, "--kafka", secured.servers(listener)),
            *(*login, *more),
            environment=plain_environment(project),
        )
        run.expect_exit(0, 60)
    assert [m.value().decode() for m in clients.records(topic, 2)] == ["over TLS", "without"]


def test_run_logs_in(secured, filled, password, project, klambda):
    project.add()
    may_write(secured, "alice", filled)
    secrets = write_secrets(project, {"login": {"username": "alice", "password": password}})
    run = klambda(
        *("run", "--topic", filled, "--group", GROUP, "--handler", "recorder.handler"),
        *("--code", project.directory / "Recorder"),
        *("--env", f"SEEN_DIR={project.seen_directory()}"),
        *("--kafka", secured.servers("sasl_plaintext"), "--allow-sasl-plaintext"),
        *("--secret", "login", "--sasl", "scram-sha-256", "--secrets", secrets),
        *("--produce", f"{filled}={project.file_of(['one more'])}"),
        *("--until-drained", "--timeout", "120s"),
        environment=plain_environment(project),
    )
    run.expect_exit(0, 150)
    assert sorted(project.values()) == [*ALL, "one more"]


def test_a_topic_as_destination_is_entered_as_its_cluster_is(
    secured, filled, password, project, klambda
):
    clients = Clients(secured.bootstrap_servers)
    failed = clients.create_topic(filled + "-failed", partitions=1)
    secured.allow("alice", topic=failed)
    may_write(secured, "alice", failed)
    project.add(
        handler="controlled.handler",
        triggers=[
            trigger(
                filled,
                GROUP,
                servers=[secured.servers("sasl_plaintext")],
                MaximumRetryAttempts=0,
                BisectBatchOnFunctionError=True,
                DestinationConfig={"OnFailure": {"Destination": f"kafka://{failed}"}},
                **access(("SASL_SCRAM_512_AUTH", "login")),
            )
        ],
        environment={"POISON": "3"},
    )
    secrets = write_secrets(project, {"login": {"username": "alice", "password": password}})
    run = klambda(
        *("start", project.template, "--secrets", secrets, "--allow-sasl-plaintext"),
        *("--until-drained", "--timeout", "120s"),
        environment=plain_environment(project),
    )
    run.expect_exit(1, 150)
    assert len(clients.records(failed, 1)) == 1


def everything_told(run, project, state):
    """What anybody can get out of a running klambda, piece by piece."""
    yield "log", run.log() + "\n".join(run.lines)
    url = run.url()
    paths = [
        "/_klambda/status",
        "/_klambda/batches",
        "/2015-03-31/functions",
        "/2015-03-31/functions/Recorder",
        "/2015-03-31/functions/Recorder/configuration",
        "/2015-03-31/event-source-mappings",
    ]
    for path in paths:
        with urllib.request.urlopen(url + path, timeout=10) as answer:
            yield path, answer.read().decode()
    lambdas = boto3.client(
        "lambda",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    for mapping in lambdas.list_event_source_mappings()["EventSourceMappings"]:
        got = lambdas.get_event_source_mapping(UUID=mapping["UUID"])
        yield "mapping", json.dumps(got, default=str)
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                line = pathlib.Path(f"/proc/{entry.name}/cmdline").read_bytes()
            except OSError:
                continue
            yield f"command line of {entry.name}", line.decode(errors="replace")
    for pid in processes_with(project.mark):
        if os.path.realpath(f"/proc/{pid}/exe") == os.path.realpath(BINARY):
            continue  # klambda's own is where the variable is
        yield f"environment of {pid}", pathlib.Path(f"/proc/{pid}/environ").read_bytes().decode(
            errors="replace"
        )
    for root in (state, project.directory):
        for file in root.rglob("*"):
            if file.is_file() and file.name != "secrets.json":
                yield str(file), file.read_bytes().decode(errors="replace")


def test_no_secret_appears_anywhere(secured, filled, password, project, klambda, tmp_path_factory):
    state = tmp_path_factory.mktemp("state")
    client = secured.certificates["client"]
    key_word = f"planted-{uuid.uuid4().hex}"
    secrets = {
        "certificate": {
            "certificate": client.certificate,
            "privateKey": encrypted(client.key, key_word),
            "privateKeyPassword": key_word,
        },
        # What cannot be used is told, too, without its text.
        "closed": {
            "certificate": client.certificate,
            "privateKey": encrypted(client.key, "another"),
            "privateKeyPassword": key_word,
        },
        "half": {"username": "alice", "Password": "planted-in-vain"},
        "ca": {"certificate": secured.certificates["ca"].certificate},
    }
    ca = ("SERVER_ROOT_CA_CERTIFICATE", "ca")
    logins = {
        "sasl_ssl": [("SASL_SCRAM_512_AUTH", "login"), ca],
        "mtls": [("CLIENT_CERTIFICATE_TLS_AUTH", "certificate"), ca],
        "tls": [("CLIENT_CERTIFICATE_TLS_AUTH", "closed"), ca],
        "sasl_plaintext": [("BASIC_AUTH", "half")],
    }
    project.add(
        triggers=[
            trigger(filled, GROUP, servers=[secured.servers(listener)], **access(*entries))
            for listener, entries in logins.items()
        ]
    )
    environment = plain_environment(
        project,
        KLAMBDA_SECRET_LOGIN=json.dumps({"username": "alice", "password": password}),
    )
    run = klambda(
        *("start", project.template, "--secrets", write_secrets(project, secrets)),
        *("--log-level", "debug", "--esm-log-level", "debug", "--state-dir", state),
        environment=environment,
    )
    wait_until(lambda: set(project.values()) == set(ALL), run.log, 90)
    run.wait_for(r"secret half .*has no member password")
    run.wait_for(r"secret closed .*correct privateKeyPassword")
    planted = [password, key_word, "planted-in-vain", *client.key.splitlines()[1:4]]
    for what, text in everything_told(run, project, state):
        for value in planted:
            assert value not in text, what
