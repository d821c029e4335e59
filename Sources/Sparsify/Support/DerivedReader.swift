internal import ModelIO
internal import SparseCoding
internal import Tensors

/// A reader that shows another one's file changed: tensors left out, renamed, or multiplied by their masks.
final class DerivedReader: LayeredReader {
    struct Source {
        var info: TensorInfo
        /// Index of the tensor in the base reader.
        var index: Int
        /// Index there of a mask of the same shape; where it is zero the values read as zero.
        var mask: Int?
    }

    let tree: FileTree
    let tensors: [TensorInfo]
    let warnings: [String]
    let base: any ModelReader
    private let sources: [Source]

    init(_ base: any ModelReader, sources: [Source], tree: FileTree, warnings: [String] = []) {
        self.base = base
        self.sources = sources
        self.tree = tree
        self.warnings = base.warnings + warnings
        tensors = sources.map(\.info)
    }

    /// Where tensor `index` comes from.
    func source(_ index: Int) -> (reader: any ModelReader, index: Int) { (base, sources[index].index) }

    /// Whether tensor `index` is not shown as the base reader has it.
    func isMasked(_ index: Int) -> Bool { sources[index].mask != nil }

    func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        let source = sources[index]
        try base.read(source.index, range, into: destination)
        guard let mask = source.mask else { return }
        let maskWidth = base.tensors[mask].elementType.byteWidth
        let buffer = RawBuffer(byteCount: range.count * maskWidth)
        let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(range.count * maskWidth)])
        try base.read(mask, range, into: bytes)
        applyMask(
            bytes, type: base.tensors[mask].elementType, to: destination, byteWidth: source.info.elementType.byteWidth)
    }

    /// Zeroes the elements whose mask is zero, as a number: −0.0 is zero too.
    private func applyMask(
        _ mask: UnsafeMutableRawBufferPointer, type: ElementType, to elements: UnsafeMutableRawBufferPointer,
        byteWidth: Int
    ) {
        let maskWidth = type.byteWidth
        let count = elements.count / byteWidth
        for index in 0..<count {
            var isZero = true
            for byte in 0..<maskWidth {
                var bits = mask[index * maskWidth + byte]
                if type.isFloatingPoint, byte == maskWidth - 1 { bits &= 0x7f }
                if bits != 0 { isZero = false }
            }
            guard isZero else { continue }
            for byte in 0..<byteWidth { elements[index * byteWidth + byte] = 0 }
        }
    }
}
