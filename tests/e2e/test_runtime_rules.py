"""What is said of interpreters, packages, executables and wrapper scripts before a handler runs."""

import json

import pytest
from support.api import client_of
from support.program import said

ELF_OF_RISC_V = b"\x7fELF\x02\x01" + bytes(12) + b"\xf3\x00" + bytes(44)


def code_of(project):
    return project.directory / "Recorder"


def answer_of(run, event):
    client, _ = client_of(run.url())
    answer = client.invoke(FunctionName="Recorder", Payload=json.dumps(event))
    return json.loads(answer["Payload"].read()), "FunctionError" in answer


def end(run):
    run.interrupt()
    run.expect_exit(130, 20)


@pytest.mark.parametrize(
    "client, runtime, language",
    [("python", "python3.99", "Python"), ("node", "nodejs99.x", "Node.js")],
)
def test_another_version_of_an_interpreter(client, runtime, language, project, klambda):
    project.add(client=client, handler="misbehaving.handler", Runtime=runtime)
    run = klambda("start", project.template)
    run.wait_for(rf"function Recorder: runs on {language} [0-9.]+ \(\S+\) instead of {language} ")
    assert answer_of(run, {"n": 1})[1] is False
    end(run)
    said(
        klambda("start", project.template, "--strict"),
        *(2, "template.yaml:", f"runtime {runtime} needs {language} ", "leave out --strict"),
    )


def test_packages_that_are_not_installed(project, klambda):
    project.add(handler="misbehaving.handler")
    (code_of(project) / "requirements.txt").write_text(
        "# what it needs\n-r other.txt\npip>=1\nklambda-nobody-has-this[extra] ~= 2.0  # why\n"
    )
    run = klambda("start", project.template)
    line = run.wait_for(r"requirements.txt names packages that \S+ does not have: (.*)").group(1)
    assert line.startswith("klambda-nobody-has-this: install them with python3 -m venv"), line
    assert answer_of(run, {"n": 1})[1] is False
    end(run)


def test_node_modules_that_are_not_installed(project, klambda):
    project.add(client="node", handler="misbehaving.handler")
    packages = {"dependencies": {"here": "1", "@scope/gone": "^2"}}
    (code_of(project) / "package.json").write_text(json.dumps(packages))
    (code_of(project) / "node_modules" / "here").mkdir(parents=True)
    run = klambda("start", project.template)
    run.wait_for(r"names packages that are not in node_modules: @scope/gone: run npm install in")
    end(run)


@pytest.mark.parametrize("client", ["python", "node"])
def test_a_wrapper_script(client, project, klambda):
    project.add(
        client=client,
        handler="misbehaving.handler",
        environment={"AWS_LAMBDA_EXEC_WRAPPER": "wrap"},
    )
    wrapper = code_of(project) / "wrap"
    wrapper.write_text('#!/bin/sh\necho "wraps $# words"\nexec "$@"\n')
    wrapper.chmod(0o755)
    run = klambda("start", project.template)
    run.wait_for(r"wraps [3-9] words")
    assert answer_of(run, {"n": 1})[1] is False
    end(run)

    wrapper.unlink()
    run = klambda("start", project.template)
    run.wait_for(r"AWS_LAMBDA_EXEC_WRAPPER names \S+/wrap, which does not exist")
    answer, failed = answer_of(run, {"n": 1})
    assert failed and answer["errorType"] == "Runtime.ExitError", answer
    assert answer["errorMessage"].endswith("Runtime exited with error: exit status 127"), answer
    end(run)


def test_an_executable_for_another_processor(project, klambda):
    project.add(client="bash")
    bootstrap = code_of(project) / "bootstrap"
    bootstrap.write_bytes(ELF_OF_RISC_V)
    said(klambda("start", project.template), 2, bootstrap, "built for processor 243, this machine")


def test_architectures_that_would_not_start_on_aws(project, klambda):
    import platform
    import shutil

    other = "x86_64" if platform.machine() == "aarch64" else "arm64"
    project.add(client="bash", Architectures=[other])
    shutil.copy("/bin/true", code_of(project) / "bootstrap")
    run = klambda("start", project.template)
    run.wait_for(rf"which Architectures: \[{other}\] does not start on AWS")
    end(run)
    said(klambda("start", project.template, "--strict"), 2, "Architectures", other)


def test_a_runtime_of_the_past(project, klambda):
    project.add(Runtime="go1.x")
    said(klambda("start", project.template), 2, "go1.x", "bootstrap", "provided.al2023")


def test_a_function_that_cannot_run_is_left_out_when_nothing_needs_it(project, klambda):
    project.add(handler="misbehaving.handler")
    project.add("Other", handler="Other::Other.Function::Handle", Runtime="dotnet8")
    run = klambda("start", project.template)
    run.wait_for(r"function Other: .*Other.dll.*: it is left out, no topic triggers it")
    assert answer_of(run, {"n": 1})[1] is False
    client, _ = client_of(run.url())
    state = client.get_function_configuration(FunctionName="Other")
    assert state["State"] == "Failed" and "dotnet publish" in state["StateReason"], state
    end(run)
