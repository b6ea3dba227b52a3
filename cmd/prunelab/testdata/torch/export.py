#!/usr/bin/env python3
"""Writes the network of net.safetensors as net.onnx, with Debian's python3-torch (1.13): /usr/bin/python3 export.py"""
import json

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, stride=2)
        self.fc1 = nn.Linear(64, 10)

    def forward(self, x):
        return F.log_softmax(self.fc1(F.max_pool2d(F.relu(self.conv1(x)), 3).flatten(1)), dim=1)


with open("net.safetensors", "rb") as f:
    header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
    data = f.read()
state = {}
for name, t in header.items():
    first, end = t["data_offsets"]
    state[name] = torch.frombuffer(bytearray(data[first:end]), dtype=torch.float32).reshape(t["shape"])
net = Net()
net.load_state_dict(state)
torch.onnx.export(net.eval(), torch.zeros(1, 1, 28, 28), "net.onnx", input_names=["input"], dynamic_axes={"input": {0: "batch"}})
