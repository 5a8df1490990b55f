"""Kafka as the tests' own clients see it: topics, records, committed offsets."""

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

REQUEST_SECONDS = 30


class Clients:
    def __init__(self, bootstrap_servers):
        self.bootstrap_servers = bootstrap_servers
        self._settings = {"bootstrap.servers": bootstrap_servers, "log_level": 2}

    def create_topic(self, name, partitions=4, config=None):
        admin = AdminClient(self._settings)
        new = NewTopic(name, num_partitions=partitions, replication_factor=1, config=config or {})
        admin.create_topics([new], operation_timeout=REQUEST_SECONDS)[name].result(REQUEST_SECONDS)
        return name

    def produce(self, topic, values, partitions=4, transactional_id=None):
        """Spreads the values over the partitions, one after another; returns once all are
        acknowledged.
        """
        producer = Producer({**self._settings, "linger.ms": 5, "acks": "all"})
        failures = []
        for index, value in enumerate(values):
            while True:
                try:
                    producer.produce(
                        topic,
                        value=value,
                        partition=index % partitions,
                        on_delivery=lambda error, _: error and failures.append(error),
                    )
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
        assert producer.flush(REQUEST_SECONDS) == 0 and not failures, failures

    def transaction(self, topic, values, partition, commit):
        producer = Producer({**self._settings, "transactional.id": f"{topic}-{partition}"})
        producer.init_transactions(REQUEST_SECONDS)
        producer.begin_transaction()
        for value in values:
            producer.produce(topic, value=value, partition=partition)
        assert producer.flush(REQUEST_SECONDS) == 0
        if commit:
            producer.commit_transaction(REQUEST_SECONDS)
        else:
            producer.abort_transaction(REQUEST_SECONDS)

    def _consumer(self, group):
        return Consumer(
            {
                **self._settings,
                "group.id": group,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
            }
        )

    def committed(self, topic, group, partitions=4):
        consumer = self._consumer(group)
        try:
            places = consumer.committed(
                [TopicPartition(topic, p) for p in range(partitions)], REQUEST_SECONDS
            )
            return {place.partition: place.offset for place in places}
        finally:
            consumer.close()

    def end_offsets(self, topic, partitions=4):
        consumer = self._consumer("unused")
        try:
            return {
                p: consumer.get_watermark_offsets(TopicPartition(topic, p), REQUEST_SECONDS)[1]
                for p in range(partitions)
            }
        finally:
            consumer.close()

    def count(self, topic, partition=0):
        """How many records the partition really holds, which compaction makes fewer than its
        offsets.
        """
        consumer = self._consumer("unused")
        try:
            consumer.assign([TopicPartition(topic, partition, 0)])
            count = 0
            while True:
                message = consumer.poll(REQUEST_SECONDS)
                assert message is not None, "the topic cannot be read"
                if message.error():
                    return count  # the end of the partition
                count += 1
        finally:
            consumer.close()
