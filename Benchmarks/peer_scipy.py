"""The way without Sparsify: h5py and NumPy to prune, SciPy CSR and zlib -6 in a zip to store.

    python peer_scipy.py prune IN.h5 OUT.zip SPARSITY
    python peer_scipy.py load OUT.zip          prints the seconds of loading to dense arrays
"""

import io
import sys
import time
import zipfile

import h5py
import numpy as np
import scipy.sparse


def datasets(file):
    found = []
    file.visititems(lambda name, item: found.append((name, item)) if isinstance(item, h5py.Dataset) else None)
    return found


def is_weight(dataset):
    return dataset.ndim >= 2 and dataset.dtype.kind == "f"


def prune(source, target, sparsity):
    with h5py.File(source) as file:
        items = datasets(file)
        magnitudes = np.concatenate([np.abs(d[()]).ravel() for _, d in items if is_weight(d)])
        zeros = round(sparsity * magnitudes.size)
        threshold = np.partition(magnitudes, zeros - 1)[zeros - 1] if zeros else -1.0
        del magnitudes
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name, dataset in items:
                values = dataset[()]
                buffer = io.BytesIO()
                if is_weight(dataset):
                    values = np.where(np.abs(values) <= threshold, 0, values).reshape(-1, values.shape[-1])
                    scipy.sparse.save_npz(buffer, scipy.sparse.csr_matrix(values), compressed=False)
                    archive.writestr(name + ".npz", repack(buffer), zipfile.ZIP_STORED)
                else:
                    np.save(buffer, values)
                    archive.writestr(name + ".npy", buffer.getvalue())


def repack(buffer):
    """The same .npz deflated at level 6, as `save_npz` does by default."""
    result = io.BytesIO()
    with zipfile.ZipFile(buffer) as source:
        with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
            for name in source.namelist():
                target.writestr(name, source.read(name))
    return result.getvalue()


def load(path):
    start = time.perf_counter()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            content = io.BytesIO(archive.read(name))
            if name.endswith(".npz"):
                scipy.sparse.load_npz(content).toarray()
            else:
                np.load(content)
    return time.perf_counter() - start


if __name__ == "__main__":
    if sys.argv[1] == "prune":
        prune(sys.argv[2], sys.argv[3], float(sys.argv[4]))
    else:
        load(sys.argv[2])
        print(min(load(sys.argv[2]) for _ in range(3)))
