#!/usr/bin/env python3
"""ResNet-20 on CIFAR-10 in PyTorch: the peer of resnet-20.yaml, and what reads networks that prunelab exported.

  resnet20.py train --data DIR --epochs E --seeds S... [--images N] [--test N] [--threads T]
                    trains by the recipe of resnet-20.yaml and prints the course and the test accuracy of each seed
  resnet20.py eval FILE.safetensors|FILE.th --data DIR [--test N] [--mean M,M,M --std S,S,S]
                    correct test images; a safetensors file says itself how images are normalised

DIR holds cifar-10-batches-bin. Debian's python3-torch 1.13 is enough. Network: He et al. 2016, section 4.2, shortcuts of option A (every
second pixel, channels of zeros on both sides), batch normalisation with eps 1e-5 and momentum 0.1.

The recipe, as prunelab has it: weights from N(0, 2/fan-in), biases 0; batches of 128 in a new order each epoch, of which what does not fill a
batch is left out; images padded by 4 black pixels, before normalisation, and cut at random, mirrored with probability 1/2; SGD with
v = 0.9 v + g + 1e-4 w, w = w - lr v, the 1e-4 for weights of convolutions and of the dense layer alone; lr 0.1, a tenth of it from half of the
steps on and a hundredth from three quarters.
"""
import argparse
import json
import math
import os

for v in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # which some machines set, and which would handicap this
    os.environ.pop(v, None)

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
BATCH, L2, MOMENTUM, LR, CROP = 128, 1e-4, 0.9, 0.1, 4
LAYOUT = torch.channels_last  # a quarter faster than contiguous on a Zen 3


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.more = (outputs - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.more:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more, self.more))
        return F.relu(y + x)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        channels = 16
        for stage, width in enumerate((16, 32, 64), 1):
            blocks = []
            for b in range(3):
                blocks.append(Block(channels, width, 2 if stage > 1 and b == 0 else 1))
                channels = width
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.linear(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


def records(folder, names, count):
    """The first so many images, N x 3 x 32 x 32 bytes, and their labels."""
    r = np.concatenate([np.fromfile(os.path.join(folder, "cifar-10-batches-bin", n), np.uint8).reshape(-1, 3073) for n in names])[:count]
    return torch.from_numpy(r[:, 1:].reshape(-1, 3, 32, 32).copy()), torch.from_numpy(r[:, 0].astype(np.int64))


def training(folder, count):
    return records(folder, [f"data_batch_{i}.bin" for i in range(1, 6)], count)


def normalised(x, mean=MEAN, std=STD, scale=1 / 255):
    return (x.float() * scale - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def augmented(x, draw):
    """Each image of bytes padded by black, cut at random, and mirrored or not."""
    n, side = len(x), x.shape[-1]
    padded = F.pad(x, (CROP,) * 4)
    dy, dx = (torch.randint(0, 2 * CROP + 1, (n, 1), generator=draw) for _ in range(2))
    rows, columns = dy + torch.arange(side), dx + torch.arange(side)
    mirrored = torch.rand(n, generator=draw) < 0.5
    columns[mirrored] = columns[mirrored].flip(1)
    return padded[torch.arange(n)[:, None, None, None], torch.arange(3)[None, :, None, None], rows[:, None, :, None], columns[:, None, None, :]]


@torch.no_grad()
def score(net, x, y, how=normalised, batch=500):
    """Correct images and the mean cross-entropy."""
    net.eval()
    logits = torch.cat([net(how(x[i:i + batch])) for i in range(0, len(x), batch)])
    return (logits.argmax(1) == y).sum().item(), F.cross_entropy(logits.double(), y).item()


def initialise(net, draw):
    for m in net.modules():
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            with torch.no_grad():
                m.weight.copy_(torch.randn(m.weight.shape, generator=draw) * math.sqrt(2 / m.weight[0].numel()))
                if m.bias is not None:
                    m.bias.zero_()


def optimizer(net):
    weights = [m.weight for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    others = [p for p in net.parameters() if all(p is not w for w in weights)]
    return torch.optim.SGD([{"params": weights, "weight_decay": L2}, {"params": others, "weight_decay": 0}], lr=LR, momentum=MOMENTUM)


def rate(step, steps):
    return LR * 0.1 ** sum(step / steps >= at for at in (0.5, 0.75))


def train(a):
    x, y = training(a.data, a.images)
    test = records(a.data, ["test_batch.bin"], a.test)
    for seed in a.seeds:
        draw = torch.Generator().manual_seed(seed)
        net = ResNet20().to(memory_format=LAYOUT)
        initialise(net, draw)
        opt, each = optimizer(net), len(x) // BATCH
        for epoch in range(a.epochs):
            net.train()
            order, loss, right = torch.randperm(len(x), generator=draw), 0.0, 0
            for i in range(each):
                which = order[i * BATCH:(i + 1) * BATCH]
                for group in opt.param_groups:
                    group["lr"] = rate(epoch * each + i, a.epochs * each)
                logits = net(normalised(augmented(x[which], draw)).contiguous(memory_format=LAYOUT))
                l = F.cross_entropy(logits, y[which])
                opt.zero_grad(set_to_none=True)
                l.backward()
                opt.step()
                loss, right = loss + l.item(), right + (logits.argmax(1) == y[which]).sum().item()
            print(f"seed {seed}, epoch {epoch + 1}: training loss {loss / each:.4f}, accuracy {100 * right / (each * BATCH):.2f} %", flush=True)
        correct, loss = score(net, *test)
        print(f"seed {seed}: {correct} of {len(test[1])} test images, {100 * correct / len(test[1]):.2f} %, cross-entropy {loss:.4f}", flush=True)


def load(file):
    """A network from a file, strictly, and its metadata."""
    if not file.endswith(".safetensors"):
        state, meta = torch.load(file, map_location="cpu"), {}
        state = state.get("state_dict", state)
    else:
        types = {"F32": torch.float32, "F64": torch.float64, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64, "U8": torch.uint8}
        with open(file, "rb") as f:
            header, data = json.loads(f.read(int.from_bytes(f.read(8), "little"))), f.read()
        meta, state = header.pop("__metadata__", {}), {}
        for name, t in header.items():
            first, end = t["data_offsets"]
            state[name] = torch.frombuffer(bytearray(data[first:end]), dtype=types[t["dtype"]]).reshape(t["shape"])
    net = ResNet20()
    net.load_state_dict({k.removeprefix("module."): v for k, v in state.items() if not k.endswith(".mask")})
    return net, meta


def evaluate(a):
    net, meta = load(a.file)
    numbers = lambda text: tuple(float(v) for v in text.split(","))
    scale, mean, std = 1 / 255, numbers(a.mean) if a.mean else MEAN, numbers(a.std) if a.std else STD
    if "scale" in meta and not a.mean:
        scale, mean, std = float(meta["scale"]), numbers(meta["mean"]), numbers(meta["std"])
    x, y = records(a.data, ["test_batch.bin"], a.test)
    correct, loss = score(net, x, y, lambda x: normalised(x, mean, std, scale))
    print(f"{correct} of {len(y)} correct, cross-entropy {loss:.6f}")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("mode", choices=["train", "eval"])
    ap.add_argument("file", nargs="?")
    ap.add_argument("--data", required=True)
    ap.add_argument("--epochs", type=int, default=20)
    ap.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    ap.add_argument("--images", type=int, default=50000)
    ap.add_argument("--test", type=int, default=10000)
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--mean")
    ap.add_argument("--std")
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    if a.mode == "eval" and not a.file:
        ap.error("eval needs a file")
    {"train": train, "eval": evaluate}[a.mode](a)


if __name__ == "__main__":
    main()
