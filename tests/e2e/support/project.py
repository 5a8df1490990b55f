"""A template with its functions in a directory made for one test, and what their handlers saw."""

import json
import os
import pathlib
import shutil
import uuid
from collections import defaultdict, namedtuple

from support.program import MARK

HANDLERS = pathlib.Path(__file__).parents[1] / "handlers"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "klambda"

# Runtime and handler of the recorder in each language; the key is the interface client that runs
# it.
RECORDERS = {
    "python": ("python3.12", "recorder.handler"),
    "node": ("nodejs22.x", "recorder.handler"),
    "official-node": ("nodejs22.x", "recorder.handler"),
    "bash": ("provided.al2023", "bootstrap"),
}

Seen = namedtuple("Seen", "outcome pid event")


def trigger(
    topic,
    group=None,
    batch_size=100,
    window=0,
    position="TRIM_HORIZON",
    servers=("localhost:9092",),
    **more,
):
    properties = {
        "KafkaBootstrapServers": list(servers),
        "Topics": [topic],
        "StartingPosition": position,
        "BatchSize": batch_size,
        "MaximumBatchingWindowInSeconds": window,
        **more,
    }
    if group is not None:
        properties["ConsumerGroupId"] = group
    return {"Type": "SelfManagedKafka", "Properties": properties}


class Project:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.mark = uuid.uuid4().hex
        self.template = self.directory / "template.yaml"
        self._resources = {}

    def add(
        self,
        name="Recorder",
        client="python",
        handler=None,
        triggers=(),
        timeout=10,
        environment=None,
        **properties,
    ):
        runtime, recorder = RECORDERS[client]
        code = self.directory / name
        shutil.copytree(HANDLERS / client.removeprefix("official-"), code)
        if client == "official-node":
            (code / "node_modules").symlink_to(official_node_client())
        seen = self.seen_directory(name)
        seen.mkdir()
        variables = {"SEEN_DIR": str(seen), MARK: self.mark, **(environment or {})}
        self._resources[name] = {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "CodeUri": name,
                "Handler": handler or recorder,
                "Runtime": runtime,
                "Timeout": timeout,
                "Environment": {"Variables": variables},
                "Events": {f"Trigger{index}": one for index, one in enumerate(triggers)},
                **properties,
            },
        }
        self.write()
        return self

    def write(self):
        self.template.write_text(
            json.dumps(
                {"Transform": "AWS::Serverless-2016-10-31", "Resources": self._resources}, indent=2
            )
        )

    def seen_directory(self, name="Recorder"):
        return self.directory / f"{name}.seen"

    def file_of(self, values, name="records.txt"):
        path = self.directory / name
        path.write_text("".join(f"{value}\n" for value in values))
        return path

    def count(self, name="Recorder", outcome="ok"):
        """How many invocations had this outcome: cheaper than seen()."""
        return sum(
            entry.endswith(f"-{outcome}.json") for entry in os.listdir(self.seen_directory(name))
        )

    def seen(self, name="Recorder", outcome="ok"):
        """The events of the invocations with this outcome, in the order in which handlers saw them.
        """
        files = sorted(self.seen_directory(name).glob(f"*-{outcome}.json"))
        return [
            Seen(outcome, int(file.stem.split("-")[1]), json.loads(file.read_text()))
            for file in files
        ]

    def values(self, name="Recorder", outcome="ok"):
        return [
            decoded(record)
            for seen in self.seen(name, outcome)
            for record in records_of(seen.event)
        ]


def official_node_client():
    modules = CACHE / "test-node" / "node_modules"
    assert (modules / "aws-lambda-ric").is_dir(), (
        f"AWS's Node client is not in {modules}: scripts/deps --tests compiles it "
        "there and says why when it cannot; "
        ""
        "KLAMBDA_SKIP_OFFICIAL_NODE=1 leaves its tests out"
    )
    return modules


def records_of(event):
    return [record for records in event["records"].values() for record in records]


def decoded(record):
    import base64

    return base64.b64decode(record["value"]).decode()


def expect_order(events, gaps=False):
    """Per partition: offsets rise within a batch, and no batch begins beyond the first offset not
    yet seen.

    A batch may begin earlier, when it comes again after a crash. `gaps`: offsets may be missing
    from the log itself.
    """
    following = defaultdict(lambda: None)
    for event in events:
        for partition, records in event["records"].items():
            offsets = [record["offset"] for record in records]
            assert all(a < b if gaps else a + 1 == b for a, b in zip(offsets, offsets[1:])), (
                partition,
                offsets,
            )
            if not gaps:
                expected = following[partition] or 0
                assert offsets[0] <= expected, f"{partition}: skipped {expected}…{offsets[0] - 1}"
            following[partition] = max(following[partition] or 0, offsets[-1] + 1)


def expect_exactly_once(events):
    """Without a crash or a rebalance nothing comes twice."""
    places = [
        (record["topic"], record["partition"], record["offset"])
        for event in events
        for record in records_of(event)
    ]
    assert len(places) == len(set(places)), "some records came twice"
