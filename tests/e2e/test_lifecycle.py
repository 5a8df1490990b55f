"""Endings and exit codes: drained, out of time, unreachable, Ctrl-C once and twice, SIGTERM, a
vanished terminal.
"""

import json

from support.program import start, wait_until
from support.project import trigger


def slow(project, topic, seconds, batch_size=1):
    return project.add(
        triggers=[trigger(topic, batch_size=batch_size)],
        timeout=60,
        environment={"SLEEP_SECONDS": str(seconds)},
    )


def start_slow(klambda, project, kafka, topic, values, seconds):
    """klambda with the first of these values in its handler, for so long."""
    slow(project, topic, seconds)
    kafka.create_topic(topic, partitions=1)
    kafka.produce(topic, values, partitions=1)
    run = start(klambda, project, kafka)
    wait_until(lambda: project.count(outcome="entered") == 1, run.log, alive=run.is_running)
    return run


def test_an_empty_topic_is_drained_at_once(kafka, project, klambda, topic):
    project.add(triggers=[trigger(topic)])
    kafka.create_topic(topic)
    run = start(klambda, project, kafka, "--until-drained")
    run.expect_exit(0)
    assert "0 records" in run.output and "drained" in run.output, run.output


def test_stopping_draws_no_complaint_from_a_runtime_that_waits(kafka, project, klambda, topic):
    project.add(triggers=[trigger(topic)])
    kafka.create_topic(topic, partitions=1)
    kafka.produce(topic, ["one"], partitions=1)
    run = start(klambda, project, kafka, "--until-drained")
    run.expect_exit(0)
    assert project.values() == ["one"]
    assert "Traceback" not in run.output + run.log(), run.log()


def test_not_finished_in_time_is_exit_code_3(kafka, project, klambda, topic):
    slow(project, topic, 30)
    kafka.create_topic(topic)
    kafka.produce(topic, ["one"])
    run = start(klambda, project, kafka, "--until-drained", "--timeout", "3s")
    run.expect_exit(3, 30)
    run.wait_for(r"not drained after 3 s.*--timeout")


def test_an_unreachable_broker_is_exit_code_4(project, klambda, topic):
    project.add(triggers=[trigger(topic)])
    run = klambda(
        "start", project.template, "--kafka", "127.0.0.1:9", "--until-drained", "--timeout", "2s"
    )
    run.expect_exit(4, 30)
    run.wait_for(r"127\.0\.0\.1:9.*refused")


def test_a_topic_that_never_appears_is_exit_code_4(kafka, project, klambda, topic):
    project.add(triggers=[trigger(topic)])
    run = start(klambda, project, kafka, "--until-drained", "--timeout", "2s")
    run.expect_exit(4, 30)
    run.wait_for(rf"{topic}\b.*does not exist")


def test_interrupt_finishes_the_batch_in_flight_and_commits(kafka, project, klambda, topic):
    run = start_slow(klambda, project, kafka, topic, ["one", "two", "three"], 1.5)
    run.interrupt()
    run.expect_exit(130, 20)
    assert project.values() == ["one"]
    assert kafka.committed(topic, run.wait_for(r"as group (\S+)").group(1), 1) == {0: 1}

    # It left the group, so another one continues at once and not after the session's timeout.
    again = start(klambda, project, kafka)
    wait_until(lambda: project.count(outcome="entered") == 2, again.log, 15, again.is_running)
    again.terminate()
    again.expect_exit(130, 20)
    assert project.values() == ["one", "two"]


def test_signals_close_together_are_one(kafka, project, klambda, topic):
    run = start_slow(klambda, project, kafka, topic, ["one"], 2)
    for _ in range(5000):  # timeout(1) and npm send two, to klambda and to its group
        run.interrupt()
    run.expect_exit(130, 20)
    assert project.values() == ["one"] and "at once" not in run.log().replace("stop at once", "")
    assert kafka.committed(topic, run.wait_for(r"as group (\S+)").group(1), 1) == {0: 1}


def test_a_second_interrupt_does_not_wait(kafka, project, klambda, topic):
    run = start_slow(klambda, project, kafka, topic, ["one"], 50)
    run.interrupt()
    run.wait_for(r"Ctrl-C again")

    def heard_again():  # right behind the first one it is taken for the same
        run.interrupt()
        return "stopping at once" in run.log()

    wait_until(heard_again, run.log)
    run.expect_exit(130, 15)
    assert project.count() == 0
    assert (
        kafka.committed(topic, run.wait_for(r"as group (\S+)").group(1), 1)[0] < 0
    ), "nothing was to be committed"


def test_an_impatient_user_does_not_change_the_exit_code(project, klambda):
    project.add()
    run = klambda("start", project.template)
    run.url()
    while run.is_running():  # to the very end: nothing that is left to do can be cut short
        run.interrupt()
    run.expect_exit(130, 20)


def test_interrupt_before_kafka_is_reached(project, klambda, topic):
    project.add(triggers=[trigger(topic)])
    run = klambda("start", project.template, "--kafka", "127.0.0.1:9")
    run.wait_for(r"127\.0\.0\.1:9.*refused")
    run.interrupt()
    run.expect_exit(130, 20)


def test_no_handler_outlives_a_killed_klambda(project, klambda):
    project.add(handler="misbehaving.handler", environment={"SLEEP_SECONDS": "50"}, timeout=60)
    run = klambda("start", project.template)
    run.url()
    invocation = klambda(
        "invoke",
        "Recorder",
        "--payload",
        json.dumps({"do": "sleep", "seconds": 50}),
        "--port",
        run.port(),
    )
    run.wait_for(r"START RequestId")
    run.kill()
    invocation.wait(20)
    run.expect_nothing_left()


def test_run_without_a_template(project, klambda, topic):
    project.add()  # for its code directory
    records = project.file_of(["a", "b"])
    variables = {"SEEN_DIR": str(project.seen_directory())}
    run = klambda(
        "run",
        "--handler",
        "recorder.handler",
        "--topic",
        topic,
        "--kafka",
        "embedded",
        "--until-drained",
        "--produce",
        f"{topic}={records}",
        *(f"--env={name}={value}" for name, value in variables.items()),
        directory=project.directory / "Recorder",
    )
    run.expect_exit(0)
    assert sorted(project.values()) == ["a", "b"]


def test_the_log_names_function_request_and_figures(project, klambda):
    project.add(handler="misbehaving.handler")
    run = klambda("start", project.template)
    for _ in range(2):
        klambda(
            "invoke", "Recorder", "--payload", '{"do": "print"}', "--port", run.port()
        ).expect_exit_only(0)
    request = run.wait_for(
        r"^Recorder \| START RequestId: ([0-9a-f-]{36}) Version: \$LATEST$"
    ).group(1)
    run.wait_for(r"^Recorder \| printed by the handler$")
    run.wait_for(r"^Recorder \| and on standard error$")
    run.wait_for(rf"^Recorder \| END RequestId: {request}$")
    report = run.wait_for(
        rf"^Recorder \| REPORT RequestId: {request}\tDuration: ([\d.]+) ms\t"
        r"Billed Duration: (\d+) ms\t"
        r"Memory Size: 128 MB\tMax Memory Used: (\d+) MB\tInit Duration: ([\d.]+) ms"
    )
    assert 5 <= int(report.group(3)) <= 100, "Python alone takes some 14 MB"
    run.wait_for(
        r"^Recorder \| REPORT RequestId: (?!"
        + request
        + r").*Max Memory Used: \d+ MB(?!.*Init Duration)"
    )
    run.interrupt()
    run.expect_exit(130, 20)
