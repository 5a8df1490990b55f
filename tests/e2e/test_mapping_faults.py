"""The fault script with real handlers on a real Kafka: each fault is seen in the log as injected,
and nothing is lost.
"""

import pytest
from support.program import said
from support.project import expect_order, records_of, trigger

VALUES = [f"{number}" for number in range(60)]


@pytest.fixture
def sixty(project, kafka, topic):
    project.add(handler="controlled.handler", triggers=[trigger(topic, batch_size=10)])
    kafka.create_topic(topic, partitions=2)
    kafka.produce(topic, VALUES, partitions=2)
    return topic


def expect_nothing_lost(project, kafka, run, topic):
    assert set(project.values()) == set(VALUES)
    expect_order([seen.event for seen in project.seen()])
    group = run.wait_for(r"as group (\S+)").group(1)
    assert kafka.committed(topic, group, 2) == {0: 30, 1: 30}
    assert "drained" in run.output and "dropped" not in run.output, run.output


def times_seen(project, partition, offset):
    return sum(
        (record["partition"], record["offset"]) == (partition, offset)
        for seen in project.seen()
        for record in records_of(seen.event)
    )


@pytest.mark.parametrize(
    "fault, line, deliveries",
    [
        ("timeout@{0}[1]:13", r"timeout: .*its answer counts as a timeout", 2),
        ("crash@{0}[1]:13 x2", r"crash: .*its answer counts as a crash", 3),
        ("throttle@{0}[1]:13", r"throttle: the function is not called", 1),
        ("duplicate@{0}[1]:13", r"duplicate: .*delivered again", 2),
        ("rebalance@{0}[1]:13", r"rebalance: .*before the commit", 2),
    ],
)
def test_faults_of_an_invocation(fault, line, deliveries, sixty, project, drain, kafka):
    run = drain("--fault", fault.format(sixty))
    run.wait_for("injected fault: " + line)
    expect_nothing_lost(project, kafka, run, sixty)
    assert times_seen(project, 1, 13) == deliveries, run.log()


def test_faults_of_the_brokers_from_a_file(sixty, project, drain, kafka):
    script = project.file_of(
        [
            "# what a bad day has",
            f"commit-fails@{sixty} x3",
            "",
            "broker-down 1500ms",
            f"crash@{sixty}[7]",
        ],
        "faults.txt",
    )
    variables = project._resources["Recorder"]["Properties"]["Environment"]["Variables"]
    variables["SLEEP_SECONDS"] = "0.5"
    project.write()
    run = drain("--fault", f"@{script}")
    for line in (
        r"commit-fails",
        r"broker-down, the brokers of topic \S+ are out of reach for 1500 ms",
        r"broker-down is over",
    ):
        run.wait_for("injected fault: " + line)
    expect_nothing_lost(project, kafka, run, sixty)
    (unstruck,) = (line for line in run.lines if "never struck" in line)
    assert f'faults.txt:5: "crash@{sixty}[7]" never struck in this run' in unstruck


def test_faults_by_chance_are_the_same_for_the_same_seed(sixty, project, drain, kafka):
    events = project._resources["Recorder"]["Properties"]["Events"]
    events["Trigger0"]["Properties"]["BatchSize"] = 1
    project.write()
    struck = []
    for _ in range(2):
        run = drain(
            *("--fault", "throttle 20%", "--fault-seed", "7", "--max-concurrency", "1"),
            "--from-start",
        )
        struck.append(sum("injected fault: throttle" in line for line in run.lines))
    assert struck[0] == struck[1] > 0


@pytest.mark.parametrize(
    "fault, parts",
    [
        ("timeuot@orders", ["timeuot", "timeout"]),
        ("timeout@orders[x]:1", ["orders[x]", "a partition"]),
        ("throttle 3", ["x3"]),
        ("broker-down", ["5s"]),
    ],
)
def test_a_typo_in_the_script(fault, parts, project, klambda):
    project.add(triggers=[trigger("orders")])
    said(klambda("start", project.template, "--fault", fault), 2, "--fault", *parts)


def test_a_typo_in_a_script_file_names_its_line(project, klambda):
    project.add(triggers=[trigger("orders")])
    script = project.file_of(["# faults", "duplicat"], "faults.txt")
    run = klambda("start", project.template, "--fault", f"@{script}")
    said(run, 2, "faults.txt:2", "duplicat", "mean duplicate")
