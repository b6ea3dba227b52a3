#!/usr/bin/env python3
"""Trains a small network on a part of MNIST in PyTorch and stores it.

Run with Debian's python3-torch (1.13): train.py FOLDER-OF-MNIST > OUT.safetensors;
what it scores on the 10,000 test images goes to standard error.
"""
import gzip
import json
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def idx(name, offset):
    with gzip.open(f"{sys.argv[1]}/{name}-ubyte.gz") as f:
        return np.frombuffer(f.read(), np.uint8, offset=offset)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, stride=2)
        self.fc1 = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc1(F.max_pool2d(F.relu(self.conv1(x)), 3).flatten(1))


torch.manual_seed(1)
torch.set_num_threads(1)
images = torch.tensor(idx("train-images-idx3", 16).reshape(-1, 1, 28, 28)) / 255
labels = torch.tensor(idx("train-labels-idx1", 8).astype(np.int64))
mean, std = images.double().mean(), images.double().std(unbiased=False)
x, y = ((images[:6000] - mean) / std).float(), labels[:6000]
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
for epoch in range(4):
    for batch in torch.randperm(len(x)).split(50):
        optimizer.zero_grad()
        F.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()

test = torch.tensor(idx("t10k-images-idx3", 16).reshape(-1, 1, 28, 28)) / 255
answers = torch.tensor(idx("t10k-labels-idx1", 8).astype(np.int64))
with torch.no_grad():
    logits = net(((test - mean) / std).float())
loss = F.cross_entropy(logits.double(), answers)
print(f"{(logits.argmax(1) == answers).sum()} right, loss {loss:.9f}", file=sys.stderr)

header, data = {}, b""
for name, t in net.state_dict().items():
    raw = t.numpy().astype("<f4").tobytes()
    header[name] = {"dtype": "F32", "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
sys.stdout.buffer.write(len(text).to_bytes(8, "little") + text + data)
