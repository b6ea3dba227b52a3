#!/usr/bin/env python3
"""The kernels' parts of the multiply-add peak, as a Markdown table.

  go test -c -o kernel.test ./model/kernel
  python3 results/bench/kernels.py ./kernel.test > kernels.md

Needs an idle machine. Rates count the multiply-adds of the weights that there are; those that skip zeros count those
that they leave out, too, and so go beyond the peak. The peak is measured after each benchmark.
"""
import argparse
import collections
import re
import statistics
import subprocess

import peer

ap = argparse.ArgumentParser()
ap.add_argument("tests", help="the compiled tests of model/kernel")
ap.add_argument("--rounds", type=int, default=5)
ap.add_argument("--time", default="0.1s", help="of each benchmark and round")
args = ap.parse_args()

LINE = re.compile(r"Benchmark(Dense|Conv|SparseDense|SparseConv|DenseSkip|ConvSkip)/(\S+)/(avx2|avx512)(?:-\d+)?\s.*?([\d.]+) of-peak")
found = collections.defaultdict(lambda: collections.defaultdict(list))
for _ in range(args.rounds):
    p = subprocess.run([args.tests, "-test.run", "xxx", "-test.bench", "^Benchmark(Sparse)?(Dense|Conv)(Skip)?$", "-test.benchtime", args.time],
                       stdout=subprocess.PIPE, text=True, check=True)
    for kind, name, variant, part in LINE.findall(p.stdout):
        found[kind, name][variant].append(float(part))

print(f"CPU: {peer.cpu()}.")
print(f"Medians of {args.rounds} rounds, parts of the peak.\n")
print("| kernel | case | AVX2 | AVX-512 |")
print("|---|---|---:|---:|")
for (kind, name), variants in found.items():
    cells = [f"{statistics.median(variants[v]):.2f}" if v in variants else "" for v in ("avx2", "avx512")]
    print(f"| {kind} | {name} | {cells[0]} | {cells[1]} |")
