"""One runtime under test: a klambda with a handler of that runtime, and what its table row says."""

import http.client
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import threading
import time
import uuid

from support.builds import HANDLERS, Unavailable, built
from support.program import MARK, Klambda, node_directory
from support.project import official_node_client

CHECKS = [
    *("echo", "error", "init", "exit", "signal", "timeout", "environment", "remaining", "log"),
    *("big", "unicode", "sequential", "parallel"),
]
MEMORY_MB = 256


class Runtime:
    """How a runtime's handler is had and what its client makes of failures.

    `error` and `init_error`: patterns of errorType. `stack`: the member that holds one.
    """

    def __init__(self, name, runtime, handler, language, error, init_error, stack=None, client=""):
        self.name = name
        self.runtime = runtime
        self.handler = handler
        self.language = language
        self.error = error
        self.init_error = init_error
        self.stack = stack
        self.client = client

    def code(self, directory):
        """A directory of this test's own with the handler. Raises Unavailable."""
        source = HANDLERS / self.language
        if self.language in ("go", "rust", "cpp", "java"):
            source = built(self.language)
        code = pathlib.Path(directory) / "code"
        if self.language == "java":
            # As a developer has it: a Maven project that was built.
            code.mkdir()
            shutil.copy(source / "pom.xml", code)
            shutil.copytree(source / "target", code / "target")
        elif self.language in ("go", "rust", "cpp"):
            code.mkdir()
            shutil.copy(source / "bootstrap", code)
        else:
            shutil.copytree(source, code)
        if self.client == "official":
            (code / "node_modules").symlink_to(official_node_client())
        return code


EXITED = r"Runtime\.ExitError"
RUNTIMES = [
    Runtime("python", "python3.12", "app.handler", "python", "ValueError", "RuntimeError",
            "stackTrace"),
    Runtime("node (AWS's client)", "nodejs22.x", "app.handler", "node", "TypeError", "RangeError",
            "trace", "official"),
    Runtime("node (klambda's)", "nodejs22.x", "app.handler", "node", "TypeError", "RangeError",
            "trace"),
    Runtime("java", "java17", "conformance.App::handleRequest", "java",
            r"java\.lang\.IllegalStateException", r"java\.lang\..*Error|Runtime\..*", "stackTrace"),
    Runtime("go", "provided.al2023", "bootstrap", "go", "errorString", EXITED),
    Runtime("rust", "provided.al2023", "bootstrap", "rust", ".*", EXITED),
    Runtime("c++", "provided.al2023", "bootstrap", "cpp", "AsAsked", EXITED, "stackTrace"),
    Runtime("bash", "provided.al2023", "bootstrap", "bash", r"Function\.AsAsked",
            r"Runtime\.AsAsked"),
]
# Their clients come from registries that klambda's tests do not reach; launch plans are tested with
# stand-ins (tests/unit/function/runtime_plans_test.cpp).
UNTRIED = {
    "ruby": ("ruby", ["-e", "Gem.bin_path('aws_lambda_ric', 'aws_lambda_ric')"],
             "no gem aws_lambda_ric"),
    ".net": ("dotnet", ["--list-sdks"], "no .NET SDK"),
}


def why_untried(name):
    program, arguments, otherwise = UNTRIED[name]
    if shutil.which(program) is None:
        return f"no {program} on this machine"
    done = subprocess.run([program, *arguments], capture_output=True, timeout=60)
    return otherwise if done.returncode != 0 else "its client is here, but no handler is"


class Running:
    """A klambda that serves one runtime's handler."""

    def __init__(self, runtime, directory):
        self.runtime = runtime
        code = runtime.code(directory)
        mark = uuid.uuid4().hex
        environment = {MARK: mark, "TABLE": "orders"}
        self.template = pathlib.Path(directory) / "template.yaml"

        def function(timeout, **more):
            return {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "CodeUri": code.name,
                    "Handler": runtime.handler,
                    "Runtime": runtime.runtime,
                    "Timeout": timeout,
                    "MemorySize": MEMORY_MB,
                    "Environment": {"Variables": {**environment, **more}},
                },
            }

        resources = {
            "Conform": function(30),
            "Hasty": function(1),
            "Broken": function(10, INIT_ERROR="yes"),
        }
        self.template.write_text(
            json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources})
        )
        self.klambda = Klambda(["start", self.template, "--port", "0"], directory, mark)
        self.port = self.klambda.port()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def invoke(self, event, function="Conform", connection=None):
        """Answers (body as JSON, whether it is a function's error)."""
        connection = connection or self.connect()
        text = json.dumps(event, ensure_ascii=False).encode()
        connection.request("POST", f"/2015-03-31/functions/{function}/invocations", text)
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200, (response.status, body[:500], self.klambda.log())
        return json.loads(body), response.headers.get("X-Amz-Function-Error") is not None

    def reports(self, name):
        """Figures of the REPORT lines so far."""
        return [
            float(match.group(1))
            for line in list(self.klambda.lines)
            if (match := re.search(rf"REPORT .*\b{name}: ([0-9.]+)", line))
        ]

    def measure(self, count):
        """Milliseconds that each of `count` invocations took, one after the other."""
        connection = self.connect()
        times = []
        for number in range(count):
            begin = time.perf_counter()
            answer, failed = self.invoke({"do": "echo", "n": number}, connection=connection)
            times.append((time.perf_counter() - begin) * 1000)
            assert not failed and answer["n"] == number, answer
        return statistics.median(times)

    def all_at_once(self, threads, each):
        problems = []

        def work(thread):
            connection = self.connect()
            for number in range(each):
                event = {"do": "echo", "token": f"{thread}-{number}"}
                answer = self.invoke(event, connection=connection)
                if answer != (event, False):
                    problems.append(answer)

        workers = [threading.Thread(target=work, args=(thread,)) for thread in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return problems

    def close(self):
        self.klambda.interrupt()
        self.klambda.expect_exit(130, 30)


class Table:
    """What the suite prints at its end: a row a runtime, a column a check."""

    def __init__(self):
        self.rows = {}
        self.figures = {}
        self.reasons = {}

    def note(self, runtime, check, passed):
        self.rows.setdefault(runtime, {})[check] = "ok" if passed else "FAILED"

    def lines(self):
        if not self.rows and not self.reasons:
            return
        head = ["runtime", *CHECKS, "cold start", "warm p50", "memory"]
        table = [head]
        for name in [*(runtime.name for runtime in RUNTIMES), *UNTRIED]:
            if name in self.rows:
                marks = [self.rows[name].get(check, "-") for check in CHECKS]
                table.append([name, *marks, *self.figures.get(name, ["-"] * 3)])
        widths = [max(len(row[column]) for row in table) for column in range(len(head))]
        for row in table:
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
        for name, reason in self.reasons.items():
            yield f"{name.ljust(widths[0])}  not run: {reason}"


TABLE = Table()

__all__ = [
    *("CHECKS", "RUNTIMES", "TABLE", "UNTRIED", "Running", "Unavailable"),
    *("node_directory", "why_untried"),
]
