"""Reads what TestSciPyAndNumPyReadTheExports wrote and computes with it.

The folder holds dense.npz and dense.safetensors; LAYER.FORMAT.npz for every
layer and each of csr, csc, coo; x.npy, a batch of N x I inputs, and y.npy, the
network's N x O outputs. The network is a convolution of 3 x 3 without stride and
padding, a ReLU, and two dense layers with a ReLU in between.
"""
import json
import os
import sys

import numpy as np
import scipy.sparse

folder = sys.argv[1]


def check(ok, what):
    if not ok:
        sys.exit(what)


def safetensors(path):
    """The tensors of a file, read as the format is described."""
    types = {"F32": np.float32, "U8": np.uint8, "I64": np.int64, "I32": np.int32, "BOOL": np.bool_}
    with open(path, "rb") as f:
        size = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(size))
        data = f.read()
    check((8 + size) % 8 == 0, "the data are not aligned")
    meta = header.pop("__metadata__")
    tensors = {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        check(begin % np.dtype(types[t["dtype"]]).itemsize == 0, f"{name} is not aligned")
        tensors[name] = np.frombuffer(data[begin:end], types[t["dtype"]]).reshape(t["shape"])
    return meta, tensors


dense = dict(np.load(os.path.join(folder, "dense.npz")))
meta, stored = safetensors(os.path.join(folder, "dense.safetensors"))
check(meta == {"format": "pt"}, f"metadata {meta}")
check(sorted(dense) == sorted(stored), f"{sorted(dense)} and {sorted(stored)}")
for name, a in dense.items():
    check(a.dtype == (bool if name.endswith(".mask") else np.float32), f"{name} is {a.dtype}")
    check(np.array_equal(a, stored[name].astype(a.dtype)) and a.shape == stored[name].shape, f"{name} differs")
check(dense["conv1.weight"].shape == (4, 1, 3, 3), "conv1.weight is not O x I x H x W")

x, want = np.load(os.path.join(folder, "x.npy")), np.load(os.path.join(folder, "y.npy"))
for form in "csr", "csc", "coo":
    layers = {}
    for layer in "conv1", "fc1", "fc2":
        path = os.path.join(folder, f"{layer}.{form}.npz")
        m = scipy.sparse.load_npz(path)
        with np.load(path) as f:
            bias, dims = f["bias"], f["dims"]
        w = dense[layer + ".weight"]
        check(m.format == form and m.dtype == np.float32, f"{path} is {m.format} of {m.dtype}")
        check(tuple(dims) == w.shape and np.array_equal(m.toarray().reshape(dims), w), f"{path}: weights")
        check(np.array_equal(bias, dense[layer + ".bias"]), f"{path}: bias")
        kept = dense.get(layer + ".weight.mask", np.ones(w.shape, bool))
        check(m.nnz == kept.sum(), f"{path} stores {m.nnz} weights, {kept.sum()} are left")
        layers[layer] = m, bias
    n, side = len(x), int(np.sqrt(x.shape[1]))
    out = side - 2
    images = x.reshape(n, side, side)
    patches = np.stack([images[:, i : i + out, j : j + out] for i in range(3) for j in range(3)])
    m, bias = layers["conv1"]
    h = m @ patches.reshape(9, -1) + bias[:, None]
    h = np.maximum(h, 0).reshape(-1, n, out, out).swapaxes(0, 1).reshape(n, -1).T
    m, bias = layers["fc1"]
    h = np.maximum(m @ h + bias[:, None], 0)
    m, bias = layers["fc2"]
    y = (m @ h + bias[:, None]).T
    check(np.allclose(y, want, rtol=1e-5, atol=1e-5), f"{form}: outputs differ by {abs(y - want).max()}")
print("equal")
