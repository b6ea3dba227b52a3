#!/usr/bin/env python3
"""Whole studies: prunelab beside a PyTorch script that makes the same one, in turn, as a Markdown table.

  go build -o prunelab ./cmd/prunelab
  python3 results/bench/studies.py ./prunelab --peer SCRIPT --data DIR > studies.md

SCRIPT takes --data, --network, --ratios, --retrain-epochs, --train-samples, --workers and --seeds, trains the networks of
prunelab's study recipe-short-retraining and prunes, scores and retrains them; DIR holds MNIST's four .gz files. Times are
those of the processes from start to end. prunelab also draws figures and writes a report, so the time until its last
trial is done stands beside the whole. --images scales the training sets: with few images what does not depend on their
number weighs more, scoring 10,000 test images up to two times a trial above all.

prunelab retrains the unpruned network too, as a control, for every arm; SCRIPT does so when it is given the ratio 0, and
here it is. The seconds of our controls, divided by the workers, stand in a column. With --no-control neither side trains
them.

CPU seconds are those of all processes of a side. Their ratio is also worth something on a machine that is not idle.
"""
import argparse
import glob
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import peer

ap = argparse.ArgumentParser()
ap.add_argument("prunelab", help="the program")
ap.add_argument("--peer", required=True, help="the PyTorch script")
ap.add_argument("--data", required=True, help="folder with MNIST")
ap.add_argument("--rounds", type=int, default=5)
ap.add_argument("--workers", type=int, default=os.cpu_count())
ap.add_argument("--images", type=float, default=1, help="factor of the training sets' sizes")
ap.add_argument("--no-control", action="store_true", help="leave the unpruned controls out")
ap.add_argument("--only", default="", help="letters of the studies")
args = ap.parse_args()

MODERATE, HIGH = "0.5,0.7,0.8,0.9,0.95,0.98", "0.9,0.95,0.98"
STUDIES = [  # letter, network, ratios, epochs of retraining, training images, learning rate
    ("a", "lenet-300-100", MODERATE, 3, 60000, 0.1),
    ("b", "lenet-300-100", HIGH, 30, 10000, 0.1),
    ("c", "lenet-5", MODERATE, 3, 2000, 0.05),
    ("d", "lenet-5", HIGH, 30, 1000, 0.05),
]


def fail(command, output):
    raise SystemExit(f"{' '.join(command)} failed:\n{output[-2000:]}")


def cpu():
    """Returns the CPU seconds of the processes that have ended."""
    r = resource.getrusage(resource.RUSAGE_CHILDREN)
    return r.ru_utime + r.ru_stime


def controls(out):
    """Returns the seconds of the retrainings of unpruned networks in a results folder."""
    seconds = 0
    for name in glob.glob(os.path.join(out, "trials", "*.json")):
        with open(name) as f:
            o = json.load(f)["outcome"]
        levels = o["spec"].get("levels")
        if levels and not any(level["prune"] for level in levels):
            seconds += o["timing"]["seconds"]
    return seconds


def ours(network, ratios, epochs, images, lr):
    """Runs the study and returns the seconds until its last trial was done, of its controls by the number of workers, until its end, and of CPU."""
    out = tempfile.mkdtemp()
    command = [args.prunelab, "run", "recipe-short-retraining", "--workers", str(args.workers), "--out", os.path.join(out, "run")]
    for setting in ("seeds=1", f"network.name={network}", f"data.train_samples={images}", f"retrain.epochs={epochs}",
                    f"train.optimizer.sgd.lr={lr}", f"retrain.lr={lr / 10}", f"sweeps[0].ratios=[{ratios}]",
                    f"sweeps[0].control={str(not args.no_control).lower()}"):
        command += ["--set", setting]
    start, used, trained, lines = time.time(), cpu(), None, []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as p:
        for line in p.stderr:
            lines.append(line)
            if "trials run in" in line:
                trained = time.time() - start
    whole = time.time() - start
    if p.returncode or trained is None:
        fail(command, "".join(lines))
    control = controls(os.path.join(out, "run")) / args.workers
    shutil.rmtree(out)
    return trained, control, whole, cpu() - used


def theirs(network, ratios, epochs, images):
    """Runs the script and returns its seconds, and those of CPU."""
    if not args.no_control:
        ratios = "0," + ratios
    command = [sys.executable, args.peer, "--data", args.data, "--network", network, "--ratios", ratios, "--retrain-epochs", str(epochs),
               "--train-samples", str(images), "--workers", str(args.workers), "--seeds", "1"]
    start, used = time.time(), cpu()
    p = subprocess.run(command, env=peer.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if p.returncode:
        fail(command, p.stdout)
    return time.time() - start, cpu() - used


print(peer.described())
print(f"Medians of {args.rounds} rounds, {args.workers} workers, one seed, three arms{', without controls' if args.no_control else ''}.\n")
print("| study | network | ratios | epochs of retraining | images | trained (s) | controls (s) | prunelab (s) | PyTorch (s) | ratio | lowest, highest | ratio of CPU |")
print("|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
for letter, network, ratios, epochs, images, lr in STUDIES:
    if args.only and letter not in args.only:
        continue
    images = int(images * args.images)
    mine, other, factors, factors_cpu = [], [], [], []
    for _ in range(args.rounds):
        trained, control, whole, used = ours(network, ratios, epochs, images, lr)
        wall, busy = theirs(network, ratios, epochs, images)
        mine.append((trained, control, whole))
        other.append(wall)
        factors.append(wall / whole)
        factors_cpu.append(busy / used)
    trained, control, whole = (statistics.median(m[i] for m in mine) for i in range(3))
    print(f"| {letter} | {network} | {ratios.replace(',', ', ')} | {epochs} | {images:,} | {trained:.1f} | {control:.1f} | {whole:.1f} | "
          f"{statistics.median(other):.1f} | {statistics.median(factors):.2f} | {min(factors):.2f}, {max(factors):.2f} | {statistics.median(factors_cpu):.2f} |", flush=True)
