"""Measures `sparsify` against the peers and prints one table. `make bench` runs it.

    bench.py [--models DIR]... [--runs N] [--only NAME]...

Imports nothing heavy: a process that is started inherits, in Linux's books, the peak memory of the one that starts it.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
import zlib

import sparse_bars

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = HERE / "work"
FIXTURES = ROOT / "fixtures"
SPARSIFY = pathlib.Path(os.environ.get("SPARSIFY", ROOT / ".build/release/sparsify")).resolve()
DECODER = HERE / ".build/release/decode-benchmark"
RUNNER = HERE / ".build/release/inference-benchmark"
PEER = HERE / "peer_scipy.py"
NETWORKS = HERE / "peer_inference.py"
TRAINING_PEER = HERE / "peer_training.py"
GRADIENTS = HERE / ".build/release/gradient-benchmark"
GRADIENT_PEER = HERE / "peer_gradient.py"
SIZES_AT = [0, 0.3, 0.5, 0.7, 0.9, 0.99, 1]
MEBI = 1 << 20


class Failed(Exception):
    pass


def measure(*command):
    """Seconds and peak memory in bytes of a process, from start to end; and what it printed."""
    start = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(f"{' '.join(map(str, command))}: exit status {process.returncode}\n{errors.decode()}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return seconds, peak, output.decode()


def sparsify(*arguments):
    return measure(SPARSIFY, *arguments)


def prune(source, target, sparsity):
    return sparsify(source, target, "--sparsity", sparsity, "--quiet", "--force")


def inspect(path):
    return json.loads(sparsify("inspect", path, "--json")[2])


def made(what, name=None):
    """An input of the benchmark, made on first use."""
    path = WORK / f"{name or what}.h5"
    if not path.exists():
        note(f"making {path.name}")
        measure(sys.executable, HERE / "make_inputs.py", what, path)
    return path


def note(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def read_once(path):
    """Brings a file into the page cache, so that the first run is not the only one that waits for the disk."""
    with open(path, "rb") as file:
        while file.read(MEBI):
            pass


def row(bar, measured, target, passed):
    return bar, measured, target, {True: "pass", False: "FAIL", None: "-"}[passed]


def alternate(runs, peer, ours):
    """Both in turns, so that whatever else the machine does meets both."""
    results = [], []
    for _ in range(runs):
        results[0].append(peer())
        results[1].append(ours())
    return results


# The bars


def pruning(options):
    """VGG16 at 0.8: time, memory, size."""
    source, theirs, ours = made("vgg16"), WORK / "vgg16.zip", WORK / "vgg16.spm"
    read_once(source)
    peers, mine = alternate(
        options.runs,
        lambda: measure(sys.executable, PEER, "prune", source, theirs, 0.8),
        lambda: prune(source, ours, 0.8),
    )
    slow, fast = (statistics.median(seconds for seconds, _, _ in runs) for runs in (peers, mine))
    much, little = (max(peak for _, peak, _ in runs) / 1e6 for runs in (peers, mine))
    large, small = theirs.stat().st_size, ours.stat().st_size
    times = f"{fast:.2f} s against {slow:.1f} s: {slow / fast:.1f}x"
    yield row("VGG16 at 0.8 to `.spm`: faster than SciPy", times, ">= 15x", slow / fast >= 15)
    yield row("- peak memory", f"{little:.0f} MB against {much:.0f} MB", "<= 256 MB", little <= 256)
    sizes = f"{small:,} against {large:,} bytes: {small / large:.3f}"
    yield row("- size", sizes, "<= 0.80", small / large <= 0.8)


def index(_):
    """Random masks: bytes of the index, headers of chunks included, over log2 C(n, k)."""
    for elements in (100_000, 1_000_000, 4096 * 4096):
        target = WORK / "masks.spm"
        sparsify("convert", made(f"masks:{elements}", f"masks_{elements}"), target, "--quiet", "--force")
        ratios = {
            tensor["name"].removeprefix("sparsity_"): 8
            * (tensor["indexBytes"] + tensor["overheadBytes"])
            / tensor["indexBoundBits"]
            for tensor in inspect(target)["tensors"]
        }
        text = ", ".join(f"{ratio:.4f} at {sparsity}" for sparsity, ratio in sorted(ratios.items()))
        bar = f"Index over log2 C(n, k), random masks, n = {elements:,}"
        yield row(bar, text, "<= 1.02", max(ratios.values()) <= 1.02)


def values(_):
    """Trained weights: bytes of the values over the raw bytes of those that were kept, where that is a million or
    more: all together, and in any one tensor."""
    for sparsity in (0, 0.5, 0.8, 0.9):
        target = WORK / "minilm.spm"
        prune(made("minilm"), target, sparsity)
        tensors = inspect(target)["tensors"]
        large = [tensor for tensor in tensors if tensor["nonzeros"] >= 1_000_000]
        ratio = share(tensors)
        worst = max([share([tensor]) for tensor in large], default=ratio)
        text = f"{ratio:.4f}, of {len(large)} large tensors {worst:.4f} at worst"
        bar = f"Values over raw float32, MiniLM (trained) at {sparsity}"
        if sparsity == 0:  # the bar is on what pruning keeps
            yield row(bar, text, "", None)
        else:
            yield row(bar, text, "<= 0.80", max(ratio, worst) <= 0.8)


def share(tensors):
    return sum(tensor["valueBytes"] for tensor in tensors) / (4 * sum(tensor["nonzeros"] for tensor in tensors))


def sizes(options):
    """Whole files: .spm against gzip -6 of the same weights with zeros."""
    models = [*FIXTURES.glob("*.h5"), made("mobilenetv2"), made("resnet50"), made("vgg16"), made("minilm")]
    for folder in options.models:
        models += [path for path in folder.iterdir() if path.suffix in (".h5", ".hdf5")]
    worst, count, larger = (0, ""), 0, []
    for model in sorted(models):
        if model.stat().st_size <= 1 << 16:
            continue
        for sparsity in SIZES_AT:
            try:
                ratio = size_ratio(model, sparsity)
            except Failed as failure:
                note(f"{model.name} at {sparsity} left out: {failure}")
                continue
            note(f"{model.name} at {sparsity}: {ratio:.4f} of gzip -6")
            count += 1
            worst = max(worst, (ratio, f"{model.name} at {sparsity}"))
            if ratio > 1:
                larger.append(f"{model.name} at {sparsity}")
    text = f"{count} files, at worst {worst[0]:.4f} ({worst[1]})" + (f"; larger: {', '.join(larger)}" if larger else "")
    yield row("`.spm` over gzip -6 of the zeroed source", text, "<= 1", not larger)


def size_ratio(model, sparsity):
    """Both sides come from the same command, so that both keep or drop the state of an optimizer."""
    compact, zeroed = WORK / "sizes.spm", WORK / "sizes.h5"
    prune(model, compact, sparsity)
    if sparsity > 0:
        prune(model, zeroed, sparsity)
        gzipped = gzip_size(zeroed)
        zeroed.unlink()
    else:
        gzipped = gzip_size(model)
    return compact.stat().st_size / gzipped


def gzip_size(path):
    """What `gzip -6` makes of a file, name and all."""
    stream = zlib.compressobj(6, zlib.DEFLATED, 31)
    size = len(path.name) + 1
    with open(path, "rb") as file:
        while block := file.read(MEBI):
            size += len(stream.compress(block))
    return size + len(stream.flush())


def decoding(options):
    """VGG16 at 0.8, from file to dense arrays."""
    if not DECODER.exists():
        yield row("Decoding: faster than SciPy", "decode-benchmark is not built", ">= 5x", None)
        return
    theirs, ours = WORK / "vgg16.zip", WORK / "vgg16.spm"
    if not theirs.exists():
        measure(sys.executable, PEER, "prune", made("vgg16"), theirs, 0.8)
    prune(made("vgg16"), ours, 0.8)
    read_once(theirs)
    read_once(ours)
    peers, mine = alternate(
        options.runs,
        lambda: float(measure(sys.executable, PEER, "decode", theirs)[2]),
        lambda: json.loads(measure(DECODER, ours)[2]),
    )
    slow, fast = statistics.median(peers), statistics.median(run["dense"] for run in mine)
    text = f"{fast:.3f} s against {slow:.2f} s: {slow / fast:.1f}x ({mine[0]['threads']} threads)"
    yield row("Decoding VGG16 at 0.8 to dense arrays: faster than SciPy", text, ">= 5x", slow / fast >= 5)
    for key, what in (("csr", "Decoding its matrices to CSR"), ("transpose", "Turning them output-major")):
        if key in mine[0]:
            seconds = statistics.median(run[key] for run in mine)
            yield row(f"- {what}", f"{seconds:.3f} s", "", None)


def inference(options):
    """Dense networks, a batch at a time in one process: milliseconds against Keras and ONNX Runtime, and memory."""
    if not RUNNER.exists():
        yield row("Inference", "inference-benchmark is not built", "", None)
        return
    for name in ("ResNet50", "MobileNetV2", "lstm"):
        model, graph = network(name)
        peaks = {}
        for batch in (1, 16):
            for threads in (2, 1):
                runs = 2000 if name == "lstm" else 60 if batch == 1 else 9
                arguments = batch, threads, runs
                sides = {
                    "ours": lambda: measure(RUNNER, model, *arguments),
                    "onnx": lambda: measure(sys.executable, NETWORKS, "onnx", graph, *arguments),
                    "keras": lambda: measure(sys.executable, NETWORKS, "keras", model, batch, threads, min(runs, 15)),
                }
                times = {side: [] for side in sides}
                for _ in range(options.runs):
                    for side, run in sides.items():
                        _, peak, output = run()
                        times[side].append(json.loads(output)["milliseconds"] if side == "ours" else float(output))
                        peaks[side, batch] = max(peaks.get((side, batch), 0), peak)
                ours, onnx, keras = (statistics.median(times[side]) for side in ("ours", "onnx", "keras"))
                text = f"{ours:.3g} ms; ONNX Runtime {onnx:.3g} ({ours / onnx:.2f}x), Keras {keras:.3g} ({ours / keras:.2f}x)"
                bar = f"{name}, batch {batch}, {threads} thread{'s' if threads > 1 else ''}"
                judged = threads == 2
                passed = ours <= 1.5 * onnx and ours <= keras if judged else None
                yield row(bar, text, "<= 1.5x, <= 1x" if judged else "", passed)
        for batch in (1, 16):
            ours, onnx = peaks["ours", batch] / 1e6, peaks["onnx", batch] / 1e6
            text = f"{ours:.0f} MB; ONNX Runtime {onnx:.0f} ({ours / onnx:.2f}x)"
            yield row(f"- peak memory of the process, batch {batch}", text, "<= 1.2x", ours <= 1.2 * onnx)


def sparse(options):
    """Sparse kernels against PyTorch, ONNX Runtime and our own dense ones."""
    bench = sys.modules[__name__]
    if not RUNNER.exists():
        yield row("Sparse inference", "inference-benchmark is not built", "", None)
        return
    yield from sparse_bars.matrices(bench)
    yield from sparse_bars.networks(bench, options)
    yield from sparse_bars.chooser(bench, options)
    yield from sparse_bars.loading(bench, options)


def gradients(options):
    """The gradient of the loss over a batch of 128, on 2 threads: milliseconds against TensorFlow's compiled function."""
    if not GRADIENTS.exists():
        yield row("Gradients", "gradient-benchmark is not built", "<= 1x", None)
        return
    for name in ("lenet5", "lenet300"):
        arguments = made(name), 128, 2, 50
        peers, mine = alternate(
            options.runs,
            lambda: json.loads(measure(sys.executable, GRADIENT_PEER, *arguments)[2])["milliseconds"],
            lambda: json.loads(measure(GRADIENTS, *arguments)[2])["milliseconds"],
        )
        theirs, ours = statistics.median(peers), statistics.median(mine)
        text = f"{ours:.3g} ms; TensorFlow {theirs:.3g} ({ours / theirs:.2f}x)"
        yield row(f"Gradient of {name}, batch 128, 2 threads", text, "<= 1x", ours <= theirs)


def training(options):
    """An epoch of 50,000 images at a batch of 128, on 2 threads: ours with a mask held, Keras dense. Ours is what two more epochs
    add to the time of the whole command."""
    images = WORK / "images.npz"
    if not images.exists():
        note(f"making {images.name}")
        measure(sys.executable, HERE / "make_inputs.py", "images", images)
    for name in ("lenet300", "lenet5"):
        model, target = made(name), WORK / "trained.spm"

        def whole(epochs):
            return sparsify(
                "prune", model, target, "--sparsity", 0.9, "--schedule", "one-shot", "--epochs", epochs, "--data", images,
                "--threads", 2, "--quiet", "--force")[0]

        def epoch():
            first = whole(1)
            return (whole(3) - first) / 2

        peers, mine = alternate(
            options.runs,
            lambda: json.loads(measure(sys.executable, TRAINING_PEER, model, images, 2, 128)[2])["seconds"], epoch)
        theirs, ours = statistics.median(peers), statistics.median(mine)
        text = f"{ours:.3g} s; Keras {theirs:.3g} ({ours / theirs:.2f}x)"
        yield row(f"Epoch of {name}, batch 128, 2 threads", text, "< 1x", ours < theirs)


def network(name):
    """The model of a network and its graph for ONNX Runtime."""
    model, graph = WORK / f"{name}.h5", WORK / f"{name}.onnx"
    if not graph.exists():
        note(f"making {model.name} and {graph.name}")
        measure(sys.executable, NETWORKS, "make", name, model, graph)
    return model, graph


def pruned(model, sparsity):
    """A model with so many zeros in each layer."""
    target = WORK / f"{model.stem}-{sparsity}.spm"
    if not target.exists():
        sparsify(model, target, "--sparsity", sparsity, "--scope", "layer", "--quiet")
    return target


def starting(_):
    seconds = statistics.median(sparsify("--help")[0] for _ in range(20))
    yield row("`sparsify --help`", f"{1000 * seconds:.1f} ms, median of 20", "< 50 ms", seconds < 0.05)


BARS = [pruning, index, values, sizes, decoding, inference, sparse, gradients, training, starting]


def machine():
    model = platform.processor() or platform.machine()
    if pathlib.Path("/proc/cpuinfo").exists():
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":")[1].strip()
                break
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "scipy", "h5py", "keras", "tensorflow-cpu", "onnxruntime"))
    return (
        f"{model}, {os.cpu_count()} cores; {platform.system()}; Python {platform.python_version()}, {packages}, "
        f"zlib {zlib.ZLIB_RUNTIME_VERSION}; {sparsify('--version')[2].strip()}"
    )


def table(rows):
    lines = ["| bar | measured | target | |", "|---|---|---|---|"]
    lines += ["| " + " | ".join(cells) + " |" for cells in rows]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=pathlib.Path, action="append", default=[], metavar="DIR",
                        help="compare the sizes of these models too")
    parser.add_argument("--runs", type=int, default=3, help="of each side; the median counts")
    parser.add_argument("--only", choices=[bar.__name__ for bar in BARS], action="append")
    options = parser.parse_args()
    WORK.mkdir(exist_ok=True)

    rows = []
    for bar in BARS:
        if options.only and bar.__name__ not in options.only:
            continue
        note(bar.__name__)
        try:
            rows += bar(options)
        except Failed as failure:
            note(str(failure))
            rows.append(row(bar.__name__, "could not be measured", "", False))
    text = f"{table(rows)}\n\n{machine()}\n"
    print(text)
    if not options.only:
        (HERE / "results.md").write_text(text)
    return any(cells[-1] == "FAIL" for cells in rows)


if __name__ == "__main__":
    sys.exit(main())
