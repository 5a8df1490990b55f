"""The Lambda API: reading beside a bare Beast server, a large package, many resources."""

import base64
import io
import json
import os
import subprocess
import urllib.request
import zipfile

from harness import BenchError, Klambda, median, wait_for

FUNCTIONS = "/2015-03-31/functions"
MAPPINGS = "/2015-03-31/event-source-mappings"
MANY = 1000
PACKAGE_BYTES = 50_000_000


class BareBeast:
    """Answers everything with a body of the given size."""

    def __init__(self, programs, body_bytes):
        self.command = [programs.path("bare_beast"), str(body_bytes)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def package_of(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o755 << 16
            package.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return base64.b64encode(buffer.getvalue()).decode()


def call(klambda, method, path, body=None):
    request = urllib.request.Request(
        f"http://127.0.0.1:{klambda.port}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"{}")


def function_body(name, zip_text):
    return {
        "FunctionName": name,
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Role": "arn:aws:iam::123456789012:role/bench",
        "Code": {"ZipFile": zip_text},
    }


def mapping_body(name, topic):
    return {
        "FunctionName": name,
        "Topics": [topic],
        "StartingPosition": "TRIM_HORIZON",
        "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["localhost:9092"]}},
        "SourceAccessConfigurations": [],
        "Enabled": False,
    }


def wait_active(klambda, name):
    wait_for(
        f"{name} is Active",
        lambda: call(klambda, "GET", f"{FUNCTIONS}/{name}")["Configuration"]["State"] == "Active",
        60,
    )


def small_package():
    return package_of({"bootstrap": "#!/bin/sh\nexec sleep 1\n"})


def compare(bench, klambda, what, path):
    """p50 of a GET beside a bare server that answers as many bytes."""
    count = 2000 if bench.quick else 10000
    size = bench.programs.output("requests", klambda.port, 1, "GET", path)["bytes"]
    raw, ours = [], []
    with BareBeast(bench.programs, size) as bare:
        for _ in range(bench.runs):
            for port, side in ((bare.port, raw), (klambda.port, ours)):
                side.append(bench.programs.output("requests", port, count, "GET", path))
    if ours[-1]["status"] != 200:
        raise BenchError(f"{path} answered {ours[-1]}")
    ratio = median([y["p50_us"] / x["p50_us"] for x, y in zip(raw, ours)])
    a, b = (median([line["p50_us"] for line in side]) for side in (raw, ours))
    bench.table.add(
        f"{what}, {size} B, p50",
        f"{a:.0f} µs",
        f"{b:.0f} µs ({ratio:.2f}×)",
        "≤ 1.3×",
        ratio <= 1.3,
    )


def large_package(bench, klambda):
    text = package_of({"bootstrap": "#!/bin/sh\n", "data.bin": os.urandom(PACKAGE_BYTES)})
    path = os.path.join(bench.files.name, "create.json")
    times = []
    for run in range(bench.runs):
        # Each one another package: the same would be there already.
        body = function_body(f"large-{run}", text)
        if run:
            body["Code"]["ZipFile"] = package_of({"bootstrap": "", "x": os.urandom(PACKAGE_BYTES)})
        with open(path, "w") as file:
            json.dump(body, file)
        answer = bench.programs.output("requests", klambda.port, 1, "POST", FUNCTIONS, path)
        if answer["status"] != 201:
            raise BenchError(f"create of a large package answered {answer}")
        times.append(answer["p50_us"] / 1e6)
        call(klambda, "GET", f"{FUNCTIONS}/large-{run}")
    bench.table.add(
        "create from a 50 MB zip", "", f"{median(times):.2f} s", "< 2 s", median(times) < 2
    )


def many(bench):
    """1 000 functions and as many disabled mappings: memory, and a page of each list."""
    package = small_package()
    with Klambda(bench.programs, "echo", "--kafka", "localhost:9092") as klambda:
        for index in range(MANY):
            name = f"function-{index:04}"
            call(klambda, "POST", FUNCTIONS, function_body(name, package))
            call(klambda, "POST", MAPPINGS, mapping_body(name, f"topic-{index}"))
        wait_active(klambda, f"function-{MANY - 1:04}")
        memory = klambda.memory_mb()
        bench.table.add(
            "1 000 functions, 1 000 disabled mappings, resident",
            "",
            f"{memory:.0f} MB",
            "< 100 MB",
            memory < 100,
        )
        for what, path in (("functions", FUNCTIONS), ("mappings", f"{MAPPINGS}?MaxItems=100")):
            page = bench.programs.output("requests", klambda.port, 200, "GET", path)
            ms = page["p99_us"] / 1000
            bench.table.add(
                f"a page of {what}, {page['bytes']} B, p99", "", f"{ms:.2f} ms", "< 10 ms", ms < 10
            )


def api(bench):
    with Klambda(bench.programs, "echo", "--kafka", "localhost:9092") as klambda:
        call(klambda, "POST", FUNCTIONS, function_body("read-me", small_package()))
        wait_active(klambda, "read-me")
        compare(bench, klambda, "GetFunction", f"{FUNCTIONS}/read-me")
        compare(bench, klambda, "ListFunctions", FUNCTIONS)
        large_package(bench, klambda)
    many(bench)
