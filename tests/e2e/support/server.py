"""A server that tests start and stop; what it prints is kept for those who ask why."""

import os
import pathlib
import subprocess
import time

from kafka import die_with_parent
from support.program import SLOWNESS


class Server:
    """Runs `command` from __enter__ to __exit__. A subclass says when it is ready."""

    def __init__(self, name, log, start_seconds):
        self._name = name
        self._log = pathlib.Path(log)
        self._start_seconds = start_seconds
        self._process = None

    def is_ready(self):
        raise NotImplementedError

    def launch(self, command, **options):
        parent = os.getpid()
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(parent),
                **options,
            )
        deadline = time.monotonic() + self._start_seconds * SLOWNESS
        while not self.is_ready():
            assert self._process.poll() is None, f"{self._name} ended:\n{self.log()}"
            assert time.monotonic() < deadline, f"{self._name} does not start:\n{self.log()}"
            time.sleep(0.05)

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()

    def log(self):
        return self._log.read_text(errors="replace")
