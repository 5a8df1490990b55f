"""Sections about environments: what extensions add, telemetry of many lines, a thousand of them."""

import os
import pathlib
import shutil
import time

from harness import Klambda, median, wait_for


def extension_flags(bench, names):
    """Each is a copy of its own: an extension's name is its file's."""
    flags = []
    for name in names:
        program = pathlib.Path(bench.files.name) / name
        if not program.exists():
            shutil.copy(bench.programs.path("native_extension"), program)
        flags += ["--extension", program]
    return flags


def extensions(bench):
    """What eight extensions that get INVOKE add to a warm invocation, one after the other."""
    count = 2000 if bench.quick else 10000
    names = [f"extension{number}" for number in range(8)]
    alone, eight = [], []
    with Klambda(bench.programs, "echo", "--max-concurrency", 1) as without, Klambda(
        bench.programs, "echo", "--max-concurrency", 1, *extension_flags(bench, names)
    ) as with_them:
        for _ in range(bench.runs):
            for server, side in ((without, alone), (with_them, eight)):
                side.append(
                    bench.programs.output("load", server.port, "bench", 1, count, 100)["p50_us"]
                )
    added = median([b - a for a, b in zip(alone, eight)])
    bench.table.add(
        "8 extensions with INVOKE, added to p50",
        f"{median(alone):.0f} µs (none)",
        f"{added:.0f} µs",
        "≤ 1000 µs",
        added <= 1000,
    )


def telemetry(bench):
    """Lines of one function, each printed by a write of its own, to one subscriber over HTTP."""
    lines = 200_000 if bench.quick else 1_000_000
    rates, complete = [], True
    for run in range(bench.runs):
        file = pathlib.Path(bench.files.name) / f"telemetry{run}"
        flags = ["--env", f"TELEMETRY_FILE={file}", "--function-timeout", "120s"]
        with Klambda(
            bench.programs, "print", *flags, *extension_flags(bench, ["subscriber"])
        ) as klambda:
            body = pathlib.Path(bench.files.name) / "lines"
            body.write_text(str(lines))
            path = "/2015-03-31/functions/bench/invocations"
            bench.programs.output("requests", klambda.port, 1, "POST", path, body)

            def all_there():
                return file.exists() and int(file.read_text().split()[0] or 0) >= lines

            wait_for("every line", all_there, 60, 0.05)
            records, in_order, first, last = map(int, file.read_text().split())
            complete = complete and records == lines and in_order == 1
            rates.append(lines / ((last - first) / 1e9))
    rate = median(rates)
    bench.table.add(
        "telemetry, lines of one function",
        "",
        f"{rate:,.0f}/s" + ("" if complete else ", NOT complete or not in order"),
        "≥ 100,000/s, all, in order",
        complete and rate >= 100_000,
    )


def processes_of(bench):
    name = os.path.basename(bench.programs.path("native_handler"))[:15]
    found = 0
    for entry in os.scandir("/proc"):
        try:
            if entry.name.isdigit():
                found += pathlib.Path(f"/proc/{entry.name}/comm").read_text().strip() == name
        except OSError:
            continue
    return found


def thousand(bench):
    """A thousand environments at the same time: their start, their memory, their end."""
    wanted = 250 if bench.quick else 1000
    hold = bench.output_file("hold")
    taken = pathlib.Path(hold + ".taken")
    taken.unlink(missing_ok=True)
    with Klambda(
        bench.programs, f"hold:{hold}", "--max-concurrency", wanted, "--function-timeout", "120s"
    ) as klambda:
        before = klambda.memory_mb()
        begun = time.monotonic()
        # Asynchronously: the control plane has fewer connections than that.
        path = "/2014-11-13/functions/bench/invoke-async/"
        bench.programs.output("requests", klambda.port, wanted, "POST", path)
        wait_for(
            "every environment",
            lambda: taken.exists() and taken.stat().st_size >= wanted,
            60,
            0.02,
        )
        started = time.monotonic() - begun
        memory = (klambda.memory_mb() - before) / wanted
        klambda.process.terminate()
        begun = time.monotonic()
        klambda.process.wait(30)
        wait_for("every handler's end", lambda: processes_of(bench) == 0, 30, 0.02)
        ended = time.monotonic() - begun
    bench.table.add(
        f"{wanted} environments, start", "", f"{started:.1f} s", "< 10 s", started < 10
    )
    bench.table.add(
        f"{wanted} environments, memory of each", "", f"{memory:.2f} MB", "< 5 MB", memory < 5
    )
    bench.table.add(f"{wanted} environments, end", "", f"{ended:.2f} s", "< 2 s", ended < 2)
