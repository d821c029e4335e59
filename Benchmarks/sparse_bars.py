"""The bars of sparse inference: products of one matrix against PyTorch, whole networks against ONNX Runtime."""

import json
import statistics
import sys


def matrices(bench):
    """Products of a 2048 x 2048 matrix: a layer of `sparsify bench`, its turning of rows to columns included."""
    targets = {128: 3, 16: 1.8, 1: 1.4}
    for sparsity in (0.7, 0.8, 0.9, 0.95):
        model = bench.pruned(bench.made("matrix"), sparsity)
        for threads in (2, 1):
            report = json.loads(bench.sparsify(
                "bench", model, "--batch", "1,16,128", "--threads", threads, "--runs", 300, "--json")[2])
            for table in report["batches"]:
                batch = table["batch"]
                ours = next(layer for layer in table["layers"] if layer.get("sparsity"))["chosen"]
                peer = json.loads(bench.measure(
                    sys.executable, bench.HERE / "peer_torch.py", sparsity, batch, threads, 200)[2])
                csr, dense = peer["csr"] / ours, peer["dense"] / ours
                text = (f"{ours:.3g} ms; PyTorch CSR {peer['csr']:.3g} ({csr:.1f}x), "
                        f"dense {peer['dense']:.3g} ({dense:.1f}x)")
                judged = threads == 2
                target = f"faster{f', >= {targets[batch]}x CSR' if sparsity > 0.7 else ''}" if judged else ""
                passed = dense > 1 and (sparsity == 0.7 or csr >= targets[batch]) if judged else None
                bar = f"2048 x 2048 at {sparsity}, batch {batch}, {threads} thread{'s' if threads > 1 else ''}"
                yield bench.row(bar, text, target, passed)


def networks(bench, options):
    """Whole networks, pruned alike in every layer, against the dense graph in ONNX Runtime and our own dense run."""
    for name, sparsity, target in (
        ("ResNet50", 0.9, 3), ("VGG16", 0.9, 3), ("MobileNetV2", 0.9, 1.5), ("lenet300", 0.95, 3), ("lstm", 0.95, 3),
    ):
        model, graph = bench.network(name)
        sparse = bench.pruned(model, sparsity)
        for batch in (1, 16):
            small = name in ("lenet300", "lstm")
            runs = 2000 if small else 40 if batch == 1 else 5
            times = {"sparse": [], "dense": [], "onnx": []}
            for _ in range(options.runs):
                for kernels in ("sparse", "dense"):
                    output = bench.measure(
                        bench.RUNNER, sparse, batch, 2, runs, "auto" if kernels == "sparse" else "dense")[2]
                    times[kernels].append(json.loads(output)["milliseconds"])
                output = bench.measure(sys.executable, bench.NETWORKS, "onnx", graph, batch, 2, runs)[2]
                times["onnx"].append(float(output))
            ours, dense, onnx = (statistics.median(times[side]) for side in ("sparse", "dense", "onnx"))
            text = f"{ours:.3g} ms; ONNX Runtime dense {onnx:.3g} ({onnx / ours:.2f}x), ours dense {dense:.3g} ({dense / ours:.2f}x)"
            judged = batch == 1 or not small
            passed = onnx >= target * ours and ours <= 1.03 * dense if judged else None
            yield bench.row(
                f"{name} at {sparsity}, batch {batch}, 2 threads", text, f">= {target}x" if judged else "", passed)


def chooser(bench, options):
    """What is chosen against dense kernels alone, where there is little or nothing to gain by zeros."""
    for name in ("ResNet50", "MobileNetV2", "lenet300", "lstm"):
        model, _ = bench.network(name)
        ratios = []
        for sparsity in (0, 0.3, 0.5, 0.7):
            pruned = bench.pruned(model, sparsity)
            for batch in (1, 16):
                small = name in ("lenet300", "lstm")
                runs = 4000 if small else 60 if batch == 1 else 8
                pairs = []
                for _ in range(max(options.runs, 3)):
                    sides = [
                        json.loads(bench.measure(bench.RUNNER, pruned, batch, 2, runs, kernels)[2])["milliseconds"]
                        for kernels in ("auto", "dense")]
                    pairs.append(sides[0] / sides[1])
                ratios.append((statistics.median(pairs), sparsity, batch))
        worst = max(ratios)
        yield bench.row(
            f"{name}, chosen kernels against dense ones, 2 threads",
            f"{worst[0]:.3f}x at worst (at {worst[1]}, batch {worst[2]}); at 0.7, batch 1: {ratios[-2][0]:.2f}x",
            "<= 1.03x", worst[0] <= 1.03)


def loading(bench, options):
    """From the start of a process to the first result of VGG16 at 0.9, and the memory it takes."""
    model, graph = bench.network("VGG16")
    sparse = bench.pruned(model, 0.9)
    runs = {"sparse": [], "dense": [], "onnx": []}
    for _ in range(options.runs):
        for kernels in ("sparse", "dense"):
            runs[kernels].append(bench.measure(bench.RUNNER, sparse, 1, 2, 0, "auto" if kernels == "sparse" else "dense"))
        runs["onnx"].append(bench.measure(sys.executable, bench.NETWORKS, "load", graph, 1, 2, 0))
    ours = statistics.median(run[0] for run in runs["sparse"])
    onnx = statistics.median(float(run[2]) for run in runs["onnx"])
    yield bench.row(
        "VGG16 at 0.9, from start to first result", f"{ours:.2f} s; ONNX Runtime, dense {onnx:.2f} s ({ours / onnx:.2f}x)",
        "<= 0.5x", ours <= 0.5 * onnx)
    peak, dense = (max(run[1] for run in runs[side]) / 1e6 for side in ("sparse", "dense"))
    yield bench.row(
        "- peak memory", f"{peak:.0f} MB; with dense kernels {dense:.0f} ({peak / dense:.2f}x)", "<= 0.35x",
        peak <= 0.35 * dense)
