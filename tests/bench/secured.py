"""What SCRAM over TLS costs klambda, beside what it costs a bare consumer on the same broker."""

import glob
import json
import pathlib
import sys
import tempfile

import harness
import kafka
from harness import Klambda, median

USER, PASSWORD = "bench", "bench-password"
TOPIC, GROUP_COUNT = "secured", [0]
# The C2 compiler is what makes Java's ciphers fast.
FAST_JVM = ["-XX:+UseSerialGC"]


class TemplateKlambda(Klambda):
    """`klambda start` of a template whose mapping logs in as `access` says."""

    def __init__(self, programs, handler, servers, access, secrets):
        self._mapping = (servers, access, secrets)
        super().__init__(programs, handler)

    def _command(self, programs, handler, arguments):
        servers, access, secrets = self._mapping
        directory = pathlib.Path(self.directory.name)
        (directory / "code").mkdir()
        (directory / "code" / "bootstrap").symlink_to(programs.path("native_handler"))
        (directory / "secrets.json").write_text(json.dumps(secrets))
        GROUP_COUNT[0] += 1
        event = {
            "KafkaBootstrapServers": [servers],
            "Topics": [TOPIC],
            "StartingPosition": "TRIM_HORIZON",
            "ConsumerGroupId": f"bench-{GROUP_COUNT[0]}",
            "BatchSize": 10_000,
            "MaximumBatchingWindowInSeconds": 0,
        }
        if access:
            event["SourceAccessConfigurations"] = access
        function = {
            "CodeUri": "code",
            "Handler": handler,
            "Runtime": "provided.al2023",
            "Events": {"Trigger": {"Type": "SelfManagedKafka", "Properties": event}},
        }
        resources = {"Bench": {"Type": "AWS::Serverless::Function", "Properties": function}}
        template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}
        (directory / "template.json").write_text(json.dumps(template))
        return [
            *(programs.klambda, "start", str(directory / "template.json"), "--port", "0"),
            *("--secrets", str(directory / "secrets.json")),
        ]


def rate_of(bench, servers, access, secrets, records):
    """Records/s from the first event's arrival to the last."""
    file = bench.output_file("arrivals")
    with TemplateKlambda(bench.programs, f"drop:{file}", servers, access, secrets) as klambda:
        klambda.wait_processed(records)
    lines = [pathlib.Path(name).read_text().split() for name in glob.glob(f"{file}.*")]
    first = min(int(line[0]) for line in lines if line)
    last = max(int(line[1]) for line in lines if line)
    return records / ((last - first) / 1e9)


def secured(bench):
    """1 KiB records in stock, over the plain listener and over SASL_SSL with SCRAM-SHA-512."""
    sys.path.insert(0, str(harness.ROOT / "tests" / "e2e"))
    try:
        from support.secured import SecuredKafka
    except ImportError as error:
        print(f"  left out: {error}; run it with the tests' own Python", file=sys.stderr)
        return

    kafka.JVM_FLAGS = FAST_JVM
    records = 200_000 if bench.quick else 1_000_000
    access = [
        {"Type": "SASL_SCRAM_512_AUTH", "URI": "login"},
        {"Type": "SERVER_ROOT_CA_CERTIFICATE", "URI": "ca"},
    ]
    with tempfile.TemporaryDirectory() as directory, SecuredKafka(directory) as broker:
        broker.set_password(USER, "SCRAM-SHA-512", PASSWORD)
        broker.allow(USER, topic=TOPIC)
        for number in range(1, bench.runs + 2):
            broker.allow(USER, group=f"bench-{2 * number}")
        broker.allow(USER, group="bench-bare")
        plain, login = broker.bootstrap_servers, broker.servers("sasl_ssl")
        bench.programs.output("produce", plain, TOPIC, "create", harness.PARTITIONS)
        bench.programs.output("produce", plain, TOPIC, "bulk", records, 1024)
        secrets = {
            "login": {"username": USER, "password": PASSWORD},
            "ca": {"certificate": broker.certificates["ca"].certificate},
        }
        settings = [
            *("security.protocol=sasl_ssl", "sasl.mechanism=SCRAM-SHA-512"),
            *(f"sasl.username={USER}", f"sasl.password={PASSWORD}"),
            f"ssl.ca.location={broker.tls}/ca.pem",
        ]
        rates = {"raw plain": [], "raw login": [], "plain": [], "login": []}
        # The first round lets the broker's compiler see what there is to do.
        for _ in range(bench.runs + 1):
            for name, servers, more in (("plain", plain, []), ("login", login, settings)):
                read = ("bare_consumer", servers, TOPIC, "read", records, *more)
                rates[f"raw {name}"].append(bench.programs.output(*read)["records_per_second"])
            rates["plain"].append(rate_of(bench, plain, [], {}, records))
            rates["login"].append(rate_of(bench, login, access, secrets, records))
    raw_plain, raw_login, ours_plain, ours_login = (median(line[1:]) for line in rates.values())
    raw, ours = raw_login / raw_plain, ours_login / ours_plain
    bench.table.add(
        "SCRAM over TLS, of the plain rate",
        f"{raw_login:,.0f}/s of {raw_plain:,.0f}/s ({raw:.0%})",
        f"{ours_login:,.0f}/s of {ours_plain:,.0f}/s ({ours:.0%})",
        "≥ 0.9 of the raw share",
        ours / raw >= 0.9,
    )
