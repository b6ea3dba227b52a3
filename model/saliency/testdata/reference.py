#!/usr/bin/env python3
"""Records what PyTorch computes of three prunings of a small network.

Run with Debian's python3-torch (1.13): python3 reference.py > reference.json
"""
import json

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(3)
N = 149  # more than one batch, no multiple of any vector length
images = torch.randint(0, 256, (N, 1, 6, 6))
labels = torch.randint(0, 3, (N,))
x = images.double() / 128 - 1
model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 10), nn.ReLU(), nn.Linear(10, 3))
with torch.no_grad():
    for p in model.parameters():
        p.copy_(2 * p)
layers = {"conv1": model[0], "fc1": model[3], "fc2": model[5]}
params = [[float(f"{v:.9g}") for v in p.detach().flatten().tolist()] for p in model.parameters()]
model = model.double()

mean = {k: 0.0 for k in layers}
square = {k: 0.0 for k in layers}
for i in range(N):
    model.zero_grad()
    F.cross_entropy(model(x[i : i + 1]), labels[i : i + 1]).backward()
    for k, l in layers.items():
        mean[k] = mean[k] + l.weight.grad.clone() / N
        square[k] = square[k] + l.weight.grad**2 / N


def outputs():
    """The logits, and the linear output of every layer."""
    z = {}
    hooks = [l.register_forward_hook(lambda m, i, o, k=k: z.__setitem__(k, (i[0], o))) for k, l in layers.items()]
    with torch.no_grad():
        logits = model(x)
    for h in hooks:
        h.remove()
    return logits, z


whole, z = outputs()
p = F.softmax(whole, 1)
prunings = []
for densities in {"conv1": 0.5}, {"fc1": 0.1}, {"fc1": 0.6, "fc2": 0.3}:
    saved = {k: layers[k].weight.detach().clone() for k in densities}
    out = dict(kept={}, layers={})
    for k, d in densities.items():
        w = layers[k].weight
        keep = torch.rand(w.shape) < d
        out["kept"][k] = keep.flatten().nonzero().flatten().tolist()
        gone = ~keep
        with torch.no_grad():
            read, full = z[k]
            w.mul_(keep)
            short = layers[k](read)
        out["layers"][k] = dict(
            energy=float((saved[k][gone] ** 2).sum() / (saved[k] ** 2).sum()),
            taylor=float((mean[k] * saved[k])[gone].abs().sum()),
            fisher=float((saved[k] ** 2 * square[k])[gone].sum() / 2),
            reconstruction=float(((full - short) ** 2).sum() / (full**2).sum()),
        )
    logits, _ = outputs()
    out["kl"] = float(F.kl_div(F.log_softmax(logits, 1), p, reduction="batchmean"))
    prunings.append(out)
    with torch.no_grad():
        for k, w in saved.items():
            layers[k].weight.copy_(w)
print(json.dumps(dict(images=images.flatten().tolist(), labels=labels.tolist(), params=params, prunings=prunings)))
