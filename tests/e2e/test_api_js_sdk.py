"""AWS's JavaScript SDK v3 drives klambda: one script, which prints what it has got as JSON."""

import json
import os
import pathlib
import subprocess

from support.api import zip_of
from support.program import SLOWNESS, environment_for
from support.project import CACHE

SCRIPT = pathlib.Path(__file__).parent / "support" / "sdk_tour.mjs"
MODULES = CACHE / "test-js-sdk" / "node_modules"


def test_the_javascript_sdk_drives_a_function_and_a_mapping(klambda, kafka, topic, tmp_path):
    assert MODULES.is_dir(), f"{MODULES} is not there: scripts/deps --tests installs the SDK"
    kafka.create_topic(topic, 1)
    package = tmp_path / "code.zip"
    handler = "exports.handler = async (event) => ({ got: event, node: process.version });\n"
    package.write_bytes(zip_of({"index.js": handler}))
    # Node finds packages from the script's own place upwards.
    script = tmp_path / "sdk_tour.mjs"
    script.write_text(SCRIPT.read_text())
    os.symlink(MODULES, tmp_path / "node_modules")
    run = klambda("start", "--kafka", kafka.bootstrap_servers)

    done = subprocess.run(
        ["node", script, run.url(), package, topic, kafka.bootstrap_servers],
        capture_output=True,
        text=True,
        timeout=120 * SLOWNESS,
        env=environment_for("tour"),
    )
    assert done.returncode == 0, f"{done.stderr}\n{run.log()}"
    seen = json.loads(done.stdout)
    assert seen["created"] == "Pending"
    assert seen["answer"]["got"] == {"n": 1}
    assert seen["streamed"]["got"] == {"n": 2}
    assert seen["failure"] == ["ResourceNotFoundException", 404]
    assert seen["mapping"] == ["Creating", "Enabled", "Deleting"]
    assert seen["listed"] == ["tour"]
    run.interrupt()
    run.expect_exit(130)
