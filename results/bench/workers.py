#!/usr/bin/env python3
"""What a second worker gains, beside what a second bare loop of multiply-adds gains, as a Markdown table.

  go build -o prunelab ./cmd/prunelab
  go test -c -o kernel.test ./model/kernel
  python3 results/bench/workers.py ./prunelab ./kernel.test > workers.md

Needs an idle machine. In every round the study is run with one worker and with several, and so is the loop, as one process
and as several at once. The study gains time until its last trial is done, the loops GFLOP/s together.
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time

import peer

ap = argparse.ArgumentParser()
ap.add_argument("prunelab", help="the program")
ap.add_argument("loop", help="the compiled tests of model/kernel")
ap.add_argument("--rounds", type=int, default=5)
ap.add_argument("--workers", type=int, default=os.cpu_count())
args = ap.parse_args()

STUDIES = {  # twice as many seeds as workers: a trial waits for the dense network of its seed
    "lenet-300-100": ["data.train_samples=10000", "train.optimizer.sgd.lr=0.1", "retrain.lr=0.01"],
    "lenet-5": ["data.train_samples=1500", "train.optimizer.sgd.lr=0.05", "retrain.lr=0.005"],
}


def study(network, workers):
    """Returns the seconds until the last trial was done."""
    out = tempfile.mkdtemp()
    command = [args.prunelab, "run", "recipe-short-retraining", "--workers", str(workers), "--out", os.path.join(out, "run")]
    for setting in [f"seeds={2 * args.workers}", f"network.name={network}", *STUDIES[network]]:
        command += ["--set", setting]
    start, done = time.time(), None
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as p:
        for line in p.stderr:
            if "trials run in" in line:
                done = time.time() - start
    shutil.rmtree(out)
    if p.returncode or done is None:
        raise SystemExit(f"{' '.join(command)} failed")
    return done


def loops(n):
    """Returns the GFLOP/s of n loops at once."""
    command = [args.loop, "-test.run", "xxx", "-test.bench", "Peak", "-test.benchtime", "2s", "-test.cpu", "1"]
    ps = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(n)]
    return sum(float(re.search(r"([\d.]+) mean-GFLOP/s", p.communicate()[0])[1]) for p in ps)


print(f"CPU: {peer.cpu()}.")
print(f"Medians of {args.rounds} rounds.\n")
print(f"| network | one worker (s) | {args.workers} workers (s) | gain | gain of the loops | ratio | lowest, highest |")
print("|---|---:|---:|---:|---:|---:|---:|")
for network in STUDIES:
    rows = []
    for _ in range(args.rounds):
        one, several = study(network, 1), study(network, args.workers)
        bare = loops(args.workers) / loops(1)
        rows.append((one, several, one / several, bare, one / several / bare))
    m = [statistics.median(r[i] for r in rows) for i in range(5)]
    print(f"| {network} | {m[0]:.1f} | {m[1]:.1f} | {m[2]:.2f} | {m[3]:.2f} | {m[4]:.2f} | "
          f"{min(r[4] for r in rows):.2f}, {max(r[4] for r in rows):.2f} |", flush=True)
