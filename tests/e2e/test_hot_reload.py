"""Code that is edited while klambda runs is used by the next invocation."""

import json
import threading
import time

import pytest
from support.api import client_of

HANDLER = """import os
import time

def handler(event, context):
    while "gate" in event and not os.path.exists(event["gate"]):
        time.sleep(0.01)
    return {"code": "first", "pid": os.getpid()}
"""


@pytest.fixture
def run(project, klambda):
    project.add(timeout=60)
    (project.directory / "Recorder" / "recorder.py").write_text(HANDLER)
    running = klambda("start", project.template)
    yield running
    running.interrupt()
    running.expect_exit(130, 20)


def invoke(run, event=None):
    client, _ = client_of(run.url())
    answer = client.invoke(FunctionName="Recorder", Payload=json.dumps(event or {}))
    assert "FunctionError" not in answer
    return json.loads(answer["Payload"].read())


def edit(project, run, old, new):
    """Saved as editors do it, and noticed."""
    seen = len(run.lines)
    file = project.directory / "Recorder" / "recorder.py"
    saved = file.with_suffix(".new")
    saved.write_text(file.read_text().replace(old, new))
    saved.rename(file)
    run.wait_for(r"\[Recorder\] code changed: new environments", start=seen)


def test_an_edit_is_used_by_the_next_invocation(project, run):
    before = invoke(run)
    assert before["code"] == "first"
    assert invoke(run)["pid"] == before["pid"]
    edit(project, run, "first", "second")
    after = invoke(run)
    assert after["code"] == "second" and after["pid"] != before["pid"]
    time.sleep(0.3)  # what Python and klambda have written beside the code is no edit
    assert invoke(run)["pid"] == after["pid"]


def test_an_invocation_under_way_finishes_on_the_old_code(project, run, tmp_path):
    gate = tmp_path / "gate"
    answers = []
    invocation = threading.Thread(target=lambda: answers.append(invoke(run, {"gate": str(gate)})))
    invocation.start()
    run.wait_for("START RequestId")
    edit(project, run, "first", "second")
    assert invoke(run)["code"] == "second"
    gate.touch()
    invocation.join(30)
    assert [answer["code"] for answer in answers] == ["first"]
