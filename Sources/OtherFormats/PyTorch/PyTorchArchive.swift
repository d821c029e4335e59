internal import ModelIO
internal import Synchronization
internal import Tensors

/// The zip archive of a checkpoint: a folder with `data.pkl` and, below `data/`, a member for each storage.
final class PyTorchArchive: Sendable {
    let fileSize: Int
    private let path: String
    private let file: ZipFile
    private let folder: String
    private let entries: [String: ZipEntry]
    private let members = Mutex<[String: ZipMember]>([:])

    private static let pickle = "data.pkl"
    private static let maximumPickleBytes = 1 << 26

    /// - Throws: `unsupported` where it is of a PyTorch before 1.6, or of a machine with the other byte order.
    init(path: String, options: ReadOptions) throws(SparsifyError) {
        self.path = path
        guard try !PyTorchReader.isLegacy(InputFile(path: path).head(16)) else {
            throw SparsifyError(
                .unsupported, "The file is in the way of PyTorch before 1.6, which is not read.",
                remedy: "Load it in PyTorch and save it again.")
        }
        file = try ZipFile(path: path)
        fileSize = file.size
        let found = try file.entries()
        try ZipEntry.check(found, maximumBytes: options.declaredByteBudget(fileSize: file.size))
        let pickles = found.map(\.name).filter { $0 == Self.pickle || $0.hasSuffix("/\(Self.pickle)") }
        guard pickles.count == 1 else {
            throw SparsifyError(
                .malformed, "The archive has \(pickles.count) members '\(Self.pickle)'; a checkpoint has one.")
        }
        folder = String(pickles[0].dropLast(Self.pickle.count))
        var entries: [String: ZipEntry] = [:]
        for entry in found where entries.updateValue(entry, forKey: entry.name) != nil {
            throw SparsifyError(.refused, "The archive has two members named '\(entry.name)'.")
        }
        self.entries = entries
        if let order = try bytes("byteorder", maximumBytes: 16), String(decoding: order, as: UTF8.self) != "little" {
            throw SparsifyError(
                .unsupported, "The checkpoint is of a machine with another byte order.",
                remedy: "Load it in PyTorch and save it again.")
        }
    }

    /// - Throws: as `PickleReader` and `PyTorchObjects`.
    func contents() throws(SparsifyError) -> PyTorchContents {
        guard let bytes = try bytes(Self.pickle, maximumBytes: Self.maximumPickleBytes) else {
            throw SparsifyError(.malformed, "The archive has no member '\(Self.pickle)'.")
        }
        do throws(SparsifyError) {
            return try PickleReader.read(bytes, PyTorchObjects()) { (root) throws(SparsifyError) in
                try PyTorchContents(root)
            }
        } catch {
            var located = error
            if let offset = error.offset {
                located.offset = nil
                located.message = "At byte \(offset) of '\(Self.pickle)': \(error.message)"
            }
            throw located
        }
    }

    private func bytes(_ name: String, maximumBytes: Int) throws(SparsifyError) -> [UInt8]? {
        guard let entry = entries[folder + name] else { return nil }
        guard entry.size <= maximumBytes else {
            throw SparsifyError(
                .limit, "The member '\(name)' declares \(entry.size) bytes, more than the limit of \(maximumBytes).")
        }
        let buffer = RawBuffer(byteCount: max(entry.size, 1))
        let target = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<entry.size])
        try ZipMember(entry, of: file, label: entry.name).read(at: 0, into: target)
        return Array(target)
    }

    /// - Throws: `malformed` where the archive does not hold what a tensor shows.
    func check(_ tensor: PyTorchTensor, name: String) throws(SparsifyError) {
        guard let last = tensor.last else { return }
        let needed = try Checked.multiply(try Checked.add(last, 1, "size"), tensor.type.width, "size of a storage")
        let size = entries["\(folder)data/\(tensor.storage.key)"]?.size
        guard let size, size >= needed else {
            throw SparsifyError(
                .malformed,
                size.map { "Its storage needs \(needed) bytes, and the member 'data/\(tensor.storage.key)' has \($0)." }
                    ?? "The archive has no member 'data/\(tensor.storage.key)'.", tensor: name)
        }
    }

    /// Fills a buffer with bytes of a storage.
    func read(_ key: String, at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(SparsifyError) {
        let name = "\(folder)data/\(key)"
        guard let entry = entries[name] else {
            throw SparsifyError(.malformed, "The archive has no member 'data/\(key)'.")
        }
        let member = members.withLock { members in
            if let member = members[name] { return member }
            let member = ZipMember(entry, of: file, label: name)
            if members.count > 8 { members = [:] }
            members[name] = member
            return member
        }
        try member.read(at: offset, into: buffer)
    }

    /// The elements of a view in row-major order.
    func gather(_ view: PyTorchTensor) throws(SparsifyError) -> RawBuffer {
        let width = view.type.width
        let count = view.shape.reduce(1, *)
        let result = RawBuffer(byteCount: max(count * width, 1))
        guard let last = view.last else { return result }
        let part = RawBuffer(byteCount: (last - view.offset + 1) * width)
        try read(
            view.storage.key, at: view.offset * width,
            into: UnsafeMutableRawBufferPointer(rebasing: part.bytes[..<((last - view.offset + 1) * width)]))
        var index = [Int](repeating: 0, count: view.shape.count)
        var place = 0
        for element in 0..<count {
            result.bytes.baseAddress!.advanced(by: element * width).copyMemory(
                from: part.bytes.baseAddress!.advanced(by: place * width), byteCount: width)
            for axis in index.indices.reversed() {
                index[axis] += 1
                place += view.strides[axis]
                if index[axis] < view.shape[axis] { break }
                place -= index[axis] * view.strides[axis]
                index[axis] = 0
            }
        }
        return result
    }
}
