"""Running commands and keeping the score."""

import os
import statistics
import subprocess
import time


def run(command):
    """Seconds and peak bytes of one run of a command, which must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    return seconds, usage.ru_maxrss * 1024


def alternate(a, b, times):
    """Runs two commands by turns; for each, the seconds and the peak bytes of every run."""
    results = ([], [])
    for _ in range(times):
        for command, result in zip((a, b), results):
            result.append(run(command))
    return results


def median(values):
    return statistics.median(values)


class Table:
    """Rows of bar, measured, wanted, verdict, as Markdown."""

    def __init__(self):
        self.rows = []

    def add(self, what, measured, wanted, passed):
        self.rows.append((what, measured, wanted, "yes" if passed else "NO"))
        print(f"{what}: {measured} (wanted {wanted}) {'' if passed else 'MISSED'}", flush=True)

    def markdown(self):
        lines = ["| what | measured | wanted | met |", "|---|---|---|---|"]
        return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in self.rows]) + "\n"
