"""A stack as the CDK writes it: plain CloudFormation, with the code beside it as assets."""

import json
import pathlib
import sys

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
    assert "left out" not in run.log(), "there is a function whose code stands in the template"
    run.wait_for(r"/_klambda/url/Orders")


def test_a_stack_without_its_assets_says_what_is_missing(tmp_path, kafka, klambda, topic):
    template = tmp_path / TEMPLATE.name
    template.write_text(TEMPLATE.read_text())
    run = klambda("start", template, "--kafka", kafka.bootstrap_servers)
    wait_until(lambda: not run.is_running(), "the end")
    run.expect_exit(2)
    assert "Code of Orders" in run.log() and "beside its assets" in run.log()


IN_TEMPLATE = """
Resources:
  Python:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: python3.%d
      InlineCode: |
        def handler(event, context):
            for records in event["records"].values():
                print("python got", len(records))
      Events:
        Orders:
          Type: SelfManagedKafka
          Properties:
            KafkaBootstrapServers: ["%s"]
            Topics: ["%s"]
            StartingPosition: TRIM_HORIZON
  Node:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs22.x
      Code:
        ZipFile: !Sub |
          exports.handler = async (event) => {
            console.log("${AWS::Region} node got", Object.values(event.records)[0].length)
          }
  NodeOrders:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Node
      StartingPosition: TRIM_HORIZON
      Topics: ["%s"]
      SelfManagedEventSource: {Endpoints: {KafkaBootstrapServers: ["%s"]}}
"""


def test_code_that_stands_in_the_template(tmp_path, kafka, klambda, topic):
    kafka.create_topic(topic, partitions=1)
    kafka.produce(topic, ["0", "1"], partitions=1)
    template = tmp_path / "template.yaml"
    servers = kafka.bootstrap_servers
    text = IN_TEMPLATE % (sys.version_info.minor, servers, topic, topic, servers)
    template.write_text(text)
    run = klambda("start", template, "--kafka-plaintext", "--until-drained")
    run.expect_exit(0)
    assert any(line.endswith("| python got 2") for line in run.lines), run.log()
    assert any("us-east-1 node got 2" in line for line in run.lines), run.log()
