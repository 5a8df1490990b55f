"""A cluster of three brokers loses one while a mapping with several pollers works."""

from cluster import KafkaCluster
from support.clients import Clients
from support.program import start, wait_until
from support.project import expect_order, trigger

VALUES = [f"{number}" for number in range(3_000)]
PARTITIONS = 12
POLLERS = 4


def test_a_killed_broker_costs_no_record_and_no_order(project, klambda, topic):
    pollers = {"ProvisionedPollerConfig": {"MinimumPollers": POLLERS, "MaximumPollers": POLLERS}}
    project.add(
        triggers=[trigger(topic, batch_size=20, **pollers)], environment={"SLEEP_SECONDS": "0.1"}
    )
    with KafkaCluster() as cluster:
        kafka = Clients(cluster.bootstrap_servers)
        kafka.create_topic(topic, PARTITIONS, replicas=3)
        kafka.produce(topic, VALUES[:2_000], PARTITIONS)
        run = start(klambda, project, cluster)
        run.wait_for_status(
            lambda status: status["mappings"][0]["partitionsAssigned"] == PARTITIONS
            and status["mappings"][0]["pollers"] == POLLERS,
            "four pollers have twelve partitions",
            60,
        )
        wait_until(lambda: project.count() >= 10, run.log, alive=run.is_running)
        cluster.brokers[1].kill()
        kafka.produce(topic, VALUES[2_000:], PARTITIONS)
        group = run.wait_for(r"as group (\S+)").group(1)
        ends = kafka.end_offsets(topic, PARTITIONS)
        assert sum(ends.values()) == len(VALUES)
        wait_until(lambda: kafka.committed(topic, group, PARTITIONS) == ends, run.log, 120)
        run.interrupt()
        run.expect_exit(130)
    assert set(project.values()) == set(VALUES)
    expect_order([seen.event for seen in project.seen()])
