"""Handlers and extensions that need a compiler: built once into the cache, again when their sources
or the toolchain change. `python builds.py` builds all of them ahead (scripts/deps --tests).
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tomllib

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "klambda"
PLACE = CACHE / "test-handlers"
HANDLERS = pathlib.Path(__file__).parents[1] / "handlers" / "conformance"
EXAMPLES = pathlib.Path(__file__).parents[3] / "examples"
EXTENSIONS = pathlib.Path(__file__).parents[1] / "extensions"
AWS_CPP = CACHE / "test-node" / "node_modules" / "aws-lambda-ric" / "deps"
# The newest client of Go, for the compilers that take it; go.mod has one for older ones.
GO_CLIENT, GO_CLIENT_NEEDS = "github.com/aws/aws-lambda-go@v1.55.1", (1, 26)


class Unavailable(Exception):
    """The toolchain is not on this machine; the text is the reason."""


def run(*command, directory, **variables):
    done = subprocess.run(
        [str(word) for word in command],
        cwd=directory,
        env={**os.environ, **{name: str(value) for name, value in variables.items()}},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout


def tool(name, *arguments):
    """The first line of what it says of its version."""
    if shutil.which(name) is None:
        raise Unavailable(f"{name} is not on this machine")
    done = subprocess.run([name, *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise Unavailable(f"{name} does not run: {(done.stderr or done.stdout).strip()[:100]}")
    return (done.stdout or done.stderr).strip().splitlines()[0]


def go(directory):
    version = tool("go", "version").split()[2].removeprefix("go").split(".")
    if tuple(int(part) for part in version[:2]) >= GO_CLIENT_NEEDS:
        run("go", "get", GO_CLIENT, directory=directory)
    run("go", "build", "-o", "bootstrap", ".", directory=directory, CGO_ENABLED=0)


def rust(directory):
    tool("rustc", "--version")
    # One for all, so that what they share is compiled once.
    target = PLACE / "cargo"
    run("cargo", "build", "--release", "-q", directory=directory, CARGO_TARGET_DIR=target)
    for program in tomllib.loads((directory / "Cargo.toml").read_text())["bin"]:
        shutil.copy(target / "release" / program["name"], directory / program["name"])


def java(directory):
    run("mvn", "-q", "-B", "package", "dependency:copy-dependencies", directory=directory)


def cpp(directory):
    source = AWS_CPP / "aws-lambda-cpp-0.2.8"
    if not source.is_dir():
        raise Unavailable(f"the source of AWS's C++ client is not in {AWS_CPP}")
    build, installed = directory / "build", directory / "installed"
    run(
        "cmake",
        *("-S", source, "-B", build, "-DENABLE_TESTS=OFF", "-DCMAKE_BUILD_TYPE=Release"),
        f"-DCMAKE_INSTALL_PREFIX={installed}",
        directory=directory,
    )
    run("cmake", "--build", build, "--target", "install", directory=directory)
    libraries = next(installed.glob("lib*"))
    run(
        *("g++", "-std=c++20", "-O2", "-o", "bootstrap", "main.cpp", f"-I{installed}/include"),
        *(f"-L{libraries}", "-laws-lambda-runtime", "-lcurl"),
        directory=directory,
    )


TOOLS = {
    "go": (go, [("go", "version")]),
    "rust": (rust, [("cargo", "--version")]),
    "java": (java, [("javac", "-version"), ("mvn", "-v")]),
    "cpp": (cpp, [("g++", "--version"), ("cmake", "--version"), ("curl-config", "--version")]),
}


@contextlib.contextmanager
def locked():
    """Tests run side by side."""
    PLACE.mkdir(parents=True, exist_ok=True)
    with open(PLACE / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def digest_of(source, versions):
    content = hashlib.sha256("\n".join(versions).encode())
    for path in sorted(source.rglob("*")):
        if path.is_file() and "target" not in path.parts and path.name != "bootstrap":
            content.update(str(path.relative_to(source)).encode() + path.read_bytes())
    content.update(pathlib.Path(__file__).read_bytes())
    return content.hexdigest()[:16]


def built(language, source=None):
    """The directory with the built handler or extensions, which the caller copies or uses as it is.
    Raises Unavailable.
    """
    source = source or HANDLERS / language
    build, tools = TOOLS[language]
    digest = digest_of(source, [tool(*command) for command in tools])
    place = PLACE / f"{language}-{source.parent.name}-{digest}"
    with locked():
        if not place.is_dir():
            for old in PLACE.glob(f"{language}-{source.parent.name}-*"):
                shutil.rmtree(old)
            work = PLACE / f"{place.name}.work"
            shutil.rmtree(work, ignore_errors=True)
            shutil.copytree(source, work, ignore=shutil.ignore_patterns("target", "bootstrap"))
            build(work)
            work.rename(place)
    return place


if __name__ == "__main__":
    for language in TOOLS:
        for source in (HANDLERS / language, EXAMPLES / language, EXTENSIONS / language):
            if language == "cpp" and source.parent == EXAMPLES:
                continue  # its Makefile takes seconds
            if not source.is_dir():
                continue
            try:
                built(language, source)
            except Unavailable as reason:
                print(f"deps: no {language} handlers: {reason}", file=sys.stderr)
