"""Prunes a sharded safetensors model that is larger than memory is wanted to be, against `cp` of the same files.

    python3 Benchmarks/sharded.py FOLDER [--gigabytes 10] [--sparsify .build/release/sparsify] [--output out.spm]

FOLDER is made, filled with shards of a gigabyte of normal numbers (once), and takes twice its size on the disk.
"""

import argparse
import json
import pathlib
import resource
import shutil
import struct
import subprocess
import time

import numpy as np

SHARD = 1_000_000_000
SHAPE = (5000, 5000)


def make(folder, gigabytes):
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "model.safetensors.index.json"
    if index.exists():
        return index
    places = {}
    each = 4 * SHAPE[0] * SHAPE[1]
    for shard in range(gigabytes):
        name = f"model-{shard + 1:05}-of-{gigabytes:05}.safetensors"
        random = np.random.default_rng(shard)
        tensors = [f"layers.{shard}.{number}.weight" for number in range(SHARD // each)]
        header = {
            tensor: {"dtype": "F32", "shape": SHAPE, "data_offsets": [i * each, (i + 1) * each]}
            for i, tensor in enumerate(tensors)
        }
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(folder / name, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for _ in tensors:
                random.standard_normal(SHAPE, dtype="f4").tofile(file)
        places |= {tensor: name for tensor in tensors}
    size = gigabytes * (SHARD // each) * each
    index.write_text(json.dumps({"metadata": {"total_size": size}, "weight_map": places}))
    return index


def timed(*command):
    start = time.monotonic()
    subprocess.run([str(part) for part in command], check=True)
    return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--gigabytes", type=int, default=10)
    parser.add_argument("--sparsify", default=".build/release/sparsify")
    parser.add_argument("--output", default="out.spm")
    parser.add_argument("--options", default="", help="more for the command, with spaces between")
    arguments = parser.parse_args()
    index = make(arguments.folder, arguments.gigabytes)
    copy = arguments.folder / "copy"
    target = arguments.folder / "pruned" / arguments.output
    for old in (copy, target.parent):
        shutil.rmtree(old, ignore_errors=True)
        old.mkdir()
    copied = timed("sh", "-c", f"cp {arguments.folder}/model* {copy}/ && sync -f {copy}")
    shutil.rmtree(copy)
    pruned = timed(
        arguments.sparsify, index, target, "--sparsity", "0.9", "--quiet", "--max-memory", "100G",
        *arguments.options.split())
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    size = sum(file.stat().st_size for file in target.parent.iterdir())
    print(f"cp {copied:.1f} s, pruning {pruned:.1f} s: {copied / pruned:.2f} times the speed of cp")
    print(f"peak {peak / 1024:.0f} MB, {size:,} bytes written")


if __name__ == "__main__":
    main()
