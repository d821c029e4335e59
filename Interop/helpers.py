"""Runs `sparsify`, and compares HDF5 files and arrays."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess

import h5py
import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
SPARSIFY = os.environ.get("SPARSIFY", ROOT / ".build/release/sparsify")


def sparsify(*arguments, status=0):
    """Runs the command, expects this exit status, and returns what it printed."""
    done = subprocess.run([str(x) for x in (SPARSIFY, *arguments)], capture_output=True, text=True)
    assert done.returncode == status, f"{done.args} exited with {done.returncode}\n{done.stderr}{done.stdout}"
    return done.stdout


@contextlib.contextmanager
def computed_by_tensorflow():
    """Skips the test where TensorFlow has no code for this processor, as for dilated transposed convolutions."""
    try:
        yield
    except Exception as error:
        if "CPU implementations do not yet support" not in str(error):
            raise
        pytest.skip("TensorFlow does not compute this on this processor")


def prune(source, target, sparsity, *options):
    """The report on a pruned file."""
    return json.loads(sparsify(source, target, "--sparsity", sparsity, "--json", *options))


def convert(source, target, *options):
    sparsify("convert", source, target, "--quiet", *options)
    return target


def inspect(path):
    return json.loads(sparsify("inspect", path, "--json"))


def prunable_names(path):
    """Names of the tensors that may be pruned, in the order in which ties are broken."""
    return [tensor["name"] for tensor in inspect(path)["tensors"] if tensor["prunable"]]


# Arrays


def bits(array):
    """The same bytes as unsigned integers: NaN, -0.0 and opaque elements compare like any other."""
    array = np.ascontiguousarray(array)
    return array.view(f"u{array.dtype.itemsize}") if array.dtype.itemsize in (1, 2, 4, 8) else array


def read(path, name):
    with h5py.File(path) as file:
        return file[name][()]


def numbers(array):
    """Values as numbers: Keras stores bfloat16 as two opaque bytes."""
    array = np.asarray(array)
    if array.dtype == np.dtype("V2"):
        return (array.view("u2").astype("u4") << 16).view("f4")
    return array


def expected_masks(tensors, sparsity, scope="global", min_keep=1):
    """Which elements survive, by NumPy: a stable sort of all magnitudes, the smallest first to go."""
    magnitudes = [np.abs(numbers(tensor).astype("f8")).ravel() for tensor in tensors]
    if scope == "layer":
        return [expected_masks([tensor], sparsity, min_keep=min_keep)[0] for tensor in tensors]
    safe, start = [], 0
    for magnitude in magnitudes:
        safe.append(start + np.argsort(magnitude, kind="stable")[max(0, magnitude.size - min_keep) :])
        start += magnitude.size
    may_go = np.ones(start, bool)
    may_go[np.concatenate(safe)] = False
    order = np.argsort(np.concatenate(magnitudes), kind="stable")
    order = order[may_go[order]]
    kept = np.ones(start, bool)
    kept[order[: round(sparsity * start)]] = False
    pieces = np.split(kept, np.cumsum([magnitude.size for magnitude in magnitudes])[:-1])
    return [piece.reshape(np.shape(tensor)) for piece, tensor in zip(pieces, tensors)]


def assert_pruned(source, pruned, names, sparsity, scope="global"):
    """The tensors in `names` are masked just as NumPy would; what was kept has not changed in a bit."""
    before = [read(source, name) for name in names]
    masks = expected_masks(before, sparsity, scope)
    zeros = 0
    for name, old, mask in zip(names, before, masks):
        new = bits(read(pruned, name))
        np.testing.assert_array_equal(new, np.where(mask, bits(old), 0), err_msg=name)
        zeros += np.count_nonzero(~mask)
    return zeros


# HDF5 files


def h5diff(left, right):
    """What HDF5's own tool finds different."""
    assert shutil.which("h5diff"), "h5diff is missing: apt-get install hdf5-tools"
    done = subprocess.run(["h5diff", str(left), str(right)], capture_output=True, text=True)
    return (done.stdout + done.stderr).strip() or (f"exit status {done.returncode}" if done.returncode else "")


def tensor_paths(path):
    """Paths of all datasets, aliases left out."""
    found = []
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
    return found


def assert_same_file(left, right, pruned=()):
    """The same tree: objects, links, attributes, types, storage, and values but for datasets in `pruned`."""
    with h5py.File(left) as a, h5py.File(right) as b:
        _same_object("/", a, b, {}, {}, set(pruned))


def _names(iterate):
    names = []
    iterate(lambda name, *_: names.append(name.decode()))
    return names


def _link_names(group):
    tracked = group.id.get_create_plist().get_link_creation_order() & h5py.h5p.CRT_ORDER_TRACKED
    index = h5py.h5.INDEX_CRT_ORDER if tracked else h5py.h5.INDEX_NAME
    return _names(lambda visit: group.id.links.iterate(visit, idx_type=index, order=h5py.h5.ITER_INC))


def _attribute_names(item):
    names = []
    tracked = _remembers_attributes(item)
    index = h5py.h5.INDEX_CRT_ORDER if tracked else h5py.h5.INDEX_NAME
    h5py.h5a.iterate(item.id, lambda name, *_: names.append(name.decode()), index_type=index)
    return names


def _remembers_attributes(item):
    if isinstance(item, h5py.Datatype):
        return False
    return bool(item.id.get_create_plist().get_attr_creation_order() & h5py.h5p.CRT_ORDER_TRACKED)


def _same_object(path, a, b, seen_a, seen_b, pruned):
    assert type(a) is type(b), path
    # A file object stands for its root group.
    address_a, address_b = h5py.h5o.get_info(a.id).addr, h5py.h5o.get_info(b.id).addr
    assert seen_a.get(address_a) == seen_b.get(address_b), f"{path}: hard links differ"
    if address_a in seen_a:
        return
    seen_a[address_a] = seen_b[address_b] = path

    _same_attributes(path, a, b)
    if isinstance(a, h5py.Datatype):
        assert a.id == b.id, f"{path}: type"
    elif isinstance(a, h5py.Dataset):
        _same_dataset(path, a, b, values=path.lstrip("/") not in pruned)
    else:
        tracked = [x.id.get_create_plist().get_link_creation_order() for x in (a, b)]
        assert tracked[0] == tracked[1], f"{path}: creation order of links"
        assert _link_names(a) == _link_names(b), f"{path}: links"
        for name in a:
            _same_object(f"{path.rstrip('/')}/{name}", a[name], b[name], seen_a, seen_b, pruned)


def _same_attributes(path, a, b):
    assert _remembers_attributes(a) == _remembers_attributes(b), f"{path}: creation order of attributes"
    assert _attribute_names(a) == _attribute_names(b), f"{path}: attributes"
    for name in a.attrs:
        where = f"{path}: attribute {name}"
        one, other = a.attrs.get_id(name), b.attrs.get_id(name)
        assert one.get_type() == other.get_type(), f"{where}: type"
        assert one.get_space().get_simple_extent_type() == other.get_space().get_simple_extent_type(), where
        assert one.shape == other.shape, f"{where}: shape"
        assert _comparable(a.attrs[name]) == _comparable(b.attrs[name]), f"{where}: value"


def _same_dataset(path, a, b, values):
    assert a.id.get_type() == b.id.get_type(), f"{path}: type"
    assert (a.shape, a.maxshape, a.chunks) == (b.shape, b.maxshape, b.chunks), f"{path}: shape"
    lists = [x.id.get_create_plist() for x in (a, b)]
    assert lists[0].get_layout() == lists[1].get_layout(), f"{path}: layout"
    filters = [[p.get_filter(i) for i in range(p.get_nfilters())] for p in lists]
    assert filters[0] == filters[1], f"{path}: filters"
    if a.shape is not None and h5py.check_string_dtype(a.dtype) is None:
        assert np.asarray(a.fillvalue).tobytes() == np.asarray(b.fillvalue).tobytes(), f"{path}: fill value"
    if values:
        assert _comparable(a[()]) == _comparable(b[()]), f"{path}: values"


def _comparable(value):
    if isinstance(value, h5py.Empty):
        return "empty"
    array = np.asarray(value)
    if array.dtype == object:
        return [_comparable(x) if isinstance(x, np.ndarray) else x for x in array.ravel().tolist()]
    return array.dtype.str, array.shape, array.tobytes()
