#!/usr/bin/env python3
"""Writes the files of this folder, with PyTorch: /usr/bin/python3 make.py

Those that the reader takes come with want.json: of each tensor the name, the type, the
shape and the bytes, row-major and little-endian, as torch.load gives them. The files
here were written by PyTorch 1.13.0 (Debian 12's python3-torch).
"""
import collections
import io
import json
import pathlib
import pickle
import struct
import zipfile

import torch

HERE = pathlib.Path(__file__).parent
TYPES = {
    torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}
want = {}


def raw(t):
    """The bytes of a tensor, row-major and little-endian."""
    t = t.detach().contiguous().clone().reshape(-1)
    if t.dtype == torch.bfloat16:
        t = t.view(torch.int16)
    return t.numpy().tobytes().hex()


def record(name, get, key="", tied=(), beside=()):
    """Loads the file and records the state dict that get takes out of it."""
    state = get(torch.load(HERE / name, map_location="cpu"))
    want[name] = {
        "key": key,
        "tensors": [{"name": k, "type": TYPES[t.dtype], "shape": list(t.shape), "bytes": raw(t)}
                    for k, t in state.items() if isinstance(t, torch.Tensor)],
        "tied": list(tied),
        "beside": list(beside),
    }


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 2, 3, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(2)
        self.fc = torch.nn.Linear(8, 3)

    def forward(self, x):
        return self.fc(torch.relu(self.bn1(self.conv1(x))).flatten(1))


def networks():
    net = Net()
    net(torch.randn(5, 1, 4, 4))  # moves the running statistics
    whole = lambda d: d
    torch.save(net.state_dict(), HERE / "plain.pt")
    record("plain.pt", whole)
    torch.save(net.state_dict(), HERE / "protocol4.pt", pickle_protocol=4)
    record("protocol4.pt", whole)
    torch.save(net.state_dict(), HERE / "protocol5.th", pickle_protocol=5, _use_new_zipfile_serialization=False)
    record("protocol5.th", whole)

    # As the ImageNet example saves: with an optimizer, whose state has tensors too.
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net(torch.randn(5, 1, 4, 4)).sum().backward()
    optimizer.step()
    saved = {"epoch": 3, "arch": "net", "state_dict": torch.nn.DataParallel(net).state_dict(),
             "best_acc1": torch.tensor(87.5), "optimizer": optimizer.state_dict()}
    beside = ["epoch=3", 'arch="net"', "best_acc1=a tensor, a single number", "optimizer=a dictionary of 2"]
    for name, new in (("checkpoint.pth", True), ("checkpoint.th", False)):
        torch.save(saved, HERE / name, _use_new_zipfile_serialization=new)
        record(name, lambda d: d["state_dict"], key="state_dict", beside=beside)

    two = {"model": Net().state_dict(), "ema": Net().state_dict()}
    torch.save(two, HERE / "ema.pt")
    record("ema.pt", lambda d: d["model"], key="model", beside=["ema=a dictionary of 8"])
    torch.save({"generator": Net().state_dict(), "critic": Net().state_dict()}, HERE / "two.pt")

    torch.save(net, HERE / "module.pt")
    torch.serialization.get_source_lines_and_file = without_source
    torch.save(net, HERE / "module.th", _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Sequential(torch.nn.Linear(2, 2)), HERE / "sequential.pt")
    script(net)


def without_source(_):
    """Stands for what would write this file and where it lies into module.th."""
    raise OSError("no source")


def script(net):
    """Writes script.pt, less the notes for debuggers, which say where this file lies."""
    all = io.BytesIO()
    torch.jit.save(torch.jit.script(net), all)
    with zipfile.ZipFile(all) as old, zipfile.ZipFile(HERE / "script.pt", "w") as new:
        for f in old.infolist():
            if not f.filename.endswith(".debug_pkl"):
                new.writestr(zipfile.ZipInfo(f.filename), old.read(f))


def types():
    values = [0.0, -0.0, 1.0, -2.5, 0.1, 1e-7, 65504.0, float("inf"), float("-inf"), 1 / 3]
    state = {str(d).split(".")[1]: torch.tensor(values).to(d) for d in (torch.float32, torch.float16, torch.bfloat16)}
    state["float64"] = torch.tensor(values + [1 + 2**-24, 1e-60], dtype=torch.float64)
    for d in (torch.int64, torch.int32, torch.int16, torch.int8):
        state[str(d).split(".")[1]] = torch.tensor([0, 1, -1, 127, -128], dtype=d)
    state["uint8"] = torch.tensor([[0, 1, 255]], dtype=torch.uint8)
    state["bool"] = torch.tensor([True, False])
    for name, new in (("types.pt", True), ("types.th", False)):
        torch.save(state, HERE / name, _use_new_zipfile_serialization=new)
        record(name, lambda d: d)


def views():
    base = torch.arange(24.0)
    grid = base.view(4, 6)
    weight = torch.nn.Parameter(torch.arange(6.0).view(2, 3) + 100)
    marked = torch.nn.Parameter(torch.arange(3.0) + 200)
    marked.note = "an attribute makes another call of it"
    state = collections.OrderedDict(
        whole=grid, column=grid[:, 2], corner=grid[1:3, 2:5], every=base[1::3], flat=base,
        transposed=torch.arange(6.0).view(2, 3).t(), permuted=torch.arange(24.0).view(2, 3, 4).permute(2, 0, 1),
        expanded=torch.tensor([5.0]).expand(3, 2), empty=torch.zeros(0, 7), number=torch.tensor(7.0),
        part=torch.arange(10.0)[4:6], encoder=weight, decoder=weight, marked=marked,
        left=torch.arange(4.0).view(2, 2)[:, 0], last=torch.ones(1, 3, 1)[:, 1:],
    )
    state["left_again"] = state["left"]
    right = torch.arange(4.0, 8).view(2, 2)
    state["odd"], state["even"] = right[:, 0], right[:, 1]  # interleaved, nothing shared
    nine = torch.arange(9.0)  # nine numbers from 0 to 8, of which spread has five
    state["spread"], state["gap"] = torch.as_strided(nine, (3, 3), (2, 2)), nine[1:2]
    tied = [["whole", "column", "corner", "every", "flat"], ["encoder", "decoder"], ["left", "left_again"]]
    for name, new in (("views.pt", True), ("views.th", False)):
        torch.save(state, HERE / name, _use_new_zipfile_serialization=new)
        record(name, lambda d: d, tied=tied)


def refused():
    torch.save({"w": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)}, HERE / "quantised.pt")
    torch.save({"w": torch.eye(2).to_sparse()}, HERE / "sparse.pt")
    torch.save({"w": torch.ones(2, dtype=torch.complex64)}, HERE / "complex.pt")
    torch.save(torch.ones(2), HERE / "tensor.pt")
    torch.save({"epoch": 3}, HERE / "empty.pt")


class Old(pickle.Pickler):
    """Writes tensors as PyTorch up to 0.3 did: _rebuild_tensor, and storages that
    are parts of others, ('storage', class, key, location, elements, (key, first,
    elements))."""

    def __init__(self, file, storages):
        super().__init__(file, protocol=2)
        self.storages = storages

    def persistent_id(self, obj):
        if isinstance(obj, Part):
            root = self.storages[obj.root]
            part = obj.part and (f"{obj.root}/{obj.part[0]}", *obj.part)
            return ("storage", torch.FloatStorage, obj.root, "cuda:0", len(root), part)


class Part:
    def __init__(self, root, part=None):
        self.root, self.part = root, part


class Tensor:
    def __init__(self, *args):
        self.args = args

    def __reduce__(self):
        return torch._utils._rebuild_tensor, self.args


def old():
    storages = {"11": [1.5, 2.5, 3.5, 4.5, 5.5, 6.5], "7": [-1.0, -2.0]}
    state = {
        "a.weight": Tensor(Part("11", (2, 4)), 0, (2, 2), (2, 1)),
        "a.bias": Tensor(Part("7"), 0, (2,), (1,)),
        "b.weight": Tensor(Part("11", (0, 2)), 1, (1, 1), (1, 1)),
        "c.weight": Tensor(Part("11", (2, 4)), 0, (2, 2), (2, 1)),
    }
    out = io.BytesIO()
    pickle.dump(0x1950A86A20F9469CFC6C, out, protocol=2)
    pickle.dump(1001, out, protocol=2)
    pickle.dump({"protocol_version": 1001, "little_endian": True}, out, protocol=2)
    Old(out, storages).dump(state)
    pickle.dump(list(storages), out, protocol=2)
    for values in storages.values():
        out.write(struct.pack(f"<q{len(values)}f", len(values), *values))
    (HERE / "old.th").write_bytes(out.getvalue())
    record("old.th", lambda d: d, tied=[["a.weight", "c.weight"]])


torch.manual_seed(1)
networks()
types()
views()
refused()
old()
(HERE / "want.json").write_text(json.dumps(want, indent=1) + "\n")
