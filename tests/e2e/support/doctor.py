"""What `klambda doctor` found."""


def states(checks):
    return {name: check["state"] for name, check in checks.items()}


def expect_one_cross(checks, name, *parts):
    """This step alone is bad, says these parts, and how to mend it."""
    bad = [one for one, check in checks.items() if check["state"] == "bad"]
    assert bad == [name], checks
    for part in parts:
        assert part in checks[name]["text"] + " " + checks[name]["remedy"], checks[name]
    assert checks[name]["remedy"] and "\n" not in checks[name]["text"], checks[name]
