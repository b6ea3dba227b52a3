#!/usr/bin/env python3
"""Records what PyTorch computes for two small networks: logits, gradients and ten losses.

Run with Debian's python3-torch (1.13): python3 reference.py > reference.json
"""
import json

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(7)
N = 19  # not a multiple of any vector length


def flat(t):
    return [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]


def record(name, shape, config, model, optimizer, l1):
    x = torch.randn(N, *shape)
    y = torch.randint(0, 3, (N,))
    out = dict(name=name, input=shape, layers=config, l1=l1, x=flat(x), y=y.tolist())
    out["params"] = [flat(p) for p in model.parameters()]
    losses = []
    opt = optimizer(model)
    for step in range(10):
        opt.zero_grad()
        logits = model(x)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        if step == 0:
            out["logits"] = flat(logits)
            out["grads"] = [flat(p.grad) for p in model.parameters()]
        with torch.no_grad():
            for k, p in model.named_parameters():
                if k.endswith("weight"):
                    p.grad.add_(p.sign(), alpha=l1)
        opt.step()
        losses.append(loss.item())
    out["losses"] = losses
    out["final"] = [flat(p) for p in model.parameters()]
    return out


def decayed(model, l2):
    named = list(model.named_parameters())
    return [dict(params=[p for n, p in named if n.endswith("weight")], weight_decay=l2),
            dict(params=[p for n, p in named if n.endswith("bias")], weight_decay=0.0)]


dense = record(
    "dense, SGD with momentum, L2", [1, 3, 3],
    [dict(kind="dense", units=7, name="fc1"), dict(kind="relu"), dict(kind="dense", units=5, name="fc2"), dict(kind="relu"), dict(kind="dense", units=3, name="fc3")],
    nn.Sequential(nn.Flatten(), nn.Linear(9, 7), nn.ReLU(), nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 3)),
    lambda m: torch.optim.SGD(decayed(m, 0.01), lr=0.1, momentum=0.9), 0.0)
conv = record(
    "convolutions, Adam, L1", [2, 9, 8],
    [dict(kind="conv", units=3, kernel=3, stride=1, padding=1, name="conv1"), dict(kind="relu"), dict(kind="maxpool", kernel=2, stride=2),
     dict(kind="conv", units=4, kernel=3, stride=2, padding=2, name="conv2"), dict(kind="avgpool", kernel=2, stride=1), dict(kind="flatten"),
     dict(kind="dense", units=6, name="fc1"), dict(kind="relu"), dict(kind="dense", units=3, name="fc2")],
    nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(3, 4, 3, stride=2, padding=2), nn.AvgPool2d(2, 1), nn.Flatten(),
                  nn.Linear(4 * 2 * 2, 6), nn.ReLU(), nn.Linear(6, 3)),
    lambda m: torch.optim.Adam(decayed(m, 0.01), lr=0.01), 0.001)
print(json.dumps([dense, conv]))
