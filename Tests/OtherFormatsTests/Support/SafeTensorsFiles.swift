import ModelIO
import Tensors

@testable import OtherFormats

/// A safetensors file of this header, whatever it says.
func safetensors(_ header: String, _ data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
    bytes(length ?? UInt64(header.utf8.count)) + Array(header.utf8) + data
}

/// `"name":{"dtype":…}` as an entry of a header.
func entry(_ name: String, _ type: String, _ shape: [Int], _ range: Range<Int>) -> String {
    let shape = shape.map(String.init).joined(separator: ",")
    return
        #""\#(name)":{"dtype":"\#(type)","shape":[\#(shape)],"data_offsets":[\#(range.lowerBound),\#(range.upperBound)]}"#
}

extension ModelReader {
    func bytes(_ name: String) throws -> [UInt8] {
        let index = tensors.firstIndex { $0.name == name }!
        var result = [UInt8](repeating: 0xaa, count: tensors[index].byteCount)
        try result.withUnsafeMutableBytes { try read(index, 0..<tensors[index].elementCount, into: $0) }
        return result
    }
}

/// Writes all that a reader has to another file.
func copy(_ reader: any ModelReader, to path: String, overwrite: Bool = false) throws {
    let writer = try SafeTensorsWriter(
        path: path, tree: reader.tree, tensors: reader.tensors, options: WriteOptions(overwrite: overwrite, threads: 2))
    for (index, tensor) in reader.tensors.enumerated() {
        try writer.append(tensor, expectedNonzeros: nil) { try reader.read(index, $0, into: $1) }
    }
    try writer.finish()
}
