#!/usr/bin/env python3
"""ResNet-20 scored and scanned by prunelab, PyTorch and ONNX Runtime on this machine, as Markdown tables.

  go build -o prunelab ./cmd/prunelab
  npm install --ignore-scripts --prefix DIR onnxruntime-node@1.30
  python3 results/bench/graphs.py ./prunelab --onnxruntime DIR [--scan FILE --data DATA] > graphs.md

Needs Debian's python3-torch and node. All three score random batches of 128, one thread each on core 0, in turn; speeds are
images in a second of processor time, medians of the rounds. A scan prunes each of the 20 layers alone at 9 ratios and scores
each of these 180 networks on so many CIFAR-10 images: prunelab does that to FILE, weights of torch.save whose images are in
DATA. What the peers take is 180 times what they take to score the images, as a program does that knows nothing of scans.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import peer

POINTS = 180
RUN = """
const ort = require(process.argv[1] + "/node_modules/onnxruntime-node");
(async () => {
  const one = {intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential", graphOptimizationLevel: "all"};
  const session = await ort.InferenceSession.create(process.argv[2], one);
  const x = new ort.Tensor("float32", Float32Array.from({length: 128*3*32*32}, () => Math.random() - 0.5), [128, 3, 32, 32]);
  await session.run({x});
  const speeds = [];
  for (let i = 0; i < 5; i++) {
    const before = process.cpuUsage();
    let images = 0, used = 0;
    for (; used < Number(process.argv[3]) / 5; images += 128) {
      await session.run({x});
      const u = process.cpuUsage(before);
      used = (u.user + u.system) / 1e6;
    }
    speeds.push(images / used);
  }
  console.log(speeds.sort((a, b) => a - b)[2]);
})();
"""


def network():
    from resnet20 import ResNet20  # imports torch, which reads how many threads it may use
    return ResNet20()


def torch_speed(seconds):
    """Images that PyTorch scores in a second of processor time, in the faster of its two layouts."""
    import torch
    torch.set_num_threads(1)
    return max(torch_speed_in(layout, seconds) for layout in (torch.contiguous_format, torch.channels_last))


def torch_speed_in(layout, seconds):
    import torch
    net, x, speeds = network().eval().to(memory_format=layout), torch.randn(128, 3, 32, 32).to(memory_format=layout), []
    with torch.no_grad():
        net(x)
        for _ in range(5):
            start, n = time.process_time(), 0
            while time.process_time() - start < seconds / 5:
                net(x)
                n += 128
            speeds.append(n / (time.process_time() - start))
    return statistics.median(speeds)


def export(path):
    import torch
    net = network()
    for m in net.modules():  # folding has something to fold
        if isinstance(m, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(m.running_mean, -0.1, 0.1)
            torch.nn.init.uniform_(m.running_var, 0.5, 1.5)
    torch.onnx.export(net.eval(), torch.randn(128, 3, 32, 32), path, input_names=["x"], output_names=["y"])


def said(command, environment=None):
    pinned = ["taskset", "-c", "0"] + command
    return subprocess.run(pinned, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout


def scan(args, out):
    """Returns the processor seconds of prunelab's scan."""
    ratios = ",".join(f"0.{i}" for i in range(1, 10))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([args.prunelab, "scan", args.scan, "--architecture", "resnet-20", "--on", "cifar-10", "--mean", "0.485,0.456,0.406",
                    "--std", "0.229,0.224,0.225", "--ratios", ratios, "--split", "test", "--images", str(args.images), "--data", args.data,
                    "--workers", "2", "--out", out], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("prunelab", help="the program")
    ap.add_argument("--onnxruntime", required=True, help="where npm installed onnxruntime-node")
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--seconds", type=float, default=2)
    ap.add_argument("--scan", help="weights to scan")
    ap.add_argument("--data", help="folder with CIFAR-10")
    ap.add_argument("--images", type=int, default=5000)
    args = ap.parse_args()
    print(peer.described() + f" onnxruntime-node {version(args.onnxruntime)}.")
    print(f"Medians of {args.rounds} rounds of {args.seconds:g} s, one thread, batch 128, processor time.\n")
    speeds = {"prunelab": [], "PyTorch": [], "ONNX Runtime": []}
    with tempfile.TemporaryDirectory() as d:
        onnx = os.path.join(d, "resnet20.onnx")
        said([sys.executable, __file__, "--export", onnx], peer.environment())
        for _ in range(args.rounds):
            ours = said([args.prunelab, "bench", "--network", "resnet-20", "--density", "1", "--time", f"{args.seconds}s", "--json"])
            speeds["prunelab"].append(json.loads(ours)["rows"][0]["scored_per_s"])
            speeds["PyTorch"].append(float(said([sys.executable, __file__, "--measure", str(args.seconds)], peer.environment())))
            speeds["ONNX Runtime"].append(float(said(["node", "-e", RUN, os.path.abspath(args.onnxruntime), onnx, str(args.seconds)], peer.environment())))
        print("| scoring | images/s | prunelab against it | lowest, highest |\n|---|---:|---:|---:|")
        for name, all_speeds in speeds.items():
            ratios = [a / b for a, b in zip(speeds["prunelab"], all_speeds)]
            print(f"| {name} | {statistics.median(all_speeds):,.0f} | {statistics.median(ratios):.2f} | {min(ratios):.2f}, {max(ratios):.2f} |", flush=True)
        if args.scan:
            ours = scan(args, os.path.join(d, "scan"))
            print(f"\n| scan, {args.images:,} images | processor seconds | prunelab against it |\n|---|---:|---:|")
            print(f"| prunelab | {ours:.0f} | |")
            for name in ("PyTorch", "ONNX Runtime"):
                theirs = POINTS * args.images / statistics.median(speeds[name])
                print(f"| {name}, each point from scratch | {theirs:.0f} | {theirs / ours:.2f} |")


def version(folder):
    with open(os.path.join(folder, "node_modules", "onnxruntime-node", "package.json")) as f:
        return json.load(f)["version"]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(torch_speed(float(sys.argv[2])))
    elif sys.argv[1:2] == ["--export"]:
        export(sys.argv[2])
    else:
        main()
