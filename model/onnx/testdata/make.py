#!/usr/bin/env python3
"""Writes the networks of this folder and what PyTorch computes with them: /usr/bin/python3 make.py

Debian's PyTorch 1.13, whose exporter needs no other package. Each network is a file NAME.onnx and an entry of want.json: the
shape of an image and the logits of three. Images are not recorded: both sides take noise(k, i), value k of image i.
"""
import json
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
IMAGES = 3


def noise(n, i):
    """Numbers in [-1, 1) that are as good as random."""
    v = [math.sin(12.9898 * (k + 1) + 78.233 * (i + 1)) * 43758.5453 for k in range(n)]
    return torch.tensor([2 * (x - math.floor(x)) - 1 for x in v], dtype=torch.float32)


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 5), nn.Conv2d(4, 8, 5, padding=2)
        self.drop = nn.Dropout(0.25)
        self.fc1, self.fc2 = nn.Linear(8 * 3 * 3, 20), nn.Linear(20, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.drop(F.relu(self.fc1(x.view(x.size(0), -1))))
        return F.log_softmax(self.fc2(x), dim=1)


class Norms(nn.Module):
    """Batch normalisation before and after ReLU, and of features."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6, eps=1e-3, momentum=0.01)
        self.conv2, self.bn2 = nn.Conv2d(6, 8, 3, stride=2), nn.BatchNorm2d(8)
        self.fc1, self.bn3, self.fc2 = nn.Linear(8 * 6 * 6, 12), nn.BatchNorm1d(12), nn.Linear(12, 5, bias=False)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.bn2(F.leaky_relu(self.conv2(x), 0.1))
        return self.fc2(F.relu(self.bn3(self.fc1(torch.flatten(x, 1)))))


def vgg():
    layers, channels = [], 3
    for width in (6, 8, 12):
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2)]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(12, 7))


class Block(nn.Module):
    def __init__(self, channels, width, stride, option):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.shortcut = nn.Sequential()
        self.pad = None
        if stride > 1 and option == "A":
            self.pad = (width - channels) // 2
        elif stride > 1:
            self.shortcut = nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.pad is not None:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad), "constant", 0)
        return F.relu(y + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, option):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4)
        self.layer1 = nn.Sequential(Block(4, 4, 1, option), Block(4, 4, 1, option))
        self.layer2 = nn.Sequential(Block(4, 8, 2, option), Block(8, 8, 1, option))
        self.layer3 = nn.Sequential(Block(8, 16, 2, option))
        self.linear = nn.Linear(16, 10)
        self.option = option

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        if self.option == "A":
            x = F.avg_pool2d(x, 4)
            return self.linear(x.view(x.size(0), -1))
        return self.linear(x.mean([2, 3]))


class Inverted(nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        inner = 3 * channels
        self.residual = stride == 1 and channels == width
        self.conv = nn.Sequential(
            nn.Conv2d(channels, inner, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU6(inplace=True),
            nn.Conv2d(inner, inner, 3, stride, 1, groups=inner, bias=False), nn.BatchNorm2d(inner), nn.ReLU6(inplace=True),
            nn.Conv2d(inner, width, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


def mobilenet():
    return nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(), Inverted(8, 8, 1), Inverted(8, 12, 2), Inverted(12, 12, 1),
                         nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Dropout(0.2), nn.Linear(12, 6))


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv0 = nn.Conv2d(1, 6, 3, padding=1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(6 + 4 * i) for i in range(3))
        self.convs = nn.ModuleList(nn.Conv2d(6 + 4 * i, 4, 3, padding=1, bias=False) for i in range(3))
        self.transition, self.fc = nn.Conv2d(18, 8, 1), nn.Linear(8, 10)

    def forward(self, x):
        x = self.conv0(x)
        for norm, conv in zip(self.norms, self.convs):
            x = torch.cat([x, conv(F.relu(norm(x)))], 1)
        return self.fc(F.adaptive_avg_pool2d(F.avg_pool2d(self.transition(x), 2), 1).flatten(1))


class Fire(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.squeeze = nn.Conv2d(3, 8, 3, stride=2), nn.Conv2d(8, 4, 1)
        self.expand1x1, self.expand3x3 = nn.Conv2d(4, 6, 1), nn.Conv2d(4, 6, 3, padding=1)
        self.classifier = nn.Conv2d(12, 5, 1)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 3, 2, ceil_mode=True)
        x = F.relu(self.squeeze(x))
        x = torch.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], 1)
        return F.softmax(torch.flatten(F.adaptive_avg_pool2d(F.relu(self.classifier(x)), 1), 1), dim=1)


class Pools(nn.Module):
    """Average pooling with ceil_mode and padding, a rectangular window, uneven padding, a constant added to channels."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(2, 5, (3, 1), padding=(1, 0), bias=False), nn.Conv2d(5, 6, 3, padding=1)
        self.shift = nn.Parameter(torch.randn(5, 1, 1))
        self.fc = nn.Linear(6 * 3 * 3, 4)

    def forward(self, x):
        x = F.avg_pool2d(self.conv1(x) + self.shift, 3, 2, ceil_mode=True, count_include_pad=False)
        x = F.avg_pool2d(self.conv2(F.pad(x, (0, 1, 0, 1))), 2, 2, 1, ceil_mode=True)
        return self.fc(F.max_pool2d(x, 3, 2, 1).flatten(1))


class Scaled(nn.Module):
    """A linear network whose layers are scaled and shifted by constants in the graph."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 3, 3), nn.Linear(3 * 6 * 6, 4, bias=False)
        self.mean, self.sd = nn.Parameter(torch.randn(1, 3, 1, 1)), nn.Parameter(torch.rand(1, 3, 1, 1) + 1)

    def forward(self, x):
        x = (self.conv(x) - self.mean) / self.sd
        return 0.5 * self.fc(torch.relu(x).reshape(-1, 108)) + torch.arange(4.0)


PLAIN = dict(training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
NETWORKS = {
    "lenet": (LeNet, (1, 16, 16), dict(opset_version=9)),
    "lenet-batch": (LeNet, (1, 16, 16), dict(opset_version=13, dynamic_axes={"input": {0: "batch"}})),
    "norms": (Norms, (3, 16, 16), PLAIN),
    "norms-folded": (Norms, (3, 16, 16), dict(opset_version=11)),
    "vgg": (vgg, (3, 16, 16), PLAIN),
    "resnet-a": (lambda: ResNet("A"), (3, 16, 16), PLAIN),
    "resnet-a-10": (lambda: ResNet("A"), (3, 16, 16), dict(opset_version=10, **PLAIN)),
    "resnet-a-batch": (lambda: ResNet("A"), (3, 16, 16), dict(dynamic_axes={"input": {0: "batch"}}, **PLAIN)),
    "resnet-b": (lambda: ResNet("B"), (3, 16, 16), dict(opset_version=16, **PLAIN)),
    "mobilenet": (mobilenet, (3, 16, 16), dict(opset_version=10, **PLAIN)),
    "mobilenet-13": (mobilenet, (3, 16, 16), dict(opset_version=13, **PLAIN)),
    "densenet": (Dense, (1, 8, 8), PLAIN),
    "fire": (Fire, (3, 18, 18), dict(opset_version=12)),
    "pools": (Pools, (2, 15, 15), dict(opset_version=11)),
    "scaled": (Scaled, (1, 8, 8), dict(opset_version=13)),
}


def main():
    want = {}
    for name, (make, shape, options) in NETWORKS.items():
        torch.manual_seed(len(want) + 1)
        net = make().eval()
        for m in net.modules():
            if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)):
                for p, low, high in ((m.weight, 0.5, 1.5), (m.bias, -0.5, 0.5), (m.running_mean, -0.5, 0.5), (m.running_var, 0.3, 1.5)):
                    nn.init.uniform_(p, low, high)
        x = torch.stack([noise(math.prod(shape), i) for i in range(IMAGES)]).reshape(IMAGES, *shape)
        with torch.no_grad():
            y = net(x)
            if name == "fire":  # before the softmax, but for what all classes share
                y = y.log()
        torch.onnx.export(net, x[:1], f"{name}.onnx", input_names=["input"], output_names=["output"], **options)
        want[name] = {"shape": shape, "logits": [[round(float(v), 7) for v in row] for row in y]}
    with open("want.json", "w") as f:
        json.dump(want, f, indent=0)
        f.write("\n")


main()
