"""Sections without Kafka: invocations beside the bare server, streams, and the start."""

import json
import tempfile
import urllib.request

from harness import Klambda, Passthrough, free_port, median


def invoke(bench):
    """One caller: p50 and p99 of the Invoke route beside the bare server; CPU in klambda."""
    for label, bytes_, count, limit in (
        ("100 B", 100, 4000 if bench.quick else 20000, 1.3),
        ("5 MB", 5_000_000, 60 if bench.quick else 200, 1.0),
    ):
        raw, ours = [], []
        invocations = count + min(200, count // 10 + 1)  # with those that warm up
        with Passthrough(bench.programs, "echo") as bare, Klambda(
            bench.programs, "echo", "--max-concurrency", 1
        ) as klambda:
            for _ in range(bench.runs):
                for server, side in ((bare, raw), (klambda, ours)):
                    before = server.cpu_seconds()
                    side.append(
                        bench.programs.output("load", server.port, "bench", 1, count, bytes_)
                    )
                    side[-1]["cpu_us"] = (server.cpu_seconds() - before) * 1e6 / invocations
        unit, scale, digits = ("µs", 1, 0) if bytes_ < 1000 else ("ms", 1000, 2)
        for quantile in ("p50", "p99"):
            a, b = (
                median([line[f"{quantile}_us"] for line in side]) / scale for side in (raw, ours)
            )
            ratios = median([y[f"{quantile}_us"] / x[f"{quantile}_us"] for x, y in zip(raw, ours)])
            bench.table.add(
                f"warm invoke {label}, {quantile}",
                f"{a:.{digits}f} {unit}",
                f"{b:.{digits}f} {unit} ({ratios:.2f}×)",
                f"≤ {limit}×" if quantile == "p50" else "",
                ratios <= limit if quantile == "p50" else None,
            )
        raw_cpu, cpu = (median([line["cpu_us"] for line in side]) for side in (raw, ours))
        bench.table.add(
            f"CPU in the server per invocation, {label}",
            f"{raw_cpu:.0f} µs",
            f"{cpu:.0f} µs",
            "≤ 100 µs" if bytes_ < 1000 else "",
            cpu <= 100 if bytes_ < 1000 else None,
        )


def parallel(bench):
    """Eight callers on eight environments; the bare server with its one caller stands beside it."""
    count = 16000 if bench.quick else 80000
    raw, ours = [], []
    with Passthrough(bench.programs, "echo") as bare, Klambda(
        bench.programs, "echo", "--max-concurrency", 8
    ) as klambda:
        for _ in range(bench.runs):
            raw.append(
                bench.programs.output("load", bare.port, "bench", 1, count // 8, 100)["per_second"]
            )
            ours.append(
                bench.programs.output("load", klambda.port, "bench", 8, count, 100)["per_second"]
            )
    rate = median(ours)
    bench.table.add(
        "8 callers, 8 environments",
        f"{median(raw):,.0f}/s (1 caller)",
        f"{rate:,.0f}/s",
        "≥ 12,000/s",
        rate >= 12_000,
    )


URL = "/_klambda/url/bench/"
STREAM_API = "/2021-11-15/functions/bench/response-streaming-invocations"


def make_url(klambda):
    """The function's URL streams."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{klambda.port}/2021-10-31/functions/bench/url",
        json.dumps({"AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM"}).encode(),
    )
    urllib.request.urlopen(request, timeout=10).close()


def streaming(bench):
    """A response that its handler streams: first byte, speed, and what klambda needs for it."""
    count = 300 if bench.quick else 2000
    with Klambda(bench.programs, "stream:0:1", "--max-concurrency", 1) as klambda:
        make_url(klambda)
        lines = [
            bench.programs.output("stream", klambda.port, "GET", URL, count)
            for _ in range(bench.runs)
        ]
    for quantile in ("p50", "p99"):
        value = median([line[f"first_{quantile}_us"] for line in lines])
        bench.table.add(
            f"first byte of a stream reaches its caller, {quantile}",
            "",
            f"{value:.0f} µs",
            "≤ 1 ms" if quantile == "p50" else "",
            value <= 1000 if quantile == "p50" else None,
        )
    size = 200_000_000
    for label, method, path in (
        ("function URL", "GET", URL),
        ("InvokeWithResponseStream", "POST", STREAM_API),
    ):
        with Klambda(bench.programs, f"stream:{size}:65536", "--max-concurrency", 1) as klambda:
            make_url(klambda)
            bench.programs.output("stream", klambda.port, method, path, 1)
            before = klambda.memory_mb("VmHWM")
            lines = [
                bench.programs.output("stream", klambda.port, method, path, 1)
                for _ in range(bench.runs)
            ]
            grown = klambda.memory_mb("VmHWM") - before
        speed = median([line["mb_per_second"] for line in lines])
        bench.table.add(
            f"200 MB streamed, {label}", "", f"{speed:.0f} MB/s", "≥ 500 MB/s", speed >= 500
        )
        bench.table.add(
            f"klambda's memory at its most, {label}",
            "",
            f"{before + grown:.1f} MB, {grown:.1f} MB more than after one stream",
            "≤ 1 MB more",
            grown <= 1,
        )


def start(bench):
    """From starting the program to the answer of its first invocation."""
    times = []
    with tempfile.TemporaryDirectory() as code:
        for _ in range(bench.runs * 4):
            port = free_port()
            times.append(
                bench.programs.output(
                    "startup",
                    port,
                    "bench",
                    bench.programs.klambda,
                    "run",
                    "--name",
                    "bench",
                    "--command",
                    bench.programs.path("native_handler"),
                    "--handler",
                    "drop",
                    "--code",
                    code,
                    "--port",
                    port,
                )["ms"]
            )
    bench.table.add(
        "start → first invocation answered",
        "",
        f"{median(times):.1f} ms",
        "≤ 20 ms",
        median(times) <= 20,
    )
