"""The peer of the comparisons: PyTorch as fast as this machine lets it be, and what it says of itself."""
import ctypes
import os
import re
import subprocess
import sys

# Some machines set these to hold OpenBLAS to the kernels of an older processor, which would handicap the peer.
HANDICAPS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")

# By default glibc gives large blocks back to the system and gets them again for each tensor. Where a page fault is dear, as in
# many virtual machines, that halves the speed of training and makes scoring eight times slower: keep what was got. It is to ask
# for huge pages too, as prunelab does; here that neither gained nor lost more than two in a hundred.
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_TOP_PAD_": str(256 << 20),
               "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


def environment():
    """The environment in which the peer runs: this one without what holds its libraries back, and with memory kept, in huge pages."""
    return {k: v for k, v in os.environ.items() if k not in HANDICAPS} | KEEP_MEMORY


def cpu():
    """The processor's name, with its family and model where they tell more, as virtual machines hide the name."""
    with open("/proc/cpuinfo") as f:
        info = dict(re.findall(r"^(model name|cpu family|model)\s*:\s*(.*)$", f.read().split("\n\n")[0], re.M))
    return f"{info.get('model name', 'unknown')}, family {info.get('cpu family', '?')}, model {info.get('model', '?')}"


def openblas():
    """The kernel that this process's OpenBLAS chose and its version; numpy or PyTorch has to be loaded."""
    with open("/proc/self/maps") as f:
        libraries = sorted({line.split()[-1] for line in f if "openblas" in line})
    for path in libraries:
        library = ctypes.CDLL(path)
        for suffix in ("", "64_"):
            try:
                core, config = getattr(library, "openblas_get_corename" + suffix), getattr(library, "openblas_get_config" + suffix)
            except AttributeError:
                continue
            core.restype = config.restype = ctypes.c_char_p
            return f"{config().decode().split(' NO_')[0].split(' DYNAMIC')[0]}, kernel {core().decode()}"
    return "no OpenBLAS"


def libraries():
    """PyTorch's, oneDNN's and OpenBLAS's versions, and the kernel of the last, as one line."""
    import torch
    torch.mm(torch.ones(64, 64), torch.ones(64, 64))
    dnn = re.search(r"MKL-?DNN v?([\d.]+)", torch.__config__.show())
    return f"PyTorch {torch.__version__}, oneDNN {dnn[1] if dnn else 'of the distribution'}, {openblas()}"


def described():
    """Machine and libraries of a comparison, as the lines that stand above its table."""
    said = subprocess.run([sys.executable, os.path.abspath(__file__)], env=environment(), stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    cleared = [k for k in HANDICAPS if k in os.environ]
    return f"CPU: {cpu()}.\nPeer: {said}" + (f"; {' and '.join(cleared)} cleared for it" if cleared else "") + "; glibc keeps its memory, in huge pages."


if __name__ == "__main__":
    print(libraries())
