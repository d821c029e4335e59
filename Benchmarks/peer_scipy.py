"""The usual way to do the main job in Python: h5py, NumPy, SciPy's CSR and zlib at level 6, in a zip.

    peer_scipy.py prune MODEL.h5 OUT.zip SPARSITY    prune by magnitude over the whole model and save
    peer_scipy.py decode FILE.zip                    load to dense arrays again; prints the seconds of the best of three
"""

import io
import sys
import time
import zipfile

import h5py
import numpy as np
import scipy.sparse


def prune(source, target, sparsity):
    with h5py.File(source) as file:
        weights, others = {}, {}

        def collect(name, item):
            if isinstance(item, h5py.Dataset) and not name.startswith("optimizer_weights"):
                is_weight = item.ndim >= 2 and item.dtype.kind == "f"
                (weights if is_weight else others)[name] = item[()]

        file.visititems(collect)

    magnitudes = np.concatenate([np.abs(weight).ravel() for weight in weights.values()])
    zeros = round(sparsity * magnitudes.size)
    threshold = np.partition(magnitudes, zeros)[zeros]
    del magnitudes

    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, weight in weights.items():
            weight[np.abs(weight) < threshold] = 0
            # Kernels of convolutions as matrices: one row for each input of a filter.
            matrix = scipy.sparse.csr_matrix(weight.reshape(-1, weight.shape[-1]))
            buffer = io.BytesIO()
            scipy.sparse.save_npz(buffer, matrix)  # compressed by zlib at its default, 6
            archive.writestr(f"{name}.npz", buffer.getvalue())
        for name, array in others.items():
            buffer = io.BytesIO()
            np.save(buffer, array)
            archive.writestr(f"{name}.npy", buffer.getvalue(), zipfile.ZIP_DEFLATED, 6)


def decode(path):
    start = time.perf_counter()
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            member = io.BytesIO(archive.read(name))
            if name.endswith(".npz"):
                arrays[name] = scipy.sparse.load_npz(member).toarray()
            else:
                arrays[name] = np.load(member)
    return time.perf_counter() - start


if __name__ == "__main__":
    if sys.argv[1] == "prune":
        prune(sys.argv[2], sys.argv[3], float(sys.argv[4]))
    else:
        print(min(decode(sys.argv[2]) for _ in range(3)))
