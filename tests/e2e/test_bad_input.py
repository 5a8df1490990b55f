"""What users get wrong: one clear line (what, where, how to mend), exit code 2 or 4, nothing left
running.
"""

import os
import socket
import subprocess

import pytest
from kafka import Kafka, free_port
from support.clients import Clients
from support.program import environment_for, said
from support.project import trigger

UNREADABLE = [
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
]  # root, but bound by permissions


@pytest.mark.parametrize(
    "arguments, parts",
    [
        (["start", "--nonsense"], ["--nonsense"]),
        (["strat"], ["strat"]),
        (["start", "--timeout", "soon"], ["--timeout", "soon"]),
        (["start", "--port", "99999"], ["--port", "99999"]),
        (["start", "--embedded-partitions", "0"], ["--embedded-partitions"]),
        (["start", "--log-level", "loud"], ["--log-level", "loud"]),
        (["start", "--produce", "orders"], ["--produce", "orders"]),
        (["start", "--time-scale", "0"], ["--time-scale", "0.001"]),
        (["start", "--retry-backoff", "azure"], ["--retry-backoff", "azure", "duration"]),
        (["start", "--esm-log-level", "loud"], ["--esm-log-level", "debug"]),
        (["start", "--fault", "@nowhere.txt"], ["--fault", "nowhere.txt"]),
        (["start", "--fault-seed", "x"], ["--fault-seed", "whole number"]),
        (["start", "nowhere.yaml"], ["nowhere.yaml"]),
        (["run", "--topic", "orders"], ["--handler"]),
        (["produce"], ["TOPIC"]),
        (["invoke"], ["FUNCTION"]),
        (["invoke", "F", "--payload-file", "nowhere.json"], ["nowhere.json"]),
    ],
)
def test_command_line(arguments, parts, project, klambda):
    project.add()
    said(klambda(*arguments, free_port=False), 2, *parts)


def change(project, **properties):
    resource = project._resources["Recorder"]["Properties"]
    resource.update(properties)
    project.write()


def test_no_command_shows_the_help(project, klambda):
    project.add()
    run = klambda(free_port=False)
    run.expect_exit(0)
    assert "klambda start" in run.output + "\n".join(run.lines), run.log()


FUNCTION = """Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: .
"""


@pytest.mark.parametrize(
    "text, parts",
    [
        ("Resources:\n  A: [1, 2\n  B: }\n", ["template.yaml:3"]),
        ("", ["template.yaml"]),
        ("just text\n", ["template.yaml", "Resources"]),
        (FUNCTION + "      Handler: a.b\n      Timeout: forever\n", ["template.yaml:8", "Timeout"]),
        (FUNCTION + "      Handler: a.b\n      Timeout: 901\n", ["template.yaml:8", "900"]),
        (FUNCTION + "      Handler: !Ref Missing\n", ["template.yaml:7", "Missing"]),
    ],
)
def test_broken_template(text, parts, project, klambda):
    project.template.write_text(text)
    said(klambda("start", project.template), 2, *parts)


@pytest.mark.parametrize(
    "client, handler, parts",
    [
        ("python", "nowhere.handler", ["nowhere", "Recorder"]),
        ("python", "recorder.nothing", ["recorder.nothing", "Recorder"]),
        ("python", "recorder", ["recorder", "Recorder"]),
        ("python", "broken_syntax.handler", ["broken_syntax", "Recorder"]),
        ("node", "nowhere.handler", ["nowhere", "Recorder"]),
        ("node", "recorder.nothing", ["recorder.nothing", "Recorder"]),
        ("node", "broken_syntax.handler", ["broken_syntax", "Recorder"]),
    ],
)
def test_handler_that_cannot_be_loaded(client, handler, parts, project, klambda, topic):
    project.add(client=client, handler=handler, triggers=[trigger(topic)])
    suffix, text = {
        "python": ("py", "def handler(event\n"),
        "node": ("js", "exports.handler = {\n"),
    }[client]
    (project.directory / "Recorder" / f"broken_syntax.{suffix}").write_text(text)
    said(klambda("start", project.template, "--kafka", "embedded"), 2, *parts)


def test_runtime_that_does_not_exist(project, klambda):
    project.add()
    change(project, Runtime="pyton3.12")
    said(klambda("start", project.template), 2, "template.yaml:", "pyton3.12", "Recorder")


@pytest.mark.parametrize("client, program", [("python", "python3"), ("node", "node")])
def test_interpreter_that_is_missing(client, program, project, klambda):
    project.add(client=client)
    nothing = project.directory / "empty"
    nothing.mkdir()
    run = klambda(
        "start", project.template, environment=environment_for(project.mark, PATH=str(nothing))
    )
    said(run, 2, program, "Recorder")


def test_bootstrap_that_is_missing_or_not_executable(project, klambda):
    project.add(client="bash")
    bootstrap = project.directory / "Recorder" / "bootstrap"
    bootstrap.chmod(0o644)
    said(klambda("start", project.template), 2, bootstrap, "executable")
    bootstrap.unlink()
    said(klambda("start", project.template), 2, bootstrap)


def test_python_client_that_may_not_be_installed(project, klambda):
    project.add()
    cache = project.directory / "cache"
    run = klambda(
        "start",
        project.template,
        "--offline",
        environment=environment_for(project.mark, XDG_CACHE_HOME=str(cache)),
    )
    said(run, 2, "awslambdaric", "--offline")


def test_code_directory_that_is_missing_or_a_file(project, klambda):
    project.add()
    change(project, CodeUri="nowhere")
    said(klambda("start", project.template), 2, "template.yaml:", "nowhere")
    change(project, CodeUri="template.yaml")
    said(klambda("start", project.template), 2, "template.yaml:", "directory")


def test_code_directory_that_cannot_be_read(project):
    project.add()
    code = project.directory / "Recorder"
    code.chmod(0)
    try:
        from support.program import BINARY

        command = [BINARY, "start", str(project.template), "--port", "0"]
        done = subprocess.run(
            (UNREADABLE if os.geteuid() == 0 else []) + command,
            capture_output=True,
            text=True,
            timeout=60,
            env=environment_for(project.mark),
        )
    finally:
        code.chmod(0o755)
    assert done.returncode == 2, done.stderr
    assert (
        len(done.stderr.splitlines()) == 1 and str(code) in done.stderr and "read" in done.stderr
    ), done.stderr


def test_port_in_use(project, klambda):
    project.add()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = klambda("start", project.template, "--port", port, free_port=False)
        said(run, 2, port, "--port")


@pytest.mark.parametrize(
    "servers, flag",
    [
        (["b-1.prod.kafka.eu-west-1.amazonaws.com:9092"], None),
        (["localhost:9092"], "kafka.example.com:9092"),
    ],
)
def test_remote_broker_that_was_not_allowed(servers, flag, project, klambda, topic):
    project.add(triggers=[trigger(topic, servers=servers)])
    more = ["--kafka", flag] if flag else []
    said(
        klambda("start", project.template, *more),
        2,
        flag or servers[0],
        "--kafka",
        "--allow-remote-brokers",
    )


@pytest.mark.parametrize("kafka", ["localhost", "localhost:port", "localhost:70000", ","])
def test_broker_address_that_is_none(kafka, project, klambda, topic):
    project.add(triggers=[trigger(topic)])
    said(klambda("start", project.template, "--kafka", kafka), 2, "--kafka")


def certificate(directory):
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-keyout",
            directory / "key.pem",
            "-out",
            directory / "cert.pem",
        ],
        check=True,
        capture_output=True,
    )
    pem = directory / "broker.pem"
    pem.write_text((directory / "key.pem").read_text() + (directory / "cert.pem").read_text())
    return pem


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A broker that has, beside its plain listener, one that wants a login and one that wants TLS.
    """
    pem = certificate(tmp_path_factory.mktemp("tls"))
    login, tls = free_port(), free_port()
    module = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    with Kafka(
        listeners={"LOGIN": ("SASL_PLAINTEXT", login), "TLS": ("SSL", tls)},
        properties=f"""
listener.name.login.sasl.enabled.mechanisms=PLAIN
listener.name.login.plain.sasl.jaas.config={module} user_alice="alice-secret";
listener.name.tls.ssl.keystore.type=PEM
listener.name.tls.ssl.keystore.location={pem}
""",
    ) as broker:
        Clients(broker.bootstrap_servers).create_topic("guarded")
        yield {"login": f"127.0.0.1:{login}", "TLS": f"127.0.0.1:{tls}"}


@pytest.mark.parametrize("listener", ["login", "TLS"])
def test_broker_that_wants_more_than_we_say(listener, guarded, project, klambda):
    project.add(triggers=[trigger("guarded")])
    run = klambda(
        "start",
        project.template,
        "--kafka",
        guarded[listener],
        "--until-drained",
        "--timeout",
        "4s",
    )
    run.expect_exit(4, 30)
    last = run.lines[-1]
    assert guarded[listener] in last and "TLS" in last and "login" in last, run.log()


def test_topic_that_does_not_exist(broker, project, klambda, topic):
    project.add(triggers=[trigger(topic)])
    run = klambda(
        "start",
        project.template,
        "--kafka",
        broker.bootstrap_servers,
        "--until-drained",
        "--timeout",
        "2s",
    )
    run.expect_exit(4, 30)
    assert topic in run.lines[-1] and "does not exist" in run.lines[-1], run.log()


def test_file_to_produce_that_is_missing(project, klambda, topic):
    project.add(triggers=[trigger(topic)])
    run = klambda(
        "start", project.template, "--kafka", "embedded", "--produce", f"{topic}=nowhere.jsonl"
    )
    said(run, 2, "nowhere.jsonl")
