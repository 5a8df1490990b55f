"""`klambda produce`: what it is told arrives in the handler, on the embedded and on a real Kafka.
"""

import subprocess

import pytest
from support.program import BINARY, wait_until
from support.project import decoded, records_of, trigger


def records(project):
    return [record for seen in project.seen() for record in records_of(seen.event)]


@pytest.mark.parametrize("cluster", ["embedded", "real"])
def test_round_trip(cluster, request, project, klambda, topic):
    project.add(triggers=[trigger(topic)])
    if cluster == "real":
        kafka = request.getfixturevalue("kafka")
        kafka.create_topic(topic)
        brokers = kafka.bootstrap_servers
    else:
        brokers = "embedded"
    run = klambda("start", project.template, "--kafka", brokers)
    port = str(run.port())

    klambda(
        "produce",
        topic,
        "--value",
        "grüße",
        "--key",
        "k",
        "--header",
        "h=v",
        "--partition",
        "2",
        "--port",
        port,
    ).expect_exit_only(0)
    wait_until(lambda: len(records(project)) == 1, run.log, alive=run.is_running)
    (record,) = records(project)
    assert decoded(record) == "grüße" and record["partition"] == 2 and record["key"] == "aw=="
    assert record["headers"] == [{"h": [ord("v")]}]

    lines = "".join(f"k{number % 3}:line {number}\n" for number in range(30))
    done = subprocess.run(
        [BINARY, "produce", topic, "--key-separator", ":", "--port", port],
        input=lines,
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    wait_until(lambda: len(records(project)) == 31, run.log, alive=run.is_running)
    partitions = {}
    for record in records(project)[1:]:
        partitions.setdefault(record["key"], set()).add(record["partition"])
    assert all(len(where) == 1 for where in partitions.values()), "a key stays on its partition"

    file = project.file_of(["from a file"])
    klambda("produce", topic, "--input", file, "--port", port).expect_exit_only(0)
    wait_until(lambda: len(records(project)) == 32, run.log, alive=run.is_running)
    run.interrupt()
    run.expect_exit(130, 20)


def test_nobody_there(project, klambda):
    alone = klambda("produce", "orders", "--value", "x", "--port", "9")
    assert alone.wait() == 4 and len(alone.lines) == 1, alone.log()
    unreachable = klambda("produce", "orders", "--value", "x", "--kafka", "127.0.0.1:9")
    assert unreachable.wait() == 4 and "127.0.0.1:9" in unreachable.lines[-1], unreachable.log()
    remote = klambda("produce", "orders", "--value", "x", "--kafka", "kafka.example.com:9092")
    assert remote.wait() == 2 and "--allow-remote-brokers" in remote.lines[-1], remote.log()
