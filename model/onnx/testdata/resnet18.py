#!/usr/bin/env python3
"""Writes ResNet-18 for images of 224 x 224 and what PyTorch computes with it: /usr/bin/python3 resnet18.py FOLDER

Debian's PyTorch 1.13. net.onnx and net.json, the logits of two images of noise as in make.py, are 47 MB, so the test writes
them where it runs. He et al. 2016, Table 1, with shortcuts of 1 x 1 convolutions, as torchvision has it.
"""
import json
import os
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
SIDE = 224


def noise(i):
    """noise(k, i) of make.py for all values of an image, in float64."""
    k = torch.arange(1, 3 * SIDE * SIDE + 1, dtype=torch.float64)
    v = torch.sin(12.9898 * k + 78.233 * (i + 1)) * 43758.5453
    return (2 * (v - torch.floor(v)) - 1).float().reshape(3, SIDE, SIDE)


class Block(nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.downsample = None
        if stride > 1 or channels != width:
            self.downsample = nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        channels = 64
        for stage, width in enumerate((64, 128, 256, 512), 1):
            setattr(self, f"layer{stage}", nn.Sequential(Block(channels, width, 2 if stage > 1 else 1), Block(width, width, 1)))
            channels = width
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d((1, 1)), nn.Linear(512, 1000)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def main(folder):
    torch.manual_seed(18)
    net = ResNet18().eval()
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            for p, low, high in ((m.weight, 0.5, 1.5), (m.bias, -0.5, 0.5), (m.running_mean, -0.2, 0.2), (m.running_var, 0.3, 1.5)):
                nn.init.uniform_(p, low, high)
    x = torch.stack([noise(0), noise(1)])
    with torch.no_grad():
        y = net(x)
    torch.onnx.export(net, x[:1], os.path.join(folder, "net.onnx"), input_names=["input"], output_names=["output"],
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
    with open(os.path.join(folder, "net.json"), "w") as f:
        json.dump(y.tolist(), f)


main(sys.argv[1])
