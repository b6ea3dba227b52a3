#!/usr/bin/env python3
"""Training speed of prunelab beside PyTorch's, on this machine, as a Markdown table.

  go build -o prunelab ./cmd/prunelab
  python3 results/bench/compare.py ./prunelab > table.md

Needs Debian's python3-torch (and its /usr/bin/python3), python3-numpy and libopenblas0-pthread, and an idle machine. Each row is measured in
rounds, prunelab and PyTorch in turn, as many processes of one thread each as asked for (one a core); shown are the
medians of samples in a second of a process's processor time and the median of the rounds' ratios. Both train on random batches of 128 that are at
hand: forward, backward, SGD with momentum and L2. Below density 1 PyTorch multiplies gradients and weights by masks, the
way its users prune.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import graphs
import peer

ap = argparse.ArgumentParser()
ap.add_argument("prunelab", nargs="?", help="the program")
ap.add_argument("--networks", default="lenet-300-100,lenet-5,cifar-quick,alexnet-cifar,resnet-20")
ap.add_argument("--densities", default="1,0.1,0.05,0.02")
ap.add_argument("--rounds", type=int, default=5)
ap.add_argument("--processes", type=int, default=os.cpu_count())
ap.add_argument("--seconds", type=float, default=2)
ap.add_argument("--measure", nargs=2, metavar=("NETWORK", "DENSITY"), help="train in PyTorch and print samples/s")
args = ap.parse_args()


def train(name, density, seconds):
    """Trains in PyTorch on one thread and returns samples in a second of processor time, in the faster of its two layouts."""
    for v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[v] = "1"
    import torch
    layouts = [torch.contiguous_format] if name == "lenet-300-100" else [torch.contiguous_format, torch.channels_last]
    return max(train_in(layout, name, density, seconds) for layout in layouts)


def train_in(layout, name, density, seconds):
    """Trains with convolutions in one layout and returns samples in a second of processor time, the median of five parts."""
    import torch
    from torch import nn
    torch.set_num_threads(1)
    torch.manual_seed(1)
    if name == "lenet-300-100":
        shape, net = (1, 28, 28), nn.Sequential(nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(), nn.Linear(100, 10))
    elif name == "lenet-5":
        shape, net = (1, 28, 28), nn.Sequential(nn.Conv2d(1, 20, 5), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.MaxPool2d(2), nn.Flatten(),
                                                nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10))
    elif name == "cifar-quick":
        def block(i, o):
            return [nn.Conv2d(i, o, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
        shape, net = (3, 32, 32), nn.Sequential(*block(3, 32), *block(32, 32), *block(32, 64), nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10))
    elif name == "alexnet-cifar":
        def conv(i, o, k):
            return [nn.Conv2d(i, o, k, padding=k // 2), nn.ReLU()]
        pool = nn.MaxPool2d(2)
        shape, net = (3, 32, 32), nn.Sequential(*conv(3, 32, 5), pool, *conv(32, 64, 5), pool, *conv(64, 96, 3), *conv(96, 64, 3), *conv(64, 64, 3), pool,
                                                nn.Flatten(), nn.Dropout(0.5), nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 256), nn.ReLU(),
                                                nn.Linear(256, 10))
    elif name == "resnet-20":
        shape, net = (3, 32, 32), graphs.network()
    else:
        raise SystemExit(f"no network {name} here")
    x, y = torch.randn(128, *shape), torch.randint(0, 10, (128,))
    net, x = net.to(memory_format=layout), x.to(memory_format=layout)
    weights = [p for n, p in net.named_parameters() if n.endswith("weight") and p.dim() > 1]  # those of batch norm are not pruned
    masks = [(torch.rand_like(w) < density).float() for w in weights] if density < 1 else None
    opt = torch.optim.SGD(net.parameters(), lr=1e-6, momentum=0.9)

    def step():
        opt.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(net(x), y).backward()
        with torch.no_grad():
            for k, w in enumerate(weights):
                w.grad.add_(w, alpha=5e-4)
                if masks:
                    w.grad.mul_(masks[k])
        opt.step()
        if masks:
            with torch.no_grad():
                for k, w in enumerate(weights):
                    w.mul_(masks[k])

    step()
    speeds = []
    for _ in range(5):
        start, n = time.process_time(), 0
        while time.process_time() - start < seconds / 5 or n == 0:
            step()
            n += 128
        speeds.append(n / (time.process_time() - start))
    return statistics.median(speeds)


def together(command, read, environment=None):
    """Starts the command once for each process and returns the mean of what read makes of their outputs."""
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(args.processes)]
    outputs = [p.communicate() for p in running]
    for p, (_, said) in zip(running, outputs):
        if p.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{said[-2000:]}")
    return statistics.mean(read(o) for o, _ in outputs)


def main():
    print(peer.described())
    print(f"Medians of {args.rounds} rounds, {args.processes} processes of one thread, batch 128.\n")
    print("| network | weights left (%) | prunelab (samples/s) | PyTorch (samples/s) | ratio | lowest, highest |")
    print("|---|---:|---:|---:|---:|---:|")
    for network in args.networks.split(","):
        for density in args.densities.split(","):
            ours, theirs = [], []
            for _ in range(args.rounds):
                ours.append(together([args.prunelab, "bench", "--network", network, "--density", density, "--time", f"{args.seconds}s", "--json"],
                                     lambda o: json.loads(o)["rows"][0]["samples_per_s"]))
                theirs.append(together([sys.executable, __file__, "--measure", network, density, "--seconds", str(args.seconds)], float, peer.environment()))
            ratios = [a / b for a, b in zip(ours, theirs)]
            print(f"| {network} | {100 * float(density):g} | {statistics.median(ours):,.0f} | {statistics.median(theirs):,.0f} | "
                  f"{statistics.median(ratios):.1f} | {min(ratios):.1f}, {max(ratios):.1f} |", flush=True)


if args.measure:
    print(train(args.measure[0], float(args.measure[1]), args.seconds))
elif args.prunelab:
    main()
else:
    ap.error("name the program")
