"""Kafka as the tests' own clients see it: topics, records, committed offsets."""

import contextlib
import threading
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

REQUEST_SECONDS = 30


class Clients:
    def __init__(self, bootstrap_servers):
        self.bootstrap_servers = bootstrap_servers
        self._settings = {"bootstrap.servers": bootstrap_servers, "log_level": 2}

    def create_topic(self, name, partitions=4, config=None, replicas=1):
        admin = AdminClient(self._settings)
        new = NewTopic(
            name, num_partitions=partitions, replication_factor=replicas, config=config or {}
        )
        admin.create_topics([new], operation_timeout=REQUEST_SECONDS)[name].result(REQUEST_SECONDS)
        return name

    def add_partitions(self, topic, total):
        admin = AdminClient(self._settings)
        admin.create_partitions([NewPartitions(topic, total)])[topic].result(REQUEST_SECONDS)

    def delete_records(self, topic, before, partition=0):
        """As retention does: the log begins at this offset then."""
        admin = AdminClient(self._settings)  # lives until the answer has come
        place = TopicPartition(topic, partition, before)
        admin.delete_records([place])[place].result(REQUEST_SECONDS)

    def records(self, topic, count, partition=0):
        """The partition's first `count` records, as confluent-kafka gives them."""
        consumer = self._consumer("unused")
        try:
            consumer.assign([TopicPartition(topic, partition, 0)])
            messages = []
            deadline = time.monotonic() + REQUEST_SECONDS
            while len(messages) < count:
                assert time.monotonic() < deadline, f"{len(messages)} of {count} records"
                message = consumer.poll(1)
                if message is not None and not message.error():
                    messages.append(message)
            return messages
        finally:
            consumer.close()

    @contextlib.contextmanager
    def member(self, topic, group):
        """Another consumer of the group: the values that it reads, and commits, come into the list.
        """
        consumer = Consumer({**self._settings, "group.id": group, "auto.offset.reset": "earliest"})
        consumer.subscribe([topic])
        values, stopped = [], threading.Event()

        def read():
            while not stopped.is_set():
                message = consumer.poll(0.1)
                if message is not None and not message.error():
                    values.append(message.value().decode())
            consumer.close()

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield values
        finally:
            stopped.set()
            reader.join()

    def produce(self, topic, values, partitions=4, key=None, timestamp_ms=0):
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
                        key=key,
                        partition=index % partitions,
                        timestamp=timestamp_ms,
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

    def members(self, group):
        """How many consumers the group has now."""
        admin = AdminClient(self._settings)
        described = admin.describe_consumer_groups([group], request_timeout=REQUEST_SECONDS)
        return len(described[group].result(REQUEST_SECONDS).members)

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
