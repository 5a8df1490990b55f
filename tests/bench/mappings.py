"""Sections of the mapping itself: what filters, partial responses and a destination cost, and what
many idle mappings take.
"""

import collections
import pathlib
import time

from harness import DRAIN_SECONDS_MAX, Klambda, median, wait_for
from records import read_all

# The first four do not match the producer's orders, so each record is compared with all.
PATTERNS = [
    '{"value": {"type": ["refund", "quote"]}}',
    '{"value": {"customer": {"country": [{"prefix": "F"}]}}}',
    '{"value": {"total": [{"numeric": [">", 1000]}]}}',
    '{"value": {"status": [{"anything-but": ["created"]}], "customer": {"tier": ["gold"]}}}',
    '{"value": {"type": ["order"], "items": {"quantity": [{"numeric": [">=", 1]}]}}}',
]
COST_PERCENT_MAX = 15

MAPPINGS = 100
IDLE_PARTITIONS = 10  # of each mapping's topic
IDLE_SECONDS = 30


def controls(bench):
    """JSON records in stock, with and without the controls, in turns."""
    records = 1_000_000  # fewer take too short a time to tell cases apart
    topic = bench.new_topic("controls")
    bench.programs.output("produce", bench.broker(), topic, "json", records, 1024)
    failed = bench.new_topic("controls-failed", 1)
    filters = [word for pattern in PATTERNS for word in ("--filter", pattern)]
    responses = ["--report-batch-item-failures", "--on-failure", f"kafka://{failed}"]
    cases = {
        "none": ("drop", []),
        "partial responses, destination": ("report", responses),
        f"{len(PATTERNS)} patterns, partial responses, destination": (
            "report",
            filters + responses,
        ),
    }
    for batch in (10_000, 1_000):
        runs = [
            [
                read_all(bench, topic, handler, records, batch, *flags)
                for handler, flags in cases.values()
            ]
            for _ in range(bench.runs)
        ]
        rates, cpu = (
            [median([figures[i] for figures in case]) for case in zip(*runs)] for i in (0, 1)
        )
        for name, rate, each in list(zip(cases, rates, cpu))[1:]:
            bench.table.add(
                f"1 KiB of JSON, BatchSize {batch}: {name}",
                f"{rates[0]:,.0f}/s without ({cpu[0]:.2f} µs CPU)",
                f"{rate:,.0f}/s ({rate / rates[0] - 1:+.1%}; {each:.2f} µs CPU a record)",
                f"≤ {COST_PERCENT_MAX} % less",
                rate >= rates[0] * (1 - COST_PERCENT_MAX / 100),
            )


class Start(Klambda):
    """`klambda start` of a template with many mappings."""

    def __init__(self, programs, template, *arguments):
        super().__init__(programs, "drop")
        path = pathlib.Path(self.directory.name) / "template.yaml"
        path.write_text(template)
        self.command = [
            *(programs.klambda, "start", str(path), "--port", "0", "--log-level", "info"),
            *map(str, arguments),
        ]

    def partitions(self):
        return sum(mapping["partitionsAssigned"] for mapping in self.status()["mappings"])

    def cpu_by_thread(self):
        """Seconds of each thread name, and how many threads have it. Not from `stat`, whose ticks
        of 10 ms most of these threads never fill.
        """
        seconds, threads = collections.Counter(), collections.Counter()
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            name = (task / "comm").read_text().strip()
            seconds[name] += int((task / "schedstat").read_text().split()[0]) / 1e9
            threads[name] += 1
        return seconds, threads


def idle(bench):
    """100 mappings of 1,000 partitions with nothing to do: CPU, memory, and where they go."""
    topics = [bench.new_topic(f"idle-{i}", IDLE_PARTITIONS) for i in range(MAPPINGS)]
    events = "".join(
        f"""
        E{i}:
          Type: SelfManagedKafka
          Properties: {{KafkaBootstrapServers: ["{bench.broker()}"], Topics: [{topic}]}}"""
        for i, topic in enumerate(topics)
    )
    template = f"""Resources:
  Idle:
    Type: AWS::Serverless::Function
    Metadata: {{klambda: {{Command: ["{bench.programs.path("native_handler")}"]}}}}
    Properties:
      Handler: drop
      Events:{events}
"""
    with Start(bench.programs, template) as klambda:
        partitions = MAPPINGS * IDLE_PARTITIONS
        wait_for(
            f"{partitions} partitions assigned",
            lambda: klambda.partitions() == partitions,
            DRAIN_SECONDS_MAX,
            1,
        )
        time.sleep(5)  # joining is over
        before, _ = klambda.cpu_by_thread()
        start = time.monotonic()
        time.sleep(IDLE_SECONDS)
        after, threads = klambda.cpu_by_thread()
        seconds = time.monotonic() - start
        memory = klambda.memory_mb()
    shares = {name: (after[name] - before[name]) / seconds for name in after}
    share = sum(shares.values())
    where = ", ".join(
        f"{threads[name]} × {name} {shares[name]:.2%}"
        for name in sorted(shares, key=shares.get, reverse=True)
    )
    bench.table.add(
        f"{MAPPINGS} mappings, {partitions:,} partitions, idle: CPU",
        "",
        f"{share:.2%} of a core ({where})",
        "< 1 %",
        share < 0.01,
    )
    bench.table.add(
        f"{MAPPINGS} mappings, {partitions:,} partitions, idle: resident",
        "",
        f"{memory:.0f} MB ({memory / MAPPINGS:.2f} a mapping), {sum(threads.values())} threads",
        "< 300 MB",
        memory < 300,
    )
