"""Each example of the repository runs as its README says: 20 orders, one batch retried, all
committed; partial-batch: 12 orders, one filtered out, one given up.
"""

import json
import pathlib
import re
import shutil
import subprocess

import pytest
from support.builds import Unavailable, built

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
ORDERS = [json.loads(line) for line in (EXAMPLES / "orders.jsonl").read_text().splitlines()]


def start_example(klambda, directory, orders):
    arguments = ["--kafka", "embedded", "--produce", f"orders={orders}", "--until-drained"]
    return klambda("start", "template.yaml", *arguments, directory=directory)


def build(language, directory):
    """As the example's README says; what a compiler takes long for comes from the cache."""
    if language == "cpp":
        subprocess.run(["make", "-s", "-C", directory], check=True, timeout=240)
    if language in ("go", "rust", "java"):
        try:
            made = built(language, EXAMPLES / language)
        except Unavailable as reason:
            pytest.skip(str(reason))
        part = "target" if language == "java" else "bootstrap"
        (directory / part).symlink_to(made / part)


@pytest.mark.parametrize("language", ["python", "node", "bash", "cpp", "java", "go", "rust"])
def test_example(language, project, klambda):
    copy = project.directory / "examples"
    ignored = () if language == "bash" else ("bootstrap", "target")
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns(*ignored))
    build(language, copy / language)

    run = start_example(klambda, copy / language, "../orders.jsonl")
    run.expect_exit(0)

    log = "\n".join(run.lines)
    printed = {int(number) for number in re.findall(r"\border (\d+)(?=:| \()[^\n]* for ", log)}
    assert printed == {order["id"] for order in ORDERS}, run.log()
    assert "order 13: the payment gateway declined the card" in log, run.log()
    assert "20 records" in run.output, run.output


def test_partial_batch(project, klambda):
    copy = project.directory / "examples"
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns("bootstrap"))
    run = start_example(klambda, copy / "partial-batch", "orders.jsonl")
    run.expect_exit(1)

    log = "\n".join(run.lines)
    printed = {int(number) for number in re.findall(r"\border (\d+) \([^\n]* for ", log)}
    worthless, stolen = 8, 5
    assert printed == set(range(1, 13)) - {worthless, stolen}, run.log()
    assert log.count(f"order {stolen}: the card was stolen") >= 3, run.log()
    assert "sent to Kafka topic orders-failed" in log, run.log()
    assert "10 records of orders processed" in run.output, run.output
    assert "1 record filtered out" in run.output, run.output
    assert "1 record given up to kafka://orders-failed" in run.output, run.output


def test_no_line_of_the_handlers_knows_klambda():
    suffixes = {".py", ".mjs", ".sh", ".cpp", ".go", ".rs", ".java", ".yaml", ".jsonl"}
    handlers = [path for path in EXAMPLES.rglob("*") if path.suffix in suffixes]
    assert len(handlers) >= 15
    for path in [*handlers, EXAMPLES / "bash" / "bootstrap"]:
        assert "klambda" not in path.read_text().lower(), path
