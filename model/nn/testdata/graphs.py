#!/usr/bin/env python3
"""Records what PyTorch computes for networks that are graphs: logits, gradients, ten steps of training, running statistics.

Run with Debian's python3-torch (1.13): python3 graphs.py > graphs.json

Weights and images are not recorded: both sides take noise(k, i), value k of tensor i.
"""
import json
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
N = 37  # not a multiple of any vector length
MOST = 64  # values that are recorded of a tensor


def noise(n, i):
    """Numbers in [-1, 1) that are as good as random."""
    v = [math.sin(12.9898 * (k + 1) + 78.233 * (i + 1)) * 43758.5453 for k in range(n)]
    return torch.tensor([2 * (x - math.floor(x)) - 1 for x in v], dtype=torch.float32).double()


class Graph(nn.Module):
    def __init__(self, shape, layers):
        super().__init__()
        self.layers, channels, last = layers, {"input": shape[0]}, "input"
        self.parts = nn.ModuleDict()
        x = {"input": torch.zeros(2, *shape)}
        for i, l in enumerate(layers):
            key = str(i)
            ins = [x[name] for name in l.get("inputs", [last])]
            m = self.part(l, ins)
            if m is not None:
                self.parts[key] = m
            l["key"] = l.get("name", key)
            x[l["key"]] = self.run(l, key, ins)
            last = l["key"]
        for p in self.parts.values():
            if isinstance(p, (nn.BatchNorm1d, nn.BatchNorm2d)):
                p.reset_running_stats()

    def part(self, l, ins):
        k, c = l["kind"], ins[0].shape[1]
        if k == "conv":
            kernel = (l["kernel"], l.get("kernel_width", l["kernel"]))
            return nn.Conv2d(c, l["units"], kernel, l.get("stride", 1), l.get("padding", 0), groups=l.get("groups", 1), bias=not l.get("no_bias", False))
        if k == "dense":
            return nn.Linear(ins[0].flatten(1).shape[1], l["units"], bias=not l.get("no_bias", False))
        if k == "batchnorm":
            kind = nn.BatchNorm2d if ins[0].dim() == 4 else nn.BatchNorm1d
            return kind(c, eps=l["epsilon"], momentum=l["momentum"], affine=not l.get("plain", False))

    def run(self, l, key, ins):
        k, x = l["kind"], ins[0]
        if k == "dense":
            return self.parts[key](x.flatten(1))
        if key in self.parts:
            return self.parts[key](x)
        s = l.get("stride", 1)
        return {
            "relu": lambda: F.relu(x), "relu6": lambda: F.relu6(x), "leakyrelu": lambda: F.leaky_relu(x, l["slope"]),
            "maxpool": lambda: F.max_pool2d(x, l["kernel"], s, l.get("padding", 0), ceil_mode=l.get("ceil", False)),
            "avgpool": lambda: F.avg_pool2d(x, l["kernel"], s, l.get("padding", 0), l.get("ceil", False), l.get("count_padding", False)),
            "globalavgpool": lambda: x.mean((2, 3), keepdim=True), "flatten": lambda: x.flatten(1),
            "add": lambda: sum(ins[1:], ins[0]), "concat": lambda: torch.cat(ins, 1),
            "pad": lambda: F.pad(x, (l.get("left", 0), l.get("right", 0), l.get("top", 0), l.get("bottom", 0))),
            "padchannels": lambda: F.pad(x, (0, 0, 0, 0, l.get("before", 0), l.get("after", 0))),
            "subsample": lambda: x[:, :, ::s, ::s],
        }[k]()

    def forward(self, input):
        x, last = {"input": input}, "input"
        for i, l in enumerate(self.layers):
            x[l["key"]] = self.run(l, str(i), [x[name] for name in l.get("inputs", [last])])
            last = l["key"]
        return x[last].flatten(1)

    def tensors(self):
        """Parameters under the names of their layers, in order."""
        for i, l in enumerate(self.layers):
            if str(i) in self.parts:
                for name, p in self.parts[str(i)].named_parameters():
                    yield l["name"] + "." + name, p

    def buffers_(self):
        for i, l in enumerate(self.layers):
            if l["kind"] == "batchnorm":
                yield l["name"] + ".running_mean", self.parts[str(i)].running_mean
                yield l["name"] + ".running_var", self.parts[str(i)].running_var


def digest(t):
    """The norm of a tensor and some of its values, as many as MOST, evenly spaced."""
    v = t.detach().flatten()
    return [float(f"{x:.9g}") for x in [v.norm().item()] + v[::max(1, len(v) // MOST)][:MOST].tolist()]


def record(name, shape, layers, n=N, running=False, lr=0.05, **extra):
    net = Graph(shape, layers)
    for i, (key, p) in enumerate(net.tensors()):
        fan = p[0].numel() if p.dim() > 1 else 1
        with torch.no_grad():
            v = noise(p.numel(), i).view_as(p)
            is_scale = p.dim() == 1 and key.endswith("weight")
            p.copy_(1 + v / 4 if is_scale else v * math.sqrt(3 / fan) if p.dim() > 1 else v / 4)
            p.copy_(p.float().double())
    x = noise(n * math.prod(shape), 1000).view(n, *shape)
    y = torch.tensor([(7 * j + j // 3) % 3 for j in range(n)])
    out = dict(name=name, input=shape, n=n, running=running, lr=lr, **extra)
    if "builtin" not in extra:
        out["layers"] = [{k: v for k, v in l.items() if k != "key"} for l in layers]
    weights = [p for _, p in net.tensors() if p.dim() > 1]
    rest = [p for _, p in net.tensors() if p.dim() == 1]
    opt = torch.optim.SGD([dict(params=weights, weight_decay=0.01), dict(params=rest)], lr=lr, momentum=0.9)
    net.train(not running)
    out["losses"] = []
    for step in range(10):
        opt.zero_grad()
        logits = net(x)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        if step == 0:
            out["logits"] = digest(logits)
            out["grads"] = {k: digest(p.grad) for k, p in net.tensors()}
        opt.step()
        out["losses"].append(loss.item())
    out["final"] = {k: digest(p) for k, p in net.tensors()} | {k: digest(b) for k, b in net.buffers_()}
    net.eval()
    out["evaluated"] = digest(net(x))
    return out


def conv(name, units, kernel=3, stride=1, padding=0, **more):
    return dict(kind="conv", name=name, units=units, kernel=kernel, stride=stride, padding=padding, **more)


def norm(name, **more):
    return dict(kind="batchnorm", name=name, epsilon=1e-5, momentum=0.1, **more)


def kind(k, **more):
    return dict(kind=k, **more)


def fc(name, units=3, **more):
    return dict(kind="dense", name=name, units=units, **more)


def resnet20():
    layers, last, channels = [conv("conv1", 16, padding=1, no_bias=True), norm("bn1"), kind("relu", name="r")], "r", 16
    for stage, width in enumerate((16, 32, 64), 1):
        for block in range(3):
            p, stride = f"layer{stage}.{block}.", 2 if stage > 1 and block == 0 else 1
            layers += [conv(p + "conv1", width, stride=stride, padding=1, no_bias=True, inputs=[last]), norm(p + "bn1"), kind("relu"),
                       conv(p + "conv2", width, padding=1, no_bias=True), norm(p + "bn2")]
            if stride == 2:
                layers += [kind("subsample", stride=2, inputs=[last]), kind("padchannels", before=(width - channels) // 2, after=(width - channels) // 2, name=p + "s")]
                last = p + "s"
            layers += [kind("add", inputs=[p + "bn2", last]), kind("relu", name=p + "r")]
            last, channels = p + "r", width
    return layers + [kind("globalavgpool"), fc("linear")]


print(json.dumps([
    record("batch norm before and after relu, in the dense part too", [2, 9, 7], [
        conv("conv1", 7, padding=1, no_bias=True), norm("bn1"), kind("relu"), conv("conv2", 13, stride=2), kind("relu"), norm("bn2"), kind("maxpool", kernel=2, stride=2),
        fc("fc1", 11), norm("bn3"), kind("relu"), fc("fc2", no_bias=True), norm("bn4", plain=True)]),
    record("statistics given", [2, 9, 7], [
        conv("conv1", 7, padding=1, no_bias=True), norm("bn1"), kind("relu"), conv("conv2", 13, stride=2), norm("bn2"), kind("relu"), fc("fc1", 5), norm("bn3"), kind("relu"), fc("fc2")], running=True),
    record("residuals, fan-out of three, strides of 2 and 3", [3, 11, 10], [
        conv("conv1", 7, padding=1, no_bias=True), norm("bn1"), kind("relu", name="a"),
        conv("conv2", 7, padding=1, no_bias=True), norm("bn2"), kind("relu"), conv("conv3", 7, padding=1, no_bias=True), norm("bn3"),
        conv("conv4", 7, kernel=1, inputs=["a"]), kind("add", inputs=["bn3", "a", "conv4"]), kind("relu", name="b"),
        conv("conv5", 13, stride=3, padding=1, no_bias=True), norm("bn5"),
        kind("subsample", stride=3, inputs=["b"]), kind("padchannels", before=3, after=3, name="s"), kind("add", inputs=["bn5", "s"]), kind("relu", name="c"),
        conv("conv6", 13, kernel=1, stride=2, no_bias=True), norm("bn6"), conv("conv7", 13, stride=2, padding=1, inputs=["c"]), norm("bn7"),
        kind("add", inputs=["bn6", "bn7"]), kind("relu"), kind("globalavgpool"), fc("fc")]),
    record("dense block", [2, 8, 8], [
        conv("conv1", 5, padding=1, no_bias=True), norm("bn1"), kind("relu"), conv("conv2", 3, padding=1, no_bias=True), kind("concat", inputs=["conv1", "conv2"], name="c1"),
        norm("bn2"), kind("relu"), conv("conv3", 3, padding=1, no_bias=True), kind("concat", inputs=["c1", "conv3", "input"], name="c2"),
        norm("bn3"), kind("relu"), conv("conv4", 6, kernel=1, no_bias=True), kind("avgpool", kernel=2, stride=2), norm("bn4"), kind("relu"), kind("globalavgpool"), fc("fc")]),
    record("depthwise, relu6, leaky relu", [3, 10, 9], [
        conv("conv1", 8, stride=2, padding=1, no_bias=True), norm("bn1"), kind("relu6"), conv("conv2", 8, padding=1, groups=8, no_bias=True), norm("bn2"), kind("relu6"),
        conv("conv3", 6, kernel=1, no_bias=True), norm("bn3", ), conv("conv4", 12, groups=2, padding=1), kind("leakyrelu", slope=0.1),
        conv("conv5", 3, kernel=1), kind("globalavgpool")]),
    record("pools that reach beyond, rectangular windows, uneven padding", [2, 11, 10], [
        kind("pad", top=1, bottom=2, right=1), conv("conv1", 6, kernel=3, kernel_width=2), kind("relu"), kind("avgpool", kernel=3, stride=2, padding=1, ceil=True),
        conv("conv2", 5, kernel=1, kernel_width=3), kind("avgpool", kernel=2, stride=1, padding=1, count_padding=True), kind("relu"),
        kind("maxpool", kernel=3, stride=2, padding=1, ceil=True), kind("avgpool", kernel=2, stride=2, ceil=True), kind("flatten"), fc("fc")]),
    record("ResNet-20", [3, 32, 32], resnet20(), lr=0.005, builtin="resnet-20"),
]))
