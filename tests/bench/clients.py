"""Sections with AWS's own runtime clients: what klambda costs them beside the bare server."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

from harness import Klambda, Passthrough, ROOT, free_port, median

PYTHON_HANDLER = "def handler(event, context):\n    return event\n"


class Python:
    """awslambdaric, where klambda has installed it."""

    name = "awslambdaric"
    runs = [sys.executable, "-m", "awslambdaric", "app.handler"]
    flags = ["--handler", "app.handler"]

    def __init__(self, programs, directory):
        (pathlib.Path(directory) / "app.py").write_text(PYTHON_HANDLER)
        # klambda takes the Python that comes first.
        os.environ["PATH"] = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        with ClientKlambda(programs, self, directory) as klambda:
            programs.output("load", klambda.port, "bench", 1, 1, 100)
        from support.client_python import client_path

        self.variables = {"PYTHONPATH": client_path()}


class Go:
    """aws-lambda-go, in the handler of the conformance tests."""

    name = "aws-lambda-go"

    variables = {}

    def __init__(self, _programs, _directory):
        from support import builds

        try:
            program = str(builds.built("go") / "bootstrap")
        except builds.Unavailable as error:
            raise ImportError(str(error)) from None
        self.runs = [program]
        self.flags = ["--command", program, "--handler", "bootstrap"]


class ClientKlambda(Klambda):
    def __init__(self, programs, client, code):
        self._client, self._code = client, code
        super().__init__(programs, None, "--max-concurrency", 1)

    def _command(self, programs, _handler, arguments):
        return run_command(programs, self._client, self._code, 0) + [*map(str, arguments)]


def run_command(programs, client, code, port):
    command = [programs.klambda, "run", "--name", "bench", *client.flags, "--code", code]
    return [*command, "--port", str(port), "--log-level", "info"]


def clients_of(bench, code):
    sys.path.insert(0, str(ROOT / "tests" / "e2e"))
    for kind in (Python, Go):
        try:
            yield kind(bench.programs, code)
        except ImportError as error:
            print(f"  {kind.name} left out: {error}; run it with the tests' own Python",
                  file=sys.stderr)


def clients(bench):
    """Warm invocations through each client, and Python's start."""
    with tempfile.TemporaryDirectory() as code:
        for client in clients_of(bench, code):
            warm(bench, client, code)
            if isinstance(client, Python):
                cold(bench, client, code)


def warm(bench, client, code):
    for label, bytes_, count, limit in (
        ("100 B", 100, 2000 if bench.quick else 10000, 1.15),
        ("5 MB", 5_000_000, 20 if bench.quick else 60, 1.2),
    ):
        raw, ours = [], []
        with Passthrough(bench.programs, client=client, directory=code) as bare:
            with ClientKlambda(bench.programs, client, code) as klambda:
                for _ in range(bench.runs):
                    for server, side in ((bare, raw), (klambda, ours)):
                        load = ("load", server.port, "bench", 1, count, bytes_)
                        side.append(bench.programs.output(*load)["p50_us"])
        ratio = median([b / a for a, b in zip(raw, ours)])
        bench.table.add(
            f"{client.name}, warm {label}, p50",
            f"{median(raw):.0f} µs",
            f"{median(ours):.0f} µs ({ratio:.2f}×)",
            f"≤ {limit}×",
            ratio <= limit,
        )


def start_of(client, code):
    """Milliseconds until the client, started by nobody in particular, asks for its first event."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        begun = time.monotonic()
        process = subprocess.Popen(
            client.runs,
            cwd=code,
            env={**os.environ, **client.variables, "AWS_LAMBDA_RUNTIME_API": address},
            stderr=subprocess.DEVNULL,  # it complains when nobody answers
        )
        try:
            connection, _ = server.accept()
            with connection:
                connection.recv(1)
                return (time.monotonic() - begun) * 1000
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def cold(bench, client, code):
    raw, ours = [], []
    for _ in range(bench.runs * 4):
        raw.append(start_of(client, code))
        port = free_port()
        command = run_command(bench.programs, client, code, port)
        ours.append(bench.programs.output("startup", port, "bench", *command)["ms"])
    ratio = median(ours) / median(raw)
    bench.table.add(
        f"{client.name}, start → first answer",
        f"{median(raw):.0f} ms (to its first /next)",
        f"{median(ours):.0f} ms ({ratio:.2f}×)",
        "≤ 1.3×",
        ratio <= 1.3,
    )
