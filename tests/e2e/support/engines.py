"""Container engines for tests of image functions: a dockerd of the tests' own where this machine
has one and may start it, and everywhere a stand-in for the docker command.
"""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tarfile
import time

from support.builds import built

IMAGE = "klambda-conformance:1"
FAKE = pathlib.Path(__file__).with_name("fake_docker.py")


class RealEngine:
    """A private dockerd without a network of its own: containers have the host's."""

    name = "docker"

    def __init__(self, directory):
        self._directory = directory = pathlib.Path(directory)
        self.environment = {"DOCKER_HOST": f"unix://{directory}/docker.sock"}
        self._log = open(directory / "dockerd.log", "w+")
        self._daemon = subprocess.Popen(
            [
                *("dockerd", "--bridge", "none", "--iptables=false"),
                *("--data-root", directory / "data", "--exec-root", directory / "run"),
                *("--pidfile", directory / "pid", "--host", self.environment["DOCKER_HOST"]),
            ],
            stdout=self._log,
            stderr=self._log,
        )
        deadline = time.monotonic() + 60
        while self._docker("version").returncode != 0:
            alive = self._daemon.poll() is None
            if not alive or time.monotonic() > deadline:
                self.close()
                raise OSError("dockerd does not start: " + self.last_words())
            time.sleep(0.1)
        self._load(directory)

    def last_words(self):
        self._log.seek(0)
        return self._log.read()[-300:].strip().replace("\n", "; ")

    def _docker(self, *arguments):
        environment = {**os.environ, **self.environment}
        return subprocess.run(
            ["docker", *arguments], env=environment, capture_output=True, text=True, timeout=120
        )

    def _load(self, directory):
        archive = directory / "image.tar"
        with tarfile.open(archive, "w") as tar:
            tar.add(built("go") / "bootstrap", "bootstrap")
        changes = ["ENTRYPOINT [\"/bootstrap\"]", "CMD [\"app.handler\"]", "ENV OF_IMAGE=yes"]
        words = [word for change in changes for word in ("--change", change)]
        done = self._docker("import", *words, str(archive), IMAGE)
        assert done.returncode == 0, done.stderr

    def containers(self):
        done = self._docker("ps", "--all", "--filter", "label=klambda", "--format", "{{.Names}}")
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    def close(self):
        self._daemon.terminate()
        try:
            self._daemon.wait(30)
        except subprocess.TimeoutExpired:
            self._daemon.kill()
            self._daemon.wait()
        # The network namespaces that dockerd made stay mounted after it.
        for namespace in (self._directory / "run" / "netns").glob("*"):
            subprocess.run(["umount", namespace])


class FakeEngine:
    name = "stand-in"

    def __init__(self, directory):
        directory = pathlib.Path(directory)
        self.state = directory / "containers"
        self.state.mkdir()
        program = directory / "bin" / "docker"
        program.parent.mkdir()
        program.write_text(f"#!{sys.executable}\n" + FAKE.read_text())
        program.chmod(program.stat().st_mode | stat.S_IEXEC)
        bootstrap = pathlib.Path(__file__).parents[1] / "handlers/conformance/bash/bootstrap"
        image = {
            "Image": IMAGE,
            "Architecture": {"aarch64": "arm64"}.get(os.uname().machine, "amd64"),
            "Config": {"Entrypoint": [str(bootstrap)], "Cmd": ["app.handler"]},
        }
        (directory / "image.json").write_text(json.dumps(image))
        self.environment = {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "DOCKER_STAND_IN": str(directory),
        }

    def containers(self):
        return [entry.name for entry in self.state.iterdir()]

    def close(self):
        pass


def real_engine_problem():
    """None: this machine may start a dockerd."""
    for program in ("docker", "dockerd"):
        if shutil.which(program) is None:
            return f"no {program} on this machine"
    return None if os.geteuid() == 0 else "dockerd needs root"
