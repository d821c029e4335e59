"""Measures Sparsify against SciPy, NumPy and gzip, in one run on one machine; `make bench` runs it.

Prints a Markdown table. Models and outputs are kept in work/ (about 1.5 GB).
"""

import glob
import gzip
import json
import os
import platform
import shutil
import subprocess
import sys
import zlib

import models
from measure import Table, alternate, median, run

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = os.path.join(HERE, "work")
SPARSIFY = os.environ.get("SPARSIFY", os.path.join(HERE, "..", ".build", "release", "sparsify"))
DECODE = os.path.join(HERE, ".build", "release", "decode-benchmark")
PEER = os.path.join(HERE, "peer_scipy.py")


def work(name):
    return os.path.join(WORK, name)


def inspect(path):
    output = subprocess.run([SPARSIFY, "inspect", path, "--json"], capture_output=True, check=True).stdout
    return json.loads(output)


def pruning(table, vgg):
    """The main job on VGG16 at 0.8, whole processes by turns."""
    ours = [SPARSIFY, vgg, work("vgg16.spm"), "--sparsity", "0.8", "--force", "--quiet"]
    theirs = [sys.executable, PEER, "prune", vgg, work("vgg16.zip"), "0.8"]
    run(ours)
    mine, peers = alternate(ours, theirs, 3)
    seconds, peer_seconds = median([s for s, _ in mine]), median([s for s, _ in peers])
    peak, peer_peak = max(m for _, m in mine), max(m for _, m in peers)
    size, peer_size = os.path.getsize(work("vgg16.spm")), os.path.getsize(work("vgg16.zip"))
    ratio = median([p / m for (m, _), (p, _) in zip(mine, peers)])
    table.add(
        "VGG16 at 0.8, h5 to spm: time", f"{seconds:.2f} s against {peer_seconds:.1f} s: {ratio:.1f}x faster",
        ">= 15x", ratio >= 15)
    table.add(
        "its peak memory", f"{peak / 1e6:.0f} MB against {peer_peak / 1e6:.0f} MB", "<= 256 MB", peak <= 256e6)
    table.add(
        "its file", f"{size / 1e6:.1f} MB against {peer_size / 1e6:.1f} MB: {size / peer_size:.3f}", "<= 0.80",
        size <= 0.8 * peer_size)


def decoding(table):
    """The same model back to dense arrays, in the process, files in the page cache."""
    if not os.path.exists(DECODE):
        table.add("decoding to dense arrays", "decode-benchmark is not built", ">= 5x", False)
        return
    ratios, ours, transposes = [], [], []
    for _ in range(5):
        result = json.loads(subprocess.run([DECODE, work("vgg16.spm")], capture_output=True, check=True).stdout)
        peer = float(subprocess.run([sys.executable, PEER, "load", work("vgg16.zip")], capture_output=True, check=True).stdout)
        ratios.append(peer / result["dense"])
        ours.append(result["dense"])
        transposes.append(result["transpose"] / result["csr"])
    table.add(
        "VGG16 at 0.8, spm to dense arrays", f"{median(ours):.2f} s: {median(ratios):.1f}x SciPy's load_npz + toarray",
        ">= 5x", median(ratios) >= 5)
    table.add(
        "CSR turned output-major, against decoding it", f"{median(transposes):.2f} of the time", "< 1",
        median(transposes) < 1)


def index(table):
    """Bytes of the index against log2 C(n, k), random masks."""
    for count in (100_000, 1_000_000, 4096 * 4096):
        ratios = {}
        for sparsity in (0.5, 0.7, 0.8, 0.9, 0.95, 0.98):
            source = models.random_mask(work("mask.h5"), count, sparsity)
            run([SPARSIFY, "convert", source, work("mask.spm"), "--force", "--quiet"])
            (tensor,) = inspect(work("mask.spm"))["tensors"]
            ratios[sparsity] = (tensor["indexBytes"] + tensor["overheadBytes"]) * 8 / tensor["indexBoundBits"]
        text = ", ".join(f"{s}: {r:.4f}" for s, r in ratios.items())
        table.add(
            f"index and headers over log2 C(n,k), {count:,} elements", text, "<= 1.02", max(ratios.values()) <= 1.02)


def values(table):
    """Bytes of the kept values of trained float32, tensors of a million kept values and more."""
    source = models.minilm(work("minilm.h5"))
    for sparsity in ("0", "0.5", "0.8"):
        run([SPARSIFY, source, work("minilm.spm"), "--sparsity", sparsity, "--force", "--quiet"])
        large = [t for t in inspect(work("minilm.spm"))["tensors"] if t["nonzeros"] >= 1_000_000]
        share = max(t["valueBytes"] / (4 * t["nonzeros"]) for t in large)
        table.add(
            f"values over raw, trained float32 (MiniLM, sparsity {sparsity}, {len(large)} tensors)", f"{share:.3f} at worst",
            "<= 0.80", share <= 0.8)
    run([SPARSIFY, source, work("minilm.spm"), "--sparsity", "0.8", "--force", "--quiet"])
    size = os.path.getsize(work("minilm.spm"))
    table.add("MiniLM at 0.8, whole file", f"{size / 1e6:.2f} MB of {os.path.getsize(source) / 1e6:.1f}", "-", True)


def against_gzip(table, sources):
    """Whole files against gzip -6 of the same file pruned but dense."""
    worst, count = (0, ""), 0
    for source in sources:
        if os.path.getsize(source) <= 65536:
            continue
        for sparsity in ("0", "0.3", "0.5", "0.7", "0.9", "0.99", "1"):
            for target in ("gzip.spm", "gzip.h5"):
                run([SPARSIFY, source, work(target), "--sparsity", sparsity, "--force", "--quiet"])
            with open(work("gzip.h5"), "rb") as dense, gzip.open(work("gzip.gz"), "wb", 6) as packed:
                shutil.copyfileobj(dense, packed)
            ratio = os.path.getsize(work("gzip.spm")) / os.path.getsize(work("gzip.gz"))
            worst = max(worst, (ratio, f"{os.path.basename(source)} at {sparsity}"))
            count += 1
    table.add(
        f"whole file over gzip -6 of the zeroed dense file, {count} cases", f"{worst[0]:.3f} at worst ({worst[1]})",
        "<= 1", worst[0] <= 1)


def start(table):
    seconds = median([run([SPARSIFY, "--help"])[0] for _ in range(20)])
    table.add("sparsify --help", f"{seconds * 1000:.0f} ms", "< 50 ms", seconds < 0.05)


def machine():
    import h5py
    import numpy
    import scipy

    with open("/proc/cpuinfo") as file:
        name = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
    return (
        f"{name}, {os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()}, "
        f"NumPy {numpy.__version__}, SciPy {scipy.__version__}, h5py {h5py.__version__}, zlib {zlib.ZLIB_RUNTIME_VERSION}")


def main():
    os.makedirs(WORK, exist_ok=True)
    table = Table()
    vgg = models.keras_application(work("vgg16.h5"), "VGG16")
    mobile = models.keras_application(work("mobilenetv2.h5"), "MobileNetV2")
    fixtures = sorted(glob.glob(os.path.join(HERE, "..", "fixtures", "*.h5")))
    start(table)
    pruning(table, vgg)
    decoding(table)
    index(table)
    values(table)
    against_gzip(table, fixtures + sys.argv[1:] + [mobile])
    print(f"\n{machine()}\n\n{table.markdown()}")
    if any(row[3] == "NO" for row in table.rows):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
