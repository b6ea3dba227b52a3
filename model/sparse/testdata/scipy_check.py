"""Reads the matrices that TestSciPyReadsTheFiles wrote, and writes its own.

The folder holds, for every matrix NAME, NAME.{csr,csc,coo,bitmap,relative}.npz,
its dense values NAME.npy and mask NAME.mask.npy, and vectors with
NAME.y.npy = A NAME.x.npy. Of each, SciPy's own NAME.{csr,csc,coo}.scipy.npz is
left behind, compressed for NAMEs of even length.
"""
import glob
import io
import os
import sys

import numpy as np
import scipy.sparse

folder = sys.argv[1]


def check(ok, what):
    if not ok:
        sys.exit(f"{name}: {what}")


def bits(a):
    return np.ascontiguousarray(a).view(np.uint32)


def same_bytes(path, array):
    saved = io.BytesIO()
    np.save(saved, array)
    with open(path, "rb") as f:
        return f.read() == saved.getvalue()


names = sorted(os.path.basename(p)[: -len(".mask.npy")] for p in glob.glob(os.path.join(folder, "*.mask.npy")))
for name in names:
    base = os.path.join(folder, name)
    dense, mask = np.load(base + ".npy"), np.load(base + ".mask.npy")
    check(dense.dtype == np.float32 and mask.dtype == bool, "types")
    check(same_bytes(base + ".npy", dense) and same_bytes(base + ".mask.npy", mask), "not the bytes of numpy.save")
    for form in "csr", "csc", "coo":
        m = scipy.sparse.load_npz(f"{base}.{form}.npz")
        check(m.format == form and m.shape == dense.shape and m.dtype == np.float32, f"{form}: format, shape or type")
        if form != "coo":
            m.check_format(full_check=True)
            check(m.indices.dtype == np.int32 and m.indptr.dtype == np.int32, f"{form}: width of an index")
            check(m.has_sorted_indices and m.has_canonical_format, f"{form}: not canonical")
        r = m.tocsr()
        r.sort_indices()
        check(np.array_equal(r.tocoo().row * dense.shape[1] + r.tocoo().col, np.flatnonzero(mask)), f"{form}: kept weights")
        check(np.array_equal(bits(r.data), bits(dense[mask])), f"{form}: values")
        check(np.array_equal(m.toarray(), dense, equal_nan=True), f"{form}: dense values")
        if os.path.exists(base + ".x.npy"):
            x, y = np.load(base + ".x.npy"), np.load(base + ".y.npy")
            check(np.allclose(m @ x, y, rtol=1e-5, atol=1e-6), f"{form}: product")
        scipy.sparse.save_npz(f"{base}.{form}.scipy.npz", m, compressed=len(name) % 2 == 0)
    with np.load(base + ".bitmap.npz") as b:
        unpacked = np.unpackbits(b["bits"], count=mask.size, bitorder="little").astype(bool)
        check(np.array_equal(unpacked.reshape(mask.shape), mask), "bitmap: kept weights")
        check(np.array_equal(bits(b["data"]), bits(dense[mask])), "bitmap: values")
    with np.load(base + ".relative.npz") as b:
        k, n = int(b["k"]), len(b["data"])
        codes = np.unpackbits(b["codes"], count=n * k, bitorder="little").reshape(n, k)
        distance = codes.astype(np.int64) @ (1 << np.arange(k)) + 1
        at = int(b["origin"]) + np.cumsum(distance)
        kept = (distance < 1 << k) | (bits(b["data"]) != 0)
        kept[b["zeros"]] = True
        check(np.array_equal(at[kept], np.flatnonzero(mask)), "relative: kept weights")
        check(np.array_equal(bits(b["data"][kept]), bits(dense[mask])), "relative: values")
print(len(names), "matrices")
