internal import ModelIO
public import Reports
internal import SparseCoding
internal import Tensors

/// Pictures of where the weights of a file's tensors are.
public struct MaskPicturesJob: Sendable {
    public var input: String
    /// Names or patterns of tensors; empty: the largest prunable ones with zeros.
    public var patterns: [String] = []
    public var options = JobOptions()

    /// Pictures where nothing is asked for, and at most.
    private static let (usual, most) = (6, 64)
    private static let piece = 1 << 20

    public init(input: String) { self.input = input }

    /// - Throws: `usage` where a pattern meets no tensor.
    public func run() throws -> [MaskPicture] {
        let model = try OpenModel(input, options: options)
        let tensors = model.reader.tensors
        guard patterns.isEmpty else {
            let globs = patterns.map(Glob.init)
            for (glob, pattern) in zip(globs, patterns) where !tensors.contains(where: { glob.matches($0.name) }) {
                throw SparsifyError(
                    .usage, "No tensor of the file matches '\(pattern)', of which a picture is wanted.", file: input)
            }
            let chosen = tensors.indices.filter { index in
                tensors[index].elementCount > 0 && globs.contains { $0.matches(tensors[index].name) }
            }
            return try chosen.prefix(Self.most).map { try picture(model.reader, $0).picture }
        }
        let prunable = tensors.indices.filter { model.choices[$0].isPrunable && tensors[$0].elementCount > 0 }
        let largest = prunable.sorted { (tensors[$1].elementCount, $0) < (tensors[$0].elementCount, $1) }
        let pictures = try largest.prefix(Self.usual).sorted().map { try picture(model.reader, $0) }
        return pictures.filter(\.hasZeros).map(\.picture)
    }

    private func picture(_ reader: any ModelReader, _ index: Int) throws -> (picture: MaskPicture, hasZeros: Bool) {
        let info = reader.tensors[index]
        let width = info.elementType.byteWidth
        var picture = MaskPicture(name: info.name, shape: info.shape.dimensions)
        let buffer = RawBuffer(byteCount: min(info.elementCount, Self.piece) * width)
        var count = 0
        for start in stride(from: 0, to: info.elementCount, by: Self.piece) {
            try options.cancellation?.check()
            let range = start..<min(start + Self.piece, info.elementCount)
            let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(range.count * width)])
            try reader.read(index, range, into: bytes)
            visitNonzeros(bytes, byteWidth: width) { position in
                picture.add(start + position)
                count += 1
            }
        }
        return (picture, count < info.elementCount)
    }

    private func visitNonzeros(
        _ bytes: UnsafeMutableRawBufferPointer, byteWidth: Int, _ body: (_ position: Int) -> Void
    ) {
        func visit<Bits: FixedWidthInteger>(_: Bits.Type) {
            for (position, bits) in bytes.bindMemory(to: Bits.self).enumerated() where bits != 0 { body(position) }
        }
        switch byteWidth {
        case 1: visit(UInt8.self)
        case 2: visit(UInt16.self)
        case 4: visit(UInt32.self)
        default: visit(UInt64.self)
        }
    }
}
