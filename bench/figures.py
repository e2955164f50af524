# SPDX-License-Identifier: Apache-2.0
"""Means, their intervals, and runs of the benches' programs."""
import concurrent.futures
import json
import math
import os
import subprocess
import sys

# Two-sided 95 % quantiles of Student's t for 1, 2, ... degrees of freedom.
STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179,
           2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
           2.060, 2.056, 2.052, 2.048, 2.045, 2.042]
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DATA = os.path.join(ROOT, "..", "shared", "data")


def mean(values):
    return sum(values) / len(values)


def half_interval(values):
    """Half the width of the 95 % confidence interval of the mean."""
    n = len(values)
    if n < 2:
        return math.nan
    centre = mean(values)
    deviation = math.sqrt(sum((v - centre) ** 2 for v in values) / (n - 1))
    quantile = STUDENT[n - 2] if n - 2 < len(STUDENT) else 1.96
    return quantile * deviation / math.sqrt(n)


def with_interval(values):
    return f"{mean(values):.4f} ±{half_interval(values):.4f}" if values else "-"


def run_lines(words):
    """The lines of JSON that a program prints on one thread; none if it fails or skips."""
    environment = dict(os.environ)
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        environment[name] = "1"
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    sys.stderr.write(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []


def run_jobs(jobs, options):
    """The lines of all jobs in their order, options.jobs at a time; with --json also printed."""
    lines = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done, found in enumerate(pool.map(run_lines, jobs), 1):
            lines += found
            for line in found if options.json else []:
                print(json.dumps(line), flush=True)
            if not options.json and sys.stderr.isatty():
                sys.stderr.write(f"\r{done} of {len(jobs)} runs")
    return lines
