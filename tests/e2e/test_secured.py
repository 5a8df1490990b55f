"""Secured brokers: every way to log in, and what each failure shows, on a real Kafka.

All mappings of a table work side by side in one klambda, each with a topic and a group of its own.
"""

import base64
import datetime
import json
import re
import urllib.parse
from unittest import mock

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from support.api import client_of
from support.clients import Clients
from support.program import environment_for, wait_until
from support.project import expect_order, trigger
from support.secured import PLAIN_USER, SecuredKafka
from support.secured_cases import (
    AUTHN,
    AUTHZ,
    BAD,
    CA,
    GOOD,
    NONE,
    RIGHTS,
    SCRAM_512,
    SCRAM_PASSWORD,
    SCRAM_USER,
    secrets_of,
    uri,
)
from support.token_broker import TokenBroker

@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    with SecuredKafka(tmp_path_factory.mktemp("secured")) as broker:
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
            broker.set_password(SCRAM_USER, mechanism, SCRAM_PASSWORD)
        yield broker


@pytest.fixture
def work(secured, project, klambda):
    return Work(secured, project, klambda)


class Work:
    """A template of mappings on the secured broker, named by their topics, and its klambda."""

    def __init__(self, broker, project, klambda):
        self.broker, self.project, self._klambda = broker, project, klambda
        self.kafka = Clients(broker.bootstrap_servers)
        self.secrets = secrets_of(broker)
        self._triggers = []
        self.run = None

    def add(self, topic, listener, access, **more):
        servers = self.broker.servers(listener) if listener else "no-such-broker:9092"
        entries = [{"Type": kind, "URI": uri(secret)} for kind, secret in access]
        if entries:
            more["SourceAccessConfigurations"] = entries
        self._triggers.append(trigger(topic, f"{topic}-group", servers=[servers], **more))

    def allow(self, topic):
        """Everybody who has a name may read it."""
        for user in (PLAIN_USER, SCRAM_USER, "client1"):
            self.broker.allow(user, topic=topic, group=f"{topic}-group")
        # Who comes over TLS without a certificate.
        self.broker.allow("ANONYMOUS", topic=topic, group=f"{topic}-group")

    def write_secrets(self):
        path = self.project.directory / "secrets.json"
        path.write_text(json.dumps(self.secrets))
        return path

    def start(self, *more, **how):
        self.project.add(triggers=self._triggers, **how)
        self.run = self._klambda(
            *("start", self.project.template, "--secrets", self.write_secrets()),
            *("--allow-sasl-plaintext", "--esm-log-level", "info", *more),
        )
        self.client, _ = client_of(self.run.url())
        return self.run

    def mappings(self):
        """By topic."""
        listed = self.client.list_event_source_mappings(MaxItems=100)["EventSourceMappings"]
        return {mapping["Topics"][0]: mapping for mapping in listed}

    def events(self, uuid):
        """The mapping's own log events."""
        lines = [re.search(r"\{\"eventType\".*", line) for line in list(self.run.lines)]
        events = [json.loads(line.group(0)) for line in lines if line]
        return [event for event in events if event["resourceArn"].endswith(uuid)]


def test_every_way_to_log_in_reads(work):
    for topic, good in GOOD.items():
        topic = f"good-{topic}"
        work.kafka.create_topic(topic, 1)
        work.kafka.produce(topic, [topic], 1)
        work.allow(topic)
        work.add(topic, good.listener, good.access)
    run = work.start()
    wanted = {f"good-{topic}" for topic in GOOD}
    wait_until(lambda: set(work.project.values()) == wanted, run.log, 60, run.is_running)
    mappings = work.mappings()
    for topic, good in GOOD.items():
        mapping = mappings[f"good-{topic}"]
        assert mapping["LastProcessingResult"] == "OK", topic
        assert mapping["StateTransitionReason"] == NONE, topic
        connection = next(
            event["kafkaEventSourceConnection"]
            for event in work.events(mapping["UUID"])
            if event["eventType"] == "POLLER_STATUS_EVENT"
        )
        assert connection["securityProtocol"] == good.protocol, topic
        assert connection.get("saslMechanism") == good.mechanism, topic
    run.interrupt()
    run.expect_exit(130)


def expect_failure(work, name, bad, mapping):
    assert mapping["LastProcessingResult"] == f"PROBLEM: {bad.result}", (name, work.run.log())
    assert mapping["StateTransitionReason"] == bad.reason, name
    assert mapping["State"] == "Enabled", name
    event = next(
        event
        for event in work.events(mapping["UUID"])
        if event["eventType"] == "ESM_PROCESSING_EVENT"
    )
    assert event["logLevel"] == "WARN", name
    message, code = bad.logged or (None, "config.ConfigException")
    names = {"uuid": mapping["UUID"], "topic": f"bad-{name}", "group": f"bad-{name}-group"}
    if message:
        assert event["error"]["errorMessage"] == message.format(**names), name
    assert event["error"]["errorCode"] == f"org.apache.kafka.common.{code}", name


def test_every_failure_says_what_it_is(work):
    for name, bad in BAD.items():
        topic = f"bad-{name}"
        if name != "no-topic":
            work.kafka.create_topic(topic, 1)
        work.add(topic, bad.listener, bad.access)
        if name not in ("topic-denied", "group-denied"):
            work.allow(topic)
    work.broker.allow(SCRAM_USER, topic="bad-group-denied")
    work.broker.allow(SCRAM_USER, group="bad-topic-denied-group")
    run = work.start()

    def all_told():
        told = [mapping["LastProcessingResult"] for mapping in work.mappings().values()]
        return all(result.startswith("PROBLEM: ") for result in told)

    wait_until(all_told, lambda: f"{work.mappings()}\n{run.log()}", 60, run.is_running)
    mappings = work.mappings()
    for name, bad in BAD.items():
        expect_failure(work, name, bad, mappings[f"bad-{name}"])
    problems = {
        mapping["topic"]: mapping["problem"] for mapping in run.status()["mappings"]
    }
    for name, bad in BAD.items():
        assert bad.hint in problems[f"bad-{name}"], name
    said = "\n".join(run.lines)
    for secret in work.secrets.values():
        for value in secret.values():
            for part in value.splitlines():
                assert len(part) < 8 or part.startswith("-----") or part not in said, part
    run.interrupt()
    run.expect_exit(130)


def test_a_right_is_revoked_and_given_back(work, topic):
    work.kafka.create_topic(topic)
    work.allow(topic)
    work.add(topic, "sasl_ssl", GOOD["scram512"].access, batch_size=5)
    first = [f"{number}" for number in range(200)]
    second = [f"{number}" for number in range(200, 400)]
    work.kafka.produce(topic, first)
    run = work.start(environment={"SLEEP_SECONDS": "0.02"})
    project = work.project
    wait_until(project.count, run.log, 60, run.is_running)
    work.broker.deny(SCRAM_USER, topic=topic)
    mapping = wait_until(
        lambda: next(
            (one for one in work.mappings().values() if one["StateTransitionReason"] == AUTHZ), None
        ),
        run.log,
        60,
        run.is_running,
    )
    assert mapping["LastProcessingResult"] == f"PROBLEM: {RIGHTS}"
    work.kafka.produce(topic, second)
    work.broker.allow(SCRAM_USER, topic=topic)
    wanted = set(first + second)
    wait_until(lambda: set(project.values()) == wanted, run.log, 120, run.is_running)
    wait_until(
        lambda: work.kafka.committed(topic, f"{topic}-group") == work.kafka.end_offsets(topic),
        run.log,
    )
    # A commit needs the right to read too, so what was done without it is done again.
    expect_order([seen.event for seen in project.seen()])
    assert work.mappings()[topic]["LastProcessingResult"] == "OK"
    assert work.mappings()[topic]["StateTransitionReason"] == NONE
    run.interrupt()
    run.expect_exit(130)


def test_what_is_mended_is_seen_without_a_restart(work):
    """A user that is created, a password that is corrected in the secret."""
    for topic in ("mended-user", "mended-secret"):
        work.kafka.create_topic(topic, 1)
        work.kafka.produce(topic, [topic], 1)
        work.allow(topic)
        work.broker.allow("dave", topic=topic, group=f"{topic}-group")
    work.secrets["dave"] = {"username": "dave", "password": "dave-scram-7c11"}
    work.add("mended-user", "sasl_ssl", [(SCRAM_512, "dave"), (CA, "ca")])
    work.add("mended-secret", "sasl_ssl", [(SCRAM_512, "wrong"), (CA, "ca")])
    run = work.start()
    wait_until(
        lambda: all(one["StateTransitionReason"] == AUTHN for one in work.mappings().values()),
        run.log,
        60,
        run.is_running,
    )
    work.broker.set_password("dave", "SCRAM-SHA-512", "dave-scram-7c11")
    work.secrets["wrong"]["password"] = SCRAM_PASSWORD
    work.write_secrets()
    wait_until(lambda: len(work.project.values()) == 2, run.log, 90, run.is_running)
    for mapping in work.mappings().values():
        assert mapping["StateTransitionReason"] == NONE
        assert mapping["LastProcessingResult"] == "OK"
    run.interrupt()
    run.expect_exit(130)


MSK_ARN = (
    "arn:aws:kafka:eu-west-1:123456789012:cluster/orders/0f1e2d3c-0000-4000-8000-000000000001-2"
)
SIGNER = ("AKIDKLAMBDATEST", "signing-key-62d4")


def expect_signed(token):
    """The token is a URL that botocore signs the same way at that time, and nobody else's."""
    url = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query, strict_parsing=True))
    assert parts.netloc == "kafka.eu-west-1.amazonaws.com"
    assert query["Action"] == "kafka-cluster:Connect"
    assert query["X-Amz-Expires"] == "900"
    signed = datetime.datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    age = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - signed
    assert abs(age) < datetime.timedelta(minutes=5)
    request = botocore.awsrequest.AWSRequest(
        "GET", f"https://{parts.netloc}/?Action=kafka-cluster%3AConnect"
    )
    signer = botocore.auth.SigV4QueryAuth(
        botocore.credentials.Credentials(*SIGNER), "kafka-cluster", "eu-west-1", expires=900
    )
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda *_, **__: signed):
        signer.add_auth(request)
    ours = url.rpartition("&User-Agent=")[0]
    assert urllib.parse.urlsplit(request.url).query == urllib.parse.urlsplit(ours).query


def test_msk_with_iam_sends_a_signed_token(secured, project, klambda):
    with TokenBroker(secured.tls / "broker.pem", accepts=False) as broker:
        properties = {"Stream": MSK_ARN, "Topics": ["orders"], "StartingPosition": "LATEST"}
        project.add(triggers=[{"Type": "MSK", "Properties": properties}])
        run = klambda(
            *("start", project.template, "--kafka", broker.servers, "--msk-iam"),
            *("--kafka-ca", secured.tls / "ca.pem", "--esm-log-level", "warn"),
            environment=environment_for(
                project.mark,
                AWS_REGION="eu-west-1",
                AWS_ACCESS_KEY_ID=SIGNER[0],
                AWS_SECRET_ACCESS_KEY=SIGNER[1],
            ),
        )
        run.wait_for(r"refuses the login: denied; check the AWS credentials")
        assert set(broker.mechanisms) == {"OAUTHBEARER"}
        for token in broker.tokens:
            expect_signed(token)
            assert not any(token in line for line in run.lines)
        mapping = client_of(run.url())[0].list_event_source_mappings()["EventSourceMappings"][0]
        assert mapping["StateTransitionReason"] == AUTHN
        run.interrupt()
        run.expect_exit(130)
