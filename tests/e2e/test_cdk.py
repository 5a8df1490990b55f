"""A stack as the CDK writes it: plain CloudFormation, with the code beside it as assets."""

import json
import pathlib

from support.program import wait_until

TEMPLATE = pathlib.Path(__file__).parent / "cdk" / "OrdersStack.template.json"

HANDLER = """
import os, shared

def handler(event, context):
    for records in event["records"].values():
        for record in records:
            print(shared.NAME, os.environ["STAGE"], record["offset"])
"""


def synthesized(directory, topic):
    """The stack's cdk.out, of which only the template is kept here."""
    text = TEMPLATE.read_text().replace('"orders"', f'"{topic}"')
    files = {
        "AWS::Lambda::Function": ("Code", "app.py", HANDLER),
        "AWS::Lambda::LayerVersion": ("Content", "python/shared.py", 'NAME = "from the layer"\n'),
    }
    for resource in json.loads(text)["Resources"].values():
        content, name, lines = files.get(resource["Type"], (None, None, None))
        key = resource["Properties"][content].get("S3Key") if content else None
        if key:
            file = directory / f"asset.{key.removesuffix('.zip')}" / name
            file.parent.mkdir(parents=True)
            file.write_text(lines)
    (directory / TEMPLATE.name).write_text(text)
    return directory / TEMPLATE.name


def test_a_stack_of_the_cdk_runs_as_it_is(tmp_path, kafka, klambda, topic):
    kafka.create_topic(topic, partitions=1)
    kafka.produce(topic, ["0", "1", "2"], partitions=1)
    template = synthesized(tmp_path, topic)
    brokers = ("--kafka", kafka.bootstrap_servers, "--kafka-plaintext")
    run = klambda("start", template, *brokers, "--until-drained")
    run.expect_exit(0)
    for offset in range(3):
        assert any(line.endswith(f"| from the layer dev {offset}") for line in run.lines), run.log()
    assert "3 records of" in run.output and "drained and committed" in run.output, run.log()
    run.wait_for(r"function Inline\w+ is left out, no Kafka event triggers it")
    run.wait_for(r"/_klambda/url/Orders")


def test_a_stack_without_its_assets_says_what_is_missing(tmp_path, kafka, klambda, topic):
    template = tmp_path / TEMPLATE.name
    template.write_text(TEMPLATE.read_text())
    run = klambda("start", template, "--kafka", kafka.bootstrap_servers)
    wait_until(lambda: not run.is_running(), "the end")
    run.expect_exit(2)
    assert "Code of Orders" in run.log() and "beside its assets" in run.log()
