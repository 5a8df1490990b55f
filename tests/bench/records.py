"""Sections with records: the embedded cluster, latency and throughput on a real Kafka, memory."""

import glob
import json
import pathlib
import subprocess
import time

from harness import Klambda, median, wait_for


def read_latencies(file, count):
    """Milliseconds in the order of arrival, once there are `count`."""
    lines = [
        line
        for name in glob.glob(f"{file}.*")
        for line in pathlib.Path(name).read_text().split("\n")[:-1]
    ]
    return [int(line) / 1e6 for line in lines] if len(lines) >= count else None


def embedded(bench):
    """On the embedded cluster: a single record into a started klambda, then a record each 20 ms."""
    first, later = [], []
    for _ in range(bench.runs):
        file = bench.output_file("embedded")
        with Klambda(
            bench.programs,
            f"stamp:{file}",
            "--topic",
            "bench",
            "--kafka",
            "embedded",
            "--batch-window",
            0,
        ) as klambda:
            klambda.wait_assigned()
            brokers = klambda.status()["kafka"]["bootstrapServers"]
            bench.programs.output("produce", brokers, "bench", "spaced", 1, 0)
            first += wait_for("the first record", lambda: read_latencies(file, 1))
            count = 50 if bench.quick else 200
            bench.programs.output("produce", brokers, "bench", "spaced", count, 20)
            later.append(
                median(wait_for("the records", lambda: read_latencies(file, count + 1))[1:])
            )
    bench.table.add(
        "embedded: first record produced → handler entered",
        "",
        f"{median(first):.1f} ms",
        "≤ 150 ms",
        median(first) <= 150,
    )
    bench.table.add("embedded: later records, p50", "", f"{median(later):.2f} ms")


def latency(bench):
    """Real Kafka, window 0, a record each 20 ms: the bare consumer and klambda in turns."""
    count = 100 if bench.quick else 500
    raw, ours = [], []
    topic = bench.new_topic("latency")
    for _ in range(bench.runs):
        bare = subprocess.Popen(
            [bench.programs.path("bare_consumer"), bench.broker(), topic, "latency", str(count)],
            stdout=subprocess.PIPE,
            text=True,
        )
        bare.stdout.readline()
        time.sleep(
            0.5
        )  # its first fetches are on their way: the brokers answer them when records come
        bench.programs.output("produce", bench.broker(), topic, "spaced", count, 20)
        raw.append(json.loads(bare.communicate(timeout=30)[0].splitlines()[-1]))
        file = bench.output_file("latency")
        with Klambda(
            bench.programs,
            f"stamp:{file}",
            "--topic",
            topic,
            "--kafka",
            bench.broker(),
            "--batch-window",
            0,
            "--starting-position",
            "LATEST",
        ) as klambda:
            klambda.wait_assigned()
            time.sleep(0.5)
            bench.programs.output(
                "produce", bench.broker(), topic, "spaced", 20, 20
            )  # starts the environment
            wait_for("the warming records", lambda: read_latencies(file, 20))
            bench.programs.output("produce", bench.broker(), topic, "spaced", count, 20)
            latencies = sorted(
                wait_for("the records", lambda: read_latencies(file, count + 20))[20:]
            )
            ours.append(
                {"p50_ms": median(latencies), "p99_ms": latencies[len(latencies) * 99 // 100]}
            )
    for quantile in ("p50", "p99"):
        a, b = (median([line[f"{quantile}_ms"] for line in side]) for side in (raw, ours))
        bench.table.add(
            f"record produced → handler entered, {quantile}",
            f"{a:.2f} ms",
            f"{b:.2f} ms ({b - a:+.2f})",
            "≤ +1 ms" if quantile == "p50" else "",
            b - a <= 1 if quantile == "p50" else None,
        )


def throughput(bench):
    """1 KiB records in stock, dropped by native handlers, beside a bare consumer."""
    records = 200_000 if bench.quick else 1_000_000
    raw = {}
    cases = [(100, 4, 1), (1000, 4, 1), (10000, 4, 1), (10000, 4, 4), (10000, 1, 1)]
    ours = {case: [] for case in cases}
    for _ in range(bench.runs):
        for partitions in (4, 1):
            topic = bench.bulk_topic(records, partitions)
            raw.setdefault(partitions, []).append(
                bench.programs.output("bare_consumer", bench.broker(), topic, "read", records)
            )
        for case in cases:
            batch, partitions, pollers = case
            topic = bench.bulk_topic(records, partitions)
            flags = ("--pollers", pollers, "--memory", 128)
            ours[case].append(read_all(bench, topic, "drop", records, batch, *flags))
    for case, figures in ours.items():
        batch, partitions, pollers = case
        a = median([line["records_per_second"] for line in raw[partitions]])
        b = median([line[0] for line in figures])
        cpu = median([line[1] for line in figures])
        target = case == (10000, 4, 1)
        bench.table.add(
            f"1 KiB, BatchSize {batch}, partitions {partitions}, pollers {pollers}",
            f"{a:,.0f}/s {a * 1024 / 1e6:,.0f} MB/s",
            f"{b:,.0f}/s {b * 1024 / 1e6:,.0f} MB/s ({b / a:.0%}; {cpu:.2f} µs CPU a record)",
            "≥ 40 %" if target else "",
            b / a >= 0.4 if target else None,
        )
    rates = [
        median([line[0] for line in ours[case]])
        for case in ((10000, 1, 1), (10000, 4, 1), (10000, 4, 4))
    ]
    bench.table.add(
        "rises with partitions and pollers (1/1, 4/1, 4/4)",
        "",
        ", ".join(f"{rate:,.0f}" for rate in rates),
        "rises",
        rates == sorted(rates),
    )


def read_all(bench, topic, handler, records, batch, *flags):
    """Records/s from the first event's arrival to the last; µs of CPU in klambda a record."""
    file = bench.output_file("arrivals")
    with Klambda(
        bench.programs,
        f"{handler}:{file}",
        *("--topic", topic, "--kafka", bench.broker(), "--from-start"),
        *("--batch-size", batch, "--batch-window", 0),
        *flags,
    ) as klambda:
        klambda.wait_processed(records)
        cpu = klambda.cpu_seconds()
    lines = [pathlib.Path(name).read_text().split() for name in glob.glob(f"{file}.*")]
    first = min(int(line[0]) for line in lines if line)
    last = max(int(line[1]) for line in lines if line)
    return records / ((last - first) / 1e9), cpu * 1e6 / records


def memory(bench):
    """Resident memory: idle, with an embedded cluster, and after records from a real Kafka."""
    with Klambda(bench.programs, "drop") as klambda:
        time.sleep(1)
        idle = klambda.memory_mb()
        bench.programs.output("load", klambda.port, "bench", 1, 1000, 100)
        after = klambda.memory_mb()
    bench.table.add(
        "resident, idle without Kafka",
        "",
        f"{idle:.1f} MB (after 1,000 invocations {after:.1f})",
        "≤ 12 MB",
        idle <= 12,
    )
    with Klambda(bench.programs, "drop", "--topic", "bench", "--kafka", "embedded") as klambda:
        klambda.wait_assigned()
        time.sleep(1)
        embedded = klambda.memory_mb()
    bench.table.add(
        "resident, embedded cluster and one mapping",
        "",
        f"{embedded:.1f} MB",
        "≤ 25 MB",
        embedded <= 25,
    )
    many = 200_000 if bench.quick else 1_000_000
    with Klambda(
        bench.programs,
        "drop",
        "--topic",
        bench.bulk_topic(many),
        "--kafka",
        bench.broker(),
        "--from-start",
    ) as klambda:
        samples = []
        for share in range(1, 11):
            klambda.wait_processed(many * share // 10)
            samples.append(klambda.memory_mb())
        peak = klambda.memory_mb("VmHWM")
    # What librdkafka holds ahead comes and goes: tenths are compared by their highest.
    first, last = max(samples[:3]), max(samples[-3:])
    bench.table.add(
        f"resident after {many // 10:,} records of 1 KiB, in stock", "", f"{samples[0]:.1f} MB"
    )
    bench.table.add(
        f"resident after {many:,} (first, last three tenths; peak)",
        "",
        f"{samples[-1]:.1f} MB ({first:.0f}, {last:.0f}; {peak:.0f})",
        "flat",
        last <= first * 1.1 + 2,
    )
