#!/usr/bin/env python3
"""Records what PyTorch makes of running statistics that are estimated anew: the cumulative average over batches, momentum=None.

Run with Debian's python3-torch (1.13): python3 reestimate.py > reestimate.json

The network is that of TestReestimateAgreesWithPyTorch. Weights and images are not recorded: both sides take noise(k, i), value k of tensor i;
batch b holds the images b N to b N + N - 1, image i from tensor 100 + i.
"""
import json
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
N, BATCHES, SHAPE = 37, 4, (3, 6, 5)


def noise(n, i):
    """Numbers in [-1, 1) that are as good as random."""
    v = [math.sin(12.9898 * (k + 1) + 78.233 * (i + 1)) * 43758.5453 for k in range(n)]
    return torch.tensor([2 * (x - math.floor(x)) - 1 for x in v], dtype=torch.float32).double()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 7, 3, padding=1, bias=False), nn.BatchNorm2d(7)
        self.conv2, self.bn2 = nn.Conv2d(7, 7, 3, padding=1, bias=False), nn.BatchNorm2d(7)
        self.drop = nn.Dropout(0.5)
        self.fc1, self.bn3, self.fc2 = nn.Linear(7, 5), nn.BatchNorm1d(5), nn.Linear(5, 3)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)) + x).mean((2, 3))
        return self.fc2(F.relu(self.bn3(self.fc1(self.drop(x)))))


net = Net()
for i, p in enumerate(net.parameters()):
    with torch.no_grad():
        p.copy_(noise(p.numel(), i).reshape(p.shape))
for m in net.modules():
    if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)):
        m.reset_running_stats()
        m.momentum = None
net.train()
net.drop.eval()
images = torch.stack([noise(math.prod(SHAPE), 100 + i).reshape(SHAPE) for i in range(N * BATCHES)])
with torch.no_grad():
    for b in range(BATCHES):
        net(images[b * N:(b + 1) * N])
    logits = net.eval()(images[:N])
json.dump({"running": {k: [round(v, 9) for v in t.tolist()] for k, t in net.state_dict().items() if "running" in k},
           "logits": [[round(v, 9) for v in row] for row in logits[:3].tolist()]}, __import__("sys").stdout)
print()
