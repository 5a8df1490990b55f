"""What the benchmark's sections share: building, starting what is measured, reading its use of the
machine.
"""

import glob
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 20
DRAIN_SECONDS_MAX = 600
PARTITIONS = 4
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")

sys.path.insert(0, str(ROOT / "testcontainers" / "kafka"))


class BenchError(RuntimeError):
    pass


def wait_for(what, condition, seconds=START_SECONDS_MAX, step=0.002):
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise BenchError(f"not within {seconds} s: {what}")
        time.sleep(step)
    return result


def median(values):
    return statistics.median(values)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_SECONDS


class Programs:
    """Where the built programs are; builds them first unless told not to."""

    def __init__(self, build, build_first):
        self.build = pathlib.Path(build).absolute()
        if build_first:
            if not (self.build / "build.ninja").exists():
                subprocess.run(
                    ["cmake", "--preset", "release", "-B", str(self.build)],
                    cwd=ROOT,
                    check=True,
                    stdout=sys.stderr,
                )
            subprocess.run(
                ["cmake", "--build", str(self.build), "--target", "klambda", "bench_programs"],
                check=True,
                stdout=sys.stderr,
            )
        self.klambda = str(self.build / "klambda")

    def path(self, name):
        return str(self.build / "tests" / "bench" / f"bench_{name}")

    def output(self, name, *arguments):
        done = subprocess.run(
            [self.path(name), *map(str, arguments)],
            stdout=subprocess.PIPE,
            text=True,
            timeout=DRAIN_SECONDS_MAX,
        )
        if done.returncode != 0:
            raise BenchError(
                f"bench_{name} {' '.join(map(str, arguments))} ended with {done.returncode}"
            )
        return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}


class Klambda:
    """`klambda run` with the native handler; its log is shown when something goes wrong."""

    def __init__(self, programs, handler, *arguments):
        self.directory = tempfile.TemporaryDirectory(prefix="klambda-bench.")
        self.log_path = pathlib.Path(self.directory.name) / "log"
        self.command = self._command(programs, handler, arguments)
        self.process = None
        self.port = None

    def _command(self, programs, handler, arguments):
        return [
            programs.klambda,
            "run",
            "--name",
            "bench",
            "--command",
            programs.path("native_handler"),
            "--handler",
            handler,
            "--code",
            self.directory.name,
            "--port",
            "0",
            "--log-level",
            "info",
            *map(str, arguments),
        ]

    def __enter__(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log
            )
        try:
            found = wait_for("the control plane's address", self._address)
        except BenchError as error:
            self.__exit__()
            raise BenchError(f"{error}; klambda said:\n{self.log_tail}") from None
        self.port = int(found.group(1))
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log_tail = self.log()[-3000:]
        self.directory.cleanup()

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def _address(self):
        if self.process.poll() is not None:
            raise BenchError(f"klambda ended with {self.process.returncode}")
        return re.search(r"control plane on http://127\.0\.0\.1:(\d+)", self.log())

    def status(self):
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.port}/_klambda/status", timeout=10
        ) as answer:
            return json.load(answer)

    def mapping(self):
        return self.status()["mappings"][0]

    def wait_assigned(self):
        wait_for(
            "the mapping has its partitions",
            lambda: self.mapping()["partitionsAssigned"] > 0,
            60,
            0.02,
        )

    def wait_processed(self, records):
        """Returns when that many were processed; looks seldom, so as not to disturb."""
        try:
            wait_for(
                f"{records} records processed",
                lambda: self.mapping()["counts"]["processedRecords"] >= records,
                DRAIN_SECONDS_MAX,
                0.05,
            )
        except BenchError as error:
            raise BenchError(f"{error}; klambda said:\n{self.log()[-3000:]}") from None

    def cpu_seconds(self):
        return cpu_seconds(self.process.pid)

    def memory_mb(self, name="VmRSS"):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{name}:\s+(\d+) kB", text).group(1)) / 1024


class Passthrough:
    """The bare server with a native handler attached, or a client of clients.py in `directory`."""

    def __init__(self, programs, handler="", client=None, directory=None):
        self.programs, self.handler, self.directory = programs, handler, directory
        self.command = client.runs if client else [programs.path("native_handler")]
        self.variables = client.variables if client else {}

    def __enter__(self):
        self.server = subprocess.Popen(
            [self.programs.path("passthrough")], stdout=subprocess.PIPE, text=True
        )
        words = self.server.stdout.readline().split()
        self.port = int(words[1])
        environment = {
            **os.environ,
            **self.variables,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{words[3]}",
            "_HANDLER": self.handler,
        }
        self.client = subprocess.Popen(self.command, cwd=self.directory, env=environment)
        return self

    def cpu_seconds(self):
        return cpu_seconds(self.server.pid)

    def __exit__(self, *_):
        for process in (self.client, self.server):
            process.kill()
            process.wait()
        self.server.stdout.close()


class Table:
    """The report: what, the raw figure beside ours, ours, the target, and whether it is met."""

    def __init__(self):
        self.lines = []

    def add(self, what, raw, ours, target="", met=None):
        verdict = "" if met is None else ("yes" if met else "NO")
        self.lines.append((what, raw, ours, target, verdict))
        print(
            f"  {what}: raw {raw or '–'}, klambda {ours}"
            + (f", target {target}: {verdict}" if target else ""),
            file=sys.stderr,
        )

    def text(self):
        lines = [("what", "raw", "klambda", "target", "met"), *self.lines]
        widths = [max(len(line[column]) for line in lines) for column in range(5)]
        rows = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |"
            for line in lines
        ]
        rows.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        return "\n".join(rows)


class Bench:
    """One run of the benchmark: how thorough, its table, its files, its broker and topics."""

    def __init__(self, programs, runs, quick):
        self.programs, self.runs, self.quick = programs, runs, quick
        self.table = Table()
        self.files = tempfile.TemporaryDirectory(prefix="klambda-bench-files.")
        self._broker = None
        self._topics = {}

    # Real Kafka, started by the first section that needs it.
    def broker(self):
        if self._broker is None:
            from kafka import Kafka

            print("starting Kafka", file=sys.stderr)
            self._broker = Kafka()
            self._broker.start()
        return self._broker.bootstrap_servers

    def close(self):
        if self._broker is not None:
            self._broker.close()
        self.files.cleanup()

    def new_topic(self, name, partitions=PARTITIONS):
        self.programs.output("produce", self.broker(), name, "create", partitions)
        return name

    def bulk_topic(self, records, partitions=PARTITIONS):
        name = f"bulk-{records}-{partitions}"
        if name not in self._topics:
            print(f"producing {records} records of 1 KiB", file=sys.stderr)
            self.new_topic(name, partitions)
            self.programs.output("produce", self.broker(), name, "bulk", records, 1024)
            self._topics[name] = records
        return name

    def output_file(self, name):
        for old in glob.glob(f"{self.files.name}/{name}.*"):
            pathlib.Path(old).unlink()
        return f"{self.files.name}/{name}"
