#!/usr/bin/env python3
"""Decodes `.spm` files, version 1, in the order of `spm.md` beside it. Needs NumPy and nothing else.

    python3 spm_decode.py model.spm [--npz out.npz]

or, as a module:

    arrays = spm_decode.load("model.spm")       # names to arrays
    file = spm_decode.read("model.spm")         # metadata, tensors, entries of the tree; nothing decoded yet

bfloat16 and opaque16 come as uint16, since NumPy has no such types. Whatever breaks a rule of the format raises
`SPMError`.
"""

import argparse
import struct
import sys
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass, field

import numpy as np


class SPMError(Exception):
    """The file breaks a rule of the format, or follows a later version of it."""


def check(condition, message):
    if not condition:
        raise SPMError(message)


# 1. Conventions


class Cursor:
    """Reads numbers and bytes one after another, and never past the end."""

    def __init__(self, data):
        self.data = memoryview(data)
        self.position = 0

    @property
    def remaining(self):
        return len(self.data) - self.position

    def take(self, count):
        check(count <= self.remaining, f"{count} bytes are wanted, but {self.remaining} are left")
        self.position += count
        return bytes(self.data[self.position - count : self.position])

    def u8(self):
        return self.take(1)[0]

    def u32(self):
        return int.from_bytes(self.take(4), "little")

    def varint(self, limit=2**63 - 1):
        value = shift = 0
        while True:
            byte = self.u8()
            check(shift == 0 or byte != 0, "a varint is not in its shortest form")
            value |= (byte & 0x7F) << shift
            check(value <= limit, f"a varint is above its limit of {limit}")
            if byte < 0x80:
                return value
            shift += 7
            check(shift < 63, "a varint has more than 63 bits")

    def block(self):
        return self.take(self.varint())

    def string(self, limit=None):
        length = self.varint()
        check(limit is None or length <= limit, f"a string has {length} bytes, more than {limit}")
        try:
            return self.take(length).decode("utf-8")
        except UnicodeDecodeError as error:
            raise SPMError(f"a string is not UTF-8: {error}") from None

    def flag(self):
        value = self.u8()
        check(value <= 1, f"a flag is {value}")
        return value == 1

    def items(self, count, read):
        """`count` items of at least a byte each."""
        check(count <= self.remaining, f"{count} items cannot lie in {self.remaining} bytes")
        return [read() for _ in range(count)]

    def end(self, what):
        check(self.remaining == 0, f"{self.remaining} bytes follow {what}")


def product(extents):
    """Of all extents; that of those which are not 0 must be countable."""
    check(int(np.prod([extent or 1 for extent in extents], dtype=object)) < 2**63, f"{extents} has too many elements")
    return int(np.prod(extents, dtype=object))


def unicode_key(text):
    """Equal for strings that are canonically equivalent."""
    return unicodedata.normalize("NFD", text)


def insert_once(seen, text, what):
    key = unicode_key(text)
    check(key not in seen, f"the {what} {text!r} comes twice")
    seen.add(key)


def inflate(stored, length):
    """One zlib stream of exactly `length` bytes that takes all of `stored`."""
    try:
        stream = zlib.decompressobj()
        data = stream.decompress(stored, length + 1)
    except zlib.error as error:
        raise SPMError(f"a zlib stream is damaged: {error}") from None
    check(len(data) == length, f"a zlib stream does not decode to its {length} bytes")
    check(stream.eof, "a zlib stream does not end")
    check(not stream.unused_data and not stream.unconsumed_tail, "bytes follow a zlib stream")
    return data


# 2. The file

MAGIC = b"\x89SPM\r\n\x1a\n"
END_MARK = b"SPMEND\r\n"
PREAMBLE = struct.Struct("<8sHHIQQQQIIII")
KNOWN_FEATURES = 0
INDEX_LIMIT = 64 << 20


@dataclass
class Preamble:
    index_offset: int
    index_stored: int
    index_decoded: int
    index_checksum: int


def read_preamble(data):
    check(len(data) >= PREAMBLE.size, f"{len(data)} bytes are too few for a preamble")
    (magic, major, _, reserved, required, _, length, offset, stored, decoded, checksum, own) = PREAMBLE.unpack(
        data[: PREAMBLE.size]
    )
    check(magic == MAGIC, "the file does not begin with the signature of .spm")
    check(major == 1, f"the file is of major version {major}; 1 is known here")
    check(own == zlib.crc32(data[:60]), "the preamble does not match its checksum")
    check(reserved == 0, "the reserved field is not 0")
    check(required & ~KNOWN_FEATURES == 0, f"the file needs features that are not known here: {required:#x}")
    check(length == len(data), f"the file has {len(data)} bytes, but says {length}")
    check(1 <= stored <= decoded <= INDEX_LIMIT, f"the index says {stored} bytes stored and {decoded} decoded")
    check(offset >= PREAMBLE.size, "the index begins in the preamble")
    check(offset == length - len(END_MARK) - stored, "the index does not begin where it must")
    return Preamble(offset, stored, decoded, checksum)


def read_index(data, preamble):
    check(data.endswith(END_MARK), "the end mark is missing")
    stored = data[preamble.index_offset : preamble.index_offset + preamble.index_stored]
    check(zlib.crc32(stored) == preamble.index_checksum, "the index does not match its checksum")
    return stored if preamble.index_stored == preamble.index_decoded else inflate(stored, preamble.index_decoded)


# 3. The index

ESSENTIAL = 1


def read_sections(index):
    cursor = Cursor(index)
    sections = {}
    while cursor.remaining:
        tag = cursor.take(4)
        check(all(0x41 <= byte <= 0x5A for byte in tag), f"the tag {tag} is not four capital letters")
        flags = cursor.u8()
        check(flags & ~ESSENTIAL == 0, f"the section {tag} has unknown flags")
        check(tag not in sections, f"the section {tag} comes twice")
        sections[tag] = cursor.block()
        check(flags == 0 or tag in (b"META", b"TENS", b"TREE"), f"the essential section {tag} is not known here")
    check(b"TENS" in sections and b"TREE" in sections, "the index lacks TENS or TREE")
    return sections


# 3.1 META


def read_metadata(body):
    cursor = Cursor(body)
    result = {}
    seen = set()
    last = None
    for _ in range(cursor.varint()):
        key, value = cursor.string(), cursor.string()
        check(last is None or last < key.encode(), f"the metadata key {key!r} is out of order")
        insert_once(seen, key, "metadata key")
        last = key.encode()
        result[key] = value
    cursor.end("the metadata")
    return result


# 3.2 TENS

NAME_LIMIT = 4096
CHUNK_LIMIT = 1 << 22


@dataclass
class Chunk:
    offset: int
    stored: int
    nonzeros: int
    checksum: int
    elements: int


@dataclass
class Tensor:
    name: str
    type: str
    shape: tuple
    chunks: list = field(repr=False)

    @property
    def size(self):
        return int(np.prod(self.shape, dtype=object))

    @property
    def width(self):
        return DTYPES[self.type].itemsize

    @property
    def nonzeros(self):
        return sum(chunk.nonzeros for chunk in self.chunks)


def read_tensors(body):
    cursor = Cursor(body)
    count = cursor.varint(1 << 20)
    offset = PREAMBLE.size
    tensors = []
    seen = set()
    for _ in range(count):
        name = cursor.string(NAME_LIMIT)
        check(name and "\0" not in name, "a tensor has no name, or one with NUL")
        insert_once(seen, name, "tensor")
        code = cursor.u8()
        check(code in ELEMENT_TYPES, f"{name!r} has the unknown element type {code}")
        rank = cursor.u8()
        check(rank <= 8, f"{name!r} has rank {rank}")
        shape = tuple(cursor.varint() for _ in range(rank))
        tensor = Tensor(name, ELEMENT_TYPES[code], shape, [])
        extent = tensor.width
        for one in shape:
            extent *= one or 1
        check(extent < 2**63, f"{name!r} is too large")
        per_chunk = cursor.varint()
        elements = tensor.size
        if elements == 0:
            check(per_chunk == 0, f"{name!r} has no elements, but {per_chunk} a chunk")
            chunks = 0
        else:
            check(1 <= per_chunk <= min(elements, CHUNK_LIMIT), f"{name!r} has {per_chunk} elements a chunk")
            chunks = -(-elements // per_chunk)
        check(chunks * 6 <= cursor.remaining, f"{name!r} has more chunks than the index can hold")
        for number in range(chunks):
            stored, nonzeros, checksum = cursor.varint(2**32 - 1), cursor.varint(), cursor.u32()
            covered = min((number + 1) * per_chunk, elements) - number * per_chunk
            check(nonzeros <= covered, f"a chunk of {name!r} has {nonzeros} non-zeros among {covered} elements")
            check((nonzeros == 0) == (stored == 0), f"a chunk of {name!r} has {nonzeros} non-zeros in {stored} bytes")
            tensor.chunks.append(Chunk(offset, stored, nonzeros, checksum, covered))
            offset += stored
        tensors.append(tensor)
    cursor.end("the tensors")
    return tensors, offset


# 3.3 TREE

KINDS = ("group", "tensor", "data", "named type", "alias")


@dataclass
class Entry:
    path: str
    kind: str
    tracks_attribute_order: bool
    tracks_link_order: bool
    attributes: dict
    dataset: "Dataset" = None
    value: object = None
    type: "Type" = None
    target: str = None


@dataclass
class Tree:
    entries: list
    uses_latest_file_version: bool


def read_tree(body):
    cursor = Cursor(body)
    flags = cursor.u8()
    check(flags <= 1, "the tree has unknown flags")
    count = cursor.varint()
    check(count >= 1, "the tree has no root")
    seen, paths, groups = set(), set(), set()
    entries = []
    for number in range(count):
        path = cursor.string(NAME_LIMIT)
        check((number == 0) == (path == ""), "the first entry, and no other, is the root")
        insert_once(seen, path, "path")
        if number > 0:
            parts = path.split("/")
            check(not any(part in ("", ".", "..") for part in parts), f"the path {path!r} has an invalid component")
            check("\0" not in path, f"the path {path!r} has a NUL")
            check("/".join(parts[:-1]) in groups, f"{path!r} does not lie in a group that comes before it")
        entries.append(read_entry(cursor, path, paths))
        paths.add(path)
        if entries[-1].kind == "group":
            groups.add(path)
        check("" in groups, "the root is not a group")
    cursor.end("the tree")
    return Tree(entries, flags == 1)


def read_entry(cursor, path, paths):
    kind, flags = cursor.u8(), cursor.u8()
    check(kind < len(KINDS), f"{path!r} has the unknown kind {kind}")
    check(flags <= (3 if kind == 0 else 1), f"{path!r} has unknown flags")
    entry = Entry(path, KINDS[kind], bool(flags & 1), bool(flags & 2), {})
    if entry.kind == "tensor":
        entry.dataset = read_dataset(cursor)
    elif entry.kind == "data":
        entry.dataset = read_dataset(cursor)
        value = read_value(cursor)
        check(value.type == entry.dataset.type, f"{path!r} has data of another type than it declares")
        check(entry.dataset.fits(value.shape or ()), f"{path!r} has chunks or bounds that do not fit")
        entry.value = value.decoded()
    elif entry.kind == "named type":
        entry.type = read_type(cursor)
    elif entry.kind == "alias":
        entry.target = cursor.string(NAME_LIMIT)
        check(entry.target in paths, f"{path!r} is an alias of {entry.target!r}, which does not come before it")
    seen = set()
    for _ in range(cursor.varint()):
        name = cursor.string()
        check(name and "\0" not in name, f"an attribute of {path!r} has no name, or one with NUL")
        insert_once(seen, name, "attribute")
        entry.attributes[name] = read_value(cursor).decoded()
    return entry


@dataclass
class Dataset:
    type: "Type"
    layout: str
    chunks: tuple = None
    filters: tuple = ()
    bounds: tuple = None
    fill: bytes = None

    def fits(self, shape):
        if self.chunks is not None and len(self.chunks) != len(shape):
            return False
        if self.bounds is None:
            return True
        return len(self.bounds) == len(shape) and all(b is None or b >= e for b, e in zip(self.bounds, shape))


def read_extents(cursor):
    return tuple(cursor.items(cursor.varint(32), cursor.varint))


def read_filter(cursor):
    code = cursor.u8()
    if code == 1:
        level = cursor.u8()
        check(level <= 9, f"a filter has the deflate level {level}")
        return ("deflate", level)
    check(code in (2, 3), f"the filter {code} is not known")
    return ("shuffle",) if code == 2 else ("fletcher32",)


def read_dataset(cursor):
    dataset = Dataset(read_type(cursor), "contiguous")
    layout = cursor.u8()
    check(layout <= 2, f"the layout {layout} is not known")
    dataset.layout = ("contiguous", "compact", "chunked")[layout]
    if layout == 2:
        dataset.chunks = read_extents(cursor)
        check(dataset.chunks and all(dataset.chunks), "a dataset has chunks of rank 0 or without elements")
        dataset.filters = tuple(cursor.items(cursor.varint(32), lambda: read_filter(cursor)))
    if cursor.flag():
        dataset.bounds = tuple(bound - 1 if bound else None for bound in read_extents(cursor))
    if cursor.flag():
        dataset.fill = cursor.block()
        check(len(dataset.fill) == dataset.type.size, "a fill value has another size than its type")
    return dataset


@dataclass
class Value:
    type: "Type"
    shape: tuple  # None: null
    payload: object  # bytes, or a list of bytes and None

    def decoded(self):
        """None, text, a number, or an array of such; bytes where the type says no more."""
        if self.shape is None:
            return None
        if isinstance(self.payload, bytes):
            array = np.frombuffer(self.payload, self.type.dtype())
            if self.type.code == 4:
                array = np.array([self.type.text(bytes(item)) for item in self.parts()], object)
            shape = self.shape + array.shape[1:]  # those of an array type come after those of the value
        else:
            base = self.type.base
            array = np.empty(len(self.payload), object)
            for place, block in enumerate(self.payload):
                if block is not None:
                    array[place] = self.type.text(block) if base is None else np.frombuffer(block, base.dtype())
            shape = self.shape
        try:
            array = array.reshape(shape)
        except ValueError:
            return array  # more axes than NumPy has: flat
        return array[()] if shape == () else array

    def parts(self):
        size = self.type.size
        return [self.payload[start : start + size] for start in range(0, len(self.payload), size)]


def read_value(cursor):
    type = read_type(cursor)
    code = cursor.u8()
    check(code <= 2, f"a value has the unknown extent {code}")
    shape = (None, (), None)[code] if code < 2 else read_extents(cursor)
    count = 0 if shape is None else product(shape)
    if not cursor.flag():
        payload = cursor.block()
        check(type.size is not None and len(payload) == count * type.size, "a value has another size than its type")
        return Value(type, shape, payload)
    blocks = cursor.varint()
    check(type.size is None and blocks == count, "a value has another count of blocks than its extents")

    def block():
        length = cursor.varint()
        return cursor.take(length - 1) if length else None

    payload = cursor.items(blocks, block)
    if type.base is not None:
        check(all(len(part or b"") % type.base.size == 0 for part in payload), "a sequence has a part of an element")
    return Value(type, shape, payload)


@dataclass
class Type:
    code: int
    size: int = None  # None: variable
    order: str = "<"
    signed: bool = False
    fields: tuple = None
    padding: int = None
    characters: int = None
    tag: str = None
    base: "Type" = None
    members: tuple = ()
    shape: tuple = ()

    IEEE = {
        (2, 16, 0, 15, 10, 5, 15, 0, 10, 0),
        (4, 32, 0, 31, 23, 8, 127, 0, 23, 0),
        (8, 64, 0, 63, 52, 11, 1023, 0, 52, 0),
    }

    def dtype(self):
        """The nearest NumPy type; plain bytes where NumPy has none."""
        if self.code in (1, 3) and self.size in (1, 2, 4, 8):
            return np.dtype(f"{self.order}{'i' if self.signed else 'u'}{self.size}")
        if self.code == 2 and self.fields in self.IEEE:
            return np.dtype(f"{self.order}f{self.size}")
        if self.code == 4:
            return np.dtype(f"S{self.size}")
        if self.code == 7:
            return self.base.dtype()
        if self.code == 8 and self.members:
            names = [name for name, _, _ in self.members]
            if len(set(names)) == len(names) and all(names):
                offsets, types = zip(*[(offset, type.dtype()) for _, offset, type in self.members])
                return np.dtype({"names": names, "formats": types, "offsets": offsets, "itemsize": self.size})
        if self.code == 9:
            return np.dtype((self.base.dtype(), self.shape))
        return np.dtype(f"V{self.size}")

    def text(self, block):
        if self.code == 4:
            block = (block.split(b"\0")[0], block.rstrip(b"\0"), block.rstrip(b" "))[self.padding]
        try:
            return block.decode("utf-8")
        except UnicodeDecodeError:
            return block


def read_size(cursor):
    size = cursor.varint()
    check(1 <= size <= INDEX_LIMIT, f"a type has elements of {size} bytes")
    return size


def read_order(cursor):
    return ">" if cursor.flag() else "<"


def read_padding(cursor):
    padding = cursor.u8()
    check(padding <= 2, f"the padding {padding} is not known")
    return padding


def read_type(cursor, depth=1):
    check(depth <= 16, "a type nests too deep")
    code = cursor.u8()
    type = Type(code)
    if code == 1:
        type.size, type.signed, type.order = read_size(cursor), cursor.flag(), read_order(cursor)
    elif code == 2:
        type.order = read_order(cursor)
        type.fields = tuple(cursor.varint() for _ in range(10))
        size, precision, offset, sign, exponent, exponent_size, bias, mantissa, mantissa_size, norm = type.fields
        check(1 <= size <= INDEX_LIMIT, f"a type has elements of {size} bytes")
        check(max(precision, exponent_size, mantissa_size) <= 8 * size, "a float has fields wider than itself")
        check(max(offset, sign, exponent, mantissa) < 8 * size, "a float has fields outside of itself")
        check(bias < 2**32 and norm <= 2, "a float has an impossible bias or normalisation")
        type.size = size
    elif code == 3:
        type.size, type.order = read_size(cursor), read_order(cursor)
    elif code == 4:
        type.size, type.padding, type.characters = read_size(cursor), read_padding(cursor), cursor.flag()
    elif code == 5:
        type.padding, type.characters = read_padding(cursor), cursor.flag()
    elif code == 6:
        type.size, type.tag = read_size(cursor), cursor.string()
    elif code == 7:
        type.base = read_type(cursor, depth + 1)
        type.size = type.base.size
        type.members = tuple(cursor.items(cursor.varint(), lambda: (cursor.string(), cursor.block())))
        check(type.base.code == 1, "an enumeration is not one of integers")
        check(all(len(value) == type.size for _, value in type.members), "an enumeration has a value of another size")
    elif code == 8:
        type.size = read_size(cursor)
        type.members = tuple(
            cursor.items(
                cursor.varint(), lambda: (cursor.string(), cursor.varint(), read_type(cursor, depth + 1))
            )
        )
        for name, offset, member in type.members:
            check(member.size is not None, f"the member {name!r} has no fixed size")
            check(offset + member.size <= type.size, f"the member {name!r} does not lie in its compound")
    elif code == 9:
        type.shape = read_extents(cursor)
        type.base = read_type(cursor, depth + 1)
        check(type.base.size is not None, "an array has elements of no fixed size")
        type.size = int(np.prod(type.shape, dtype=object)) * type.base.size
        check(1 <= type.size <= INDEX_LIMIT, f"a type has elements of {type.size} bytes")
    elif code == 10:
        type.base = read_type(cursor, depth + 1)
        check(type.base.size is not None, "a sequence has elements of no fixed size")
    else:
        raise SPMError(f"the type {code} is not known")
    return type


# 3.4 Element types

ELEMENT_TYPES = dict(
    enumerate(
        "float16 bfloat16 float32 float64 int8 uint8 int16 uint16 int32 uint32 int64 uint64 bool opaque16".split(), 1
    )
)
WITHOUT_NUMPY_TYPE = ("bfloat16", "opaque16")
DTYPES = {
    name: np.dtype("uint16" if name in WITHOUT_NUMPY_TYPE else name).newbyteorder("<") for name in ELEMENT_TYPES.values()
}


# 4. Chunks


def read_stream(cursor, length):
    codec = cursor.u8()
    if codec == 0:
        return cursor.take(length)
    check(codec == 1, f"the codec {codec} is not known")
    return inflate(cursor.take(cursor.varint(2**35 - 1)), length)


def decode_chunk(data, elements, nonzeros, width):
    """The bits of all elements, as unsigned integers of their width."""
    result = np.zeros(elements, f"<u{width}")
    if nonzeros == 0:
        check(len(data) == 0, "a chunk without non-zeros has bytes")
        return result
    cursor = Cursor(data)
    form = cursor.u8()
    check(form <= 3, f"the index form {form} is not known")
    if form == 0:
        result = read_values(cursor, elements, width)
        check(np.count_nonzero(result) == nonzeros, "a chunk has another count of non-zeros than the index says")
    else:
        positions = (read_gap_bytes, read_golomb, read_bitmask)[form - 1](cursor, elements, nonzeros)
        check(len(positions) == nonzeros, "a chunk has another count of non-zeros than the index says")
        check(positions[-1] < elements, "a non-zero element lies past its chunk")
        values = read_values(cursor, nonzeros, width)
        check(values.all(), "a zero is among the non-zero elements")
        result[positions] = values
    cursor.end("a chunk")
    return result


# 4.1 Index


def read_gap_bytes(cursor, elements, nonzeros):
    length = cursor.varint(2**35 - 1)
    # Each byte of 255 stands for that many zeros.
    check(nonzeros <= length <= nonzeros + elements // 255, f"{length} bytes of gaps for {nonzeros} non-zeros")
    gaps = np.frombuffer(read_stream(cursor, length), np.uint8)
    check(gaps[-1] != 255, "the gaps end in one that goes on")
    ends = gaps != 255
    return np.cumsum(gaps.astype(np.int64) + ends)[ends] - 1


def read_golomb(cursor, elements, nonzeros):
    divisor = cursor.varint(2**35 - 1)
    check(1 <= divisor <= 1 << 24, f"the divisor is {divisor}")
    length = cursor.varint(2**35 - 1)
    b = (divisor - 1).bit_length()
    c = (1 << b) - divisor
    # No gaps that stay inside of the chunk take more, and less than a byte may follow them.
    check(8 * length < elements // divisor + nonzeros * (b + 1) + 8, "the gaps take more bytes than they can")
    bits = np.unpackbits(np.frombuffer(cursor.take(length), np.uint8), bitorder="little")
    total = len(bits)

    # For every bit, as if a code word began there: where the word ends, and its gap.
    places = np.arange(total + 1)
    zero = np.append(np.where(bits == 0, places[:-1], total), total)
    zero = np.minimum.accumulate(zero[::-1])[::-1]
    start = zero + 1
    padded = np.append(bits, np.zeros(b + 2, np.uint8)).astype(np.int64)
    gaps = (zero - places) * divisor
    ends = start.copy()
    if divisor > 1:
        rest = np.zeros(total + 1, np.int64)
        for bit in range(b - 1):
            rest |= padded[start + bit] << bit
        longer = rest >= c
        gaps += np.where(longer, 2 * rest + padded[start + b - 1] - c, rest)
        ends += b - 1 + longer
    jumps = np.minimum(ends, total + 1).tolist() + [total + 1]

    words = []
    place = 0
    for _ in range(nonzeros):
        words.append(place)
        place = jumps[place]
    check(place <= total, "the gaps end before the last element")
    check(total - place < 8 and not bits[place:].any(), "bits follow the last gap")
    gaps = gaps[words]
    check((gaps < elements).all(), "a non-zero element lies past its chunk")
    return np.cumsum(gaps + 1) - 1


def read_bitmask(cursor, elements, nonzeros):
    stream = read_stream(cursor, -(-elements // 8))
    return np.flatnonzero(np.unpackbits(np.frombuffer(stream, np.uint8), bitorder="little"))


# 4.2 Values


def read_values(cursor, count, width):
    form = cursor.u8()
    check(form <= 1, f"the value form {form} is not known")
    if form == 1:
        return np.frombuffer(read_stream(cursor, count * width), f"<u{width}")
    planes = [np.frombuffer(read_stream(cursor, count), np.uint8) for _ in range(width)]
    return np.stack(planes, axis=1).reshape(-1).view(f"<u{width}")


# The whole


@dataclass
class SPMFile:
    path: str
    metadata: dict
    tensors: list
    tree: Tree
    data: bytes = field(repr=False)

    @property
    def entries(self):
        return self.tree.entries

    def array(self, tensor):
        """The dense values of a tensor."""
        result = np.empty(tensor.size, f"<u{tensor.width}")
        place = 0
        for chunk in tensor.chunks:
            stored = self.data[chunk.offset : chunk.offset + chunk.stored]
            check(zlib.crc32(stored) == chunk.checksum, f"a chunk of {tensor.name!r} does not match its checksum")
            result[place : place + chunk.elements] = decode_chunk(
                stored, chunk.elements, chunk.nonzeros, tensor.width
            )
            place += chunk.elements
        result = result != 0 if tensor.type == "bool" else result.view(DTYPES[tensor.type])
        return result.reshape(tensor.shape)


def read(path, maximum_bytes=None):
    """Reads all but the chunks. `maximum_bytes`: the most that tensors may declare together."""
    with open(path, "rb") as file:
        data = file.read()
    preamble = read_preamble(data)
    sections = read_sections(read_index(data, preamble))
    metadata = read_metadata(sections[b"META"]) if b"META" in sections else {}
    tensors, end = read_tensors(sections[b"TENS"])
    check(end == preamble.index_offset, "the chunks do not end where the index begins")
    tree = read_tree(sections[b"TREE"])
    named = {tensor.name: tensor for tensor in tensors}
    for entry in tree.entries:
        if entry.kind != "tensor":
            continue
        tensor = named.pop(entry.path, None)
        check(tensor is not None, f"the tree names the tensor {entry.path!r}, which is not there")
        check(entry.dataset.type.size == tensor.width, f"the tree gives {entry.path!r} another type")
        check(entry.dataset.fits(tensor.shape), f"the tree gives {entry.path!r} chunks or bounds that do not fit")
    check(not named, f"the tree does not name the tensors {sorted(named)}")
    declared = sum(tensor.size * tensor.width for tensor in tensors)
    limit = maximum_bytes or max(16 << 30, 1024 * len(data))
    check(declared <= limit, f"the tensors declare {declared} bytes, more than {limit}")
    return SPMFile(path, metadata, tensors, tree, data)


def load(path):
    """Names of all tensors to their dense arrays."""
    file = read(path)
    return {tensor.name: file.array(tensor) for tensor in file.tensors}


def save_npz(path, arrays):
    """As `numpy.savez` does, but for any name."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def shortened(text, width=60):
    return text if len(text) <= width else text[: width - 3] + "..."


def main():
    parser = argparse.ArgumentParser(description="Decodes a .spm file and lists its tensors.")
    parser.add_argument("file")
    parser.add_argument("--npz", metavar="OUT", help="save the arrays")
    options = parser.parse_args()
    try:
        file = read(options.file)
        arrays = {tensor.name: file.array(tensor) for tensor in file.tensors}
    except (SPMError, OSError) as error:
        sys.exit(f"{options.file}: {error}")
    rows = [("name", "type", "shape", "non-zero")]
    rows += [(shortened(ascii(t.name)[1:-1]), t.type, str(t.shape), str(t.nonzeros)) for t in file.tensors]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    if options.npz:
        save_npz(options.npz, arrays)


if __name__ == "__main__":
    main()
