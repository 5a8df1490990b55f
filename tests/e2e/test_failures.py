"""Crashes: of klambda, of a broker, of one of two members. Nothing is lost and nobody is left
behind.
"""

import random

import pytest
from kafka import Kafka
from support.clients import Clients
from support.program import start, wait_until
from support.project import expect_order, trigger

RECORDS = 5_000


@pytest.fixture
def values():
    return [f"{number}" for number in range(RECORDS)]


def expect_all(project, values):
    assert set(project.values()) >= set(values), "records were lost"
    expect_order([seen.event for seen in project.seen()])


def test_killed_at_random_moments_nothing_is_lost(kafka, project, klambda, topic, values):
    project.add(triggers=[trigger(topic, batch_size=25)], environment={"SLEEP_SECONDS": "0.05"})
    kafka.create_topic(topic)
    kafka.produce(topic, values)
    until_drained = ["--until-drained", "--timeout", "180s"]

    for _ in range(3):
        before = project.count()
        run = start(klambda, project, kafka, *until_drained)
        wanted = before + random.randint(3, 25)
        wait_until(lambda: project.count() >= wanted, run.log, 90, run.is_running)
        run.kill()
        run.expect_nothing_left()
    start(klambda, project, kafka, *until_drained).expect_exit(0, 200)
    expect_all(project, values)


def test_a_broker_is_killed_and_comes_back(project, klambda, topic, values):
    project.add(triggers=[trigger(topic, batch_size=25)], environment={"SLEEP_SECONDS": "0.02"})
    with Kafka() as broker:
        kafka = Clients(broker.bootstrap_servers)
        kafka.create_topic(topic)
        kafka.produce(topic, values)
        run = start(klambda, project, broker, "--until-drained", "--timeout", "180s")
        wait_until(lambda: project.count() >= 20, run.log, 30, run.is_running)
        broker.kill()
        run.wait_for(r"cannot reach Kafka|refused|unreachable")
        assert run.is_running(), run.log()
        broker.start()
        run.expect_exit(0, 200)
        assert len(set(project.values())) == len(values), run.log()
        expect_all(project, values)
        committed = kafka.committed(topic, run.wait_for(r"as group (\S+)").group(1))
        assert committed == kafka.end_offsets(topic), run.log()


def test_brokers_that_come_later_are_waited_for(project, klambda, topic):
    project.add(triggers=[trigger(topic)])
    broker = Kafka()
    run = start(klambda, project, broker)
    run.wait_for(r"cannot reach Kafka|refused|unreachable")
    with broker:
        kafka = Clients(broker.bootstrap_servers)
        run.wait_for(rf"{topic}\b.*does not exist")
        kafka.create_topic(topic)
        kafka.produce(topic, ["late"])
        wait_until(project.count, run.log)
        run.interrupt()
        run.expect_exit(130)
    assert project.values() == ["late"]


def test_two_share_a_group_and_one_is_killed(kafka, project, klambda, topic, values):
    project.add(triggers=[trigger(topic, batch_size=25)], environment={"SLEEP_SECONDS": "0.02"})
    kafka.create_topic(topic)
    runs = [start(klambda, project, kafka) for _ in range(2)]
    for run in runs:
        run.wait_for_status(
            lambda status: status["mappings"][0]["partitionsAssigned"] == 2,
            "two partitions each",
            60,
        )
    kafka.produce(topic, values)
    for run in runs:
        run.wait_for_status(
            lambda status: status["mappings"][0]["counts"]["processedRecords"] > 0, "both take part"
        )
    runs[0].kill()

    group = runs[1].wait_for(r"as group (\S+)").group(1)
    wait_until(lambda: kafka.committed(topic, group) == kafka.end_offsets(topic), runs[1].log, 120)
    runs[1].interrupt()
    runs[1].expect_exit(130)
    expect_all(project, values)
