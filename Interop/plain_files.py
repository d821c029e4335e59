"""HDF5 files that no Keras wrote: every way of storing numbers, and data that are no weights. Each entry of `FILES`
writes one."""

import h5py
import numpy as np


def normal(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def filters(path):
    with h5py.File(path, "w") as file:
        options = {"compression": "gzip", "compression_opts": 4, "shuffle": True, "fletcher32": True}
        file.create_dataset("all", data=normal(50, 70).astype("f4"), chunks=(16, 32), **options)
        file.create_dataset("deflate", data=normal(40, 40), chunks=(40, 7), compression="gzip")
        file.create_dataset("chunked", data=normal(33, 5).astype("f2"), chunks=(8, 5))
        file.create_dataset("growing", data=normal(12, 6), maxshape=(None, 6), chunks=(5, 6))
        file.create_dataset("rows", data=normal(9), maxshape=(20,), chunks=(4,))


def compact(path):
    with h5py.File(path, "w") as file:
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_layout(h5py.h5d.COMPACT)
        values = normal(6, 7)
        space = h5py.h5s.create_simple(values.shape)
        made = h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F64LE, space, properties)
        made.write(h5py.h5s.ALL, h5py.h5s.ALL, values)


def byte_orders(path):
    with h5py.File(path, "w") as file:
        for kind in ("f2", "f4", "f8", "i2", "u4", "i8"):
            for order in "<>":
                file[f"{'little' if order == '<' else 'big'}/{kind}"] = (100 * normal(20, 30)).astype(order + kind)


def integers(path):
    with h5py.File(path, "w") as file:
        for kind in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"):
            limits = np.iinfo(kind)
            file[kind] = np.array([[limits.min, limits.max, 0], [1, 2, 3]], kind)
        file["flags"] = np.array([[True, False], [False, True]])
        file["weights"] = normal(8, 8).astype("f4")


def shapes(path):
    with h5py.File(path, "w") as file:
        file["scalar"] = np.float32(1.5)
        file["empty"] = np.zeros((0, 4), "f4")
        file["null"] = h5py.Empty("f4")
        file["rank5"] = normal(2, 3, 1, 4, 5).astype("f4")
        file["wide"] = normal(1, 5000).astype("f4")
        file.create_dataset("filled", data=normal(3, 3), fillvalue=7.0)
        file.create_dataset("never_written", (4, 4), "f4", fillvalue=-1.0)


def special_values(path):
    with h5py.File(path, "w") as file:
        values = normal(30, 30).astype("f4")
        values[0, :4] = np.inf, -np.inf, np.nan, -0.0
        values[1] = np.array([0x7FC00001, 0xFFC12345, 0x7F800001, 1, 0x80000001], "u4").view("f4").repeat(6)
        file["special"] = values


def attributes(path):
    with h5py.File(path, "w") as file:
        file["weights"] = normal(8, 8).astype("f4")
        for item in (file, file.create_group("group"), file["weights"]):
            write = item.attrs.create
            write("variable_utf8", "größer", dtype=h5py.string_dtype())
            write("variable_ascii", "plain", dtype=h5py.string_dtype("ascii"))
            write("fixed_utf8", "größer".encode(), dtype=h5py.string_dtype("utf-8", 12))
            write("fixed_ascii", b"plain", dtype=h5py.string_dtype("ascii", 9))
            write("variable_strings", ["a", "", "ccc"], dtype=h5py.string_dtype())
            write("fixed_strings", np.array([b"a", b"bb"]))
            write("no_strings", np.zeros(0), dtype="f8")
            write("null", h5py.Empty("f4"))
            write("null_string", h5py.Empty(h5py.string_dtype()))
            write("flag", True)
            write("matrix", normal(3, 2).astype(">f4"))
            write("enumeration", 1, dtype=h5py.enum_dtype({"RED": 0, "GREEN": 1}, "u1"))
            pair = np.dtype([("x", "<f4"), ("y", "<i8"), ("z", "S3"), ("grid", "<f2", (2, 2))])
            write("compound", np.array([(1, 2, b"abc", np.eye(2)), (3, 4, b"d", np.zeros((2, 2)))], pair))
            write("lists", np.array([np.arange(3), np.arange(1)], object), dtype=h5py.vlen_dtype("i4"))
            write("opaque", np.void(b"\x01\x02\x03"))
            write("long_text", "x" * 100_000, dtype=h5py.string_dtype())


def other_data(path):
    with h5py.File(path, "w") as file:
        file["weights"] = normal(8, 8).astype("f4")
        file["text"] = "a dataset of one string"
        file["words"] = np.array(["one", "two", "drei", "größer"], h5py.string_dtype())
        file["fixed_words"] = np.array([b"one", b"two"])
        file["records"] = np.zeros(5, np.dtype([("x", "<f4"), ("y", "<i2")]))
        file["colours"] = np.array([0, 1, 1]).astype(h5py.enum_dtype({"RED": 0, "GREEN": 1}, "u1"))
        lists = file.create_dataset("lists", (3,), h5py.vlen_dtype("f4"))
        for i in range(3):
            lists[i] = np.arange(i, dtype="f4")
        file["named"] = np.dtype("<f8")


def ordered(path):
    with h5py.File(path, "w", track_order=True) as file:
        for name in ("zebra", "apple", "mango"):
            group = file.create_group(name, track_order=True)
            for attribute in ("z", "a", "m"):
                group.attrs[attribute] = attribute
            group.create_dataset("kernel", data=normal(6, 9).astype("f4"), track_order=True)


def hard_links(path):
    with h5py.File(path, "w") as file:
        file["a/kernel"] = normal(30, 20).astype("f4")
        file["b/same_kernel"] = file["a/kernel"]
        file["c"] = file["a"]
        file["d/other"] = normal(20, 20).astype("f4")


def latest(path):
    with h5py.File(path, "w", libver="latest") as file:
        file["a/kernel"] = normal(30, 20).astype("f4")
        file.create_dataset("chunked", data=normal(64, 64), chunks=(16, 16), compression="gzip")
        file.create_dataset("growing", data=normal(20, 6), maxshape=(None, None), chunks=(8, 4))
        file["a"].attrs["text"] = "text"


def user_block(path):
    with h5py.File(path, "w", userblock_size=512) as file:
        file["kernel"] = normal(30, 20).astype("f4")


FILES = {
    write.__name__: write
    for write in (
        filters,
        compact,
        byte_orders,
        integers,
        shapes,
        special_values,
        attributes,
        other_data,
        ordered,
        hard_links,
        latest,
        user_block,
    )
}
