"""Stands in for the docker command: a container is a process of its own session, which goes on when
the client that started it is killed, as with a daemon.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys

place = pathlib.Path(os.environ["DOCKER_STAND_IN"])
image = json.loads((place / "image.json").read_text())
VALUES = {"--name", "--pull", "--label", "--network", "--env", "--entrypoint", "--workdir"}


def run(arguments):
    options, variables = {}, {}
    while arguments[0].startswith("--"):
        option = arguments.pop(0)
        if option not in VALUES:
            continue
        value = arguments.pop(0)
        if option == "--env":
            name, equals, given = value.partition("=")
            variables[name] = given if equals else os.environ[name]
        else:
            options[option] = value
    assert arguments.pop(0) == image["Image"]
    entry = image["Config"]["Entrypoint"]
    if "--entrypoint" in options:
        entry = [options["--entrypoint"]]
    variables.setdefault("PATH", "/usr/bin:/bin")
    container = subprocess.Popen(
        [*entry, *arguments],
        env={**variables, "OF_IMAGE": "yes"},
        cwd=options.get("--workdir", "/"),
        start_new_session=True,
    )
    file = place / "containers" / options["--name"]
    file.write_text(str(container.pid))
    code = container.wait()
    file.unlink(missing_ok=True)
    return code if code >= 0 else 128 - code


def remove(name):
    file = place / "containers" / name
    if not file.exists():
        print(f"Error: No such container: {name}", file=sys.stderr)
        return 1
    try:
        os.killpg(int(file.read_text()), signal.SIGKILL)
    except ProcessLookupError:
        pass
    file.unlink(missing_ok=True)
    return 0


def inspect(name):
    if name != image["Image"]:
        print(f"Error: No such image: {name}", file=sys.stderr)
        return 1
    print(json.dumps(image))
    return 0


command, *rest = sys.argv[1:]
if command == "run":
    sys.exit(run(rest))
if command == "rm":
    sys.exit(remove(rest[-1]))
if command == "image":
    sys.exit(inspect(rest[-1]))
print("Error response: pull access denied", file=sys.stderr)
sys.exit(1)
