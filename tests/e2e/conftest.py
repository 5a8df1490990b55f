"""Fixtures: real Kafka (one broker a run, started when a test first asks for it), projects, running
klambdas.

Environment: KLAMBDA_BIN (the binary), KLAMBDA_TEST_SLOWNESS (multiplies every limit).
"""

import json
import os
import pathlib
import sys
import time
import uuid

import pytest

ROOT = pathlib.Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "testcontainers" / "kafka"), str(pathlib.Path(__file__).parent)]

from kafka import Kafka  # noqa: E402
from support.aws import Moto  # noqa: E402
from support.clients import Clients  # noqa: E402
from support.program import BINARY, Klambda, start  # noqa: E402
from support.project import Project  # noqa: E402
from support.registry import Apicurio  # noqa: E402


def pytest_configure():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is not there: build klambda first, or set KLAMBDA_BIN", returncode=2)


def pytest_terminal_summary(terminalreporter):
    from support.conformance import TABLE

    lines = list(TABLE.lines())
    if lines:
        terminalreporter.section("conformance of the runtimes")
    for line in lines:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def broker():
    """One real Apache Kafka for the whole run. Tests that hurt it start their own."""
    with Kafka() as broker:
        yield broker


@pytest.fixture
def kafka(broker):
    return Clients(broker.bootstrap_servers)


@pytest.fixture
def topic():
    """A name of its own: brokers are shared."""
    return f"orders-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture
def drain(kafka, project, klambda):
    """drain(…flags, code=1): the template's mappings on the shared broker until everything is
    processed, with short pauses before retries.
    """

    def run_to_end(*more, code=0, environment=None):
        run = start(
            klambda,
            project,
            kafka,
            *("--until-drained", "--timeout", "120s", "--retry-backoff", "20ms..100ms"),
            *more,
            environment=environment,
        )
        run.expect_exit(code, 150)
        return run

    return run_to_end


@pytest.fixture(scope="session")
def moto(tmp_path_factory):
    """One stand-in for AWS for the whole run, which refuses what is not signed right."""
    with Moto(tmp_path_factory.mktemp("moto")) as server:
        server.require_signatures()
        yield server


@pytest.fixture(scope="session")
def apicurio(tmp_path_factory):
    with Apicurio(tmp_path_factory.mktemp("apicurio")) as registry:
        yield registry


@pytest.fixture
def client(apicurio):
    from confluent_kafka.schema_registry import SchemaRegistryClient

    return SchemaRegistryClient({"url": apicurio.url})


@pytest.fixture
def glue(moto):
    key = moto.new_key()
    moto.key = key
    client = moto.client("glue")
    try:
        client.create_registry(RegistryName="orders")
    except client.exceptions.AlreadyExistsException:
        pass
    return client


@pytest.fixture
def klambda(project):
    """klambda("start", template, …): started, on a free control-plane port unless told otherwise,
    and ended with the test.
    """
    started = []

    def start(*arguments, directory=None, environment=None, free_port=True):
        if free_port and arguments[0] in ("start", "run"):
            arguments = (*arguments, "--port", "0")
        started.append(
            Klambda(arguments, directory or project.directory, project.mark, environment)
        )
        return started[-1]

    yield start
    for one in started:
        one.destroy()


@pytest.fixture
def doctor(klambda):
    """doctor(…arguments, code=0): the steps by name of each examination; it took `seconds`."""

    def examine(*arguments, code=0, **how):
        began = time.monotonic()
        run = klambda("doctor", *arguments, "--output", "json", **how)
        run.expect_exit(code, 60)
        examine.seconds = time.monotonic() - began
        report = json.loads(run.output)
        assert report["ok"] is (code == 0), run.log()
        return [
            {check["name"]: check for check in examination["checks"]}
            for examination in report["examinations"]
        ]

    return examine
