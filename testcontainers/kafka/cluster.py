"""Several brokers of one Kafka cluster on this machine, for tests that lose some of them.

    from cluster import KafkaCluster
    with KafkaCluster() as cluster:        # three; every topic that clients make may have replicas
        cluster.brokers[0].kill()          # each is a Kafka of kafka.py
        cluster.brokers[0].start()

Ready after some ten seconds; 150 MB of memory a broker.
"""

from concurrent.futures import ThreadPoolExecutor

from kafka import Kafka

# What kafka.py says for a broker alone; a later line counts.
PROPERTIES = """node.id={node}
controller.quorum.voters={voters}
default.replication.factor={count}
offsets.topic.replication.factor={count}
transaction.state.log.replication.factor={count}
share.coordinator.state.topic.replication.factor={count}
min.insync.replicas=1
"""


class KafkaCluster:
    """Start it from the thread that lives longest: its brokers end with that thread."""

    def __init__(self, count=3, heap_mb=192):
        self.brokers = [Kafka(heap_mb=heap_mb) for _ in range(count)]
        voters = ",".join(
            f"{node}@127.0.0.1:{broker.controller_port}"
            for node, broker in enumerate(self.brokers, 1)
        )
        for node, broker in enumerate(self.brokers, 1):
            broker.properties = PROPERTIES.format(node=node, voters=voters, count=count)

    @property
    def bootstrap_servers(self):
        return ",".join(broker.bootstrap_servers for broker in self.brokers)

    def start(self):
        """Together, for one alone has no quorum."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(Kafka.prepare, self.brokers))
        for broker in self.brokers:
            broker.launch()
        for broker in self.brokers:
            broker.wait_until_ready()
        return self

    def close(self):
        for broker in self.brokers:
            broker.close()

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()
