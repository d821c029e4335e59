internal import ModelIO
internal import Tensors

extension SafeTensorsHeader {
    static let metadataKey = "__metadata__"

    /// Reads the header of a file, and its bytes.
    ///
    /// - Throws: `malformed` where the file breaks the rules of its format.
    static func read(_ file: InputFile) throws(SparsifyError) -> (header: SafeTensorsHeader, text: [UInt8]) {
        guard file.size >= lengthByteCount else {
            throw SparsifyError(
                .malformed, "A safetensors file has \(lengthByteCount) bytes at least, this one \(file.size).")
        }
        var cursor = ByteReader(try file.bytes(at: 0, count: lengthByteCount))
        let declared: UInt64 = try cursor.integer("length of the header")
        guard declared <= maximumByteCount else {
            throw SparsifyError(
                .malformed,
                "The header declares \(declared) bytes, more than the \(maximumByteCount) that are allowed.",
                offset: 0, remedy: "The file is damaged, or is no safetensors file.")
        }
        guard Int(declared) <= file.size - lengthByteCount else {
            throw SparsifyError(
                .malformed,
                "The header declares \(declared) bytes, but only \(file.size - lengthByteCount) follow its length.",
                offset: 0, remedy: "The file is truncated, or is no safetensors file.")
        }
        let text = try file.bytes(at: lengthByteCount, count: Int(declared))
        let data = file.size - lengthByteCount - text.count
        return (try SafeTensorsHeader(parsing: text, dataByteCount: data), text)
    }

    /// - Parameter dataByteCount: bytes that follow the header.
    /// - Throws: `malformed` where the text breaks the rules of the format.
    init(parsing text: [UInt8], dataByteCount: Int) throws(SparsifyError) {
        guard text.first == UInt8(ascii: "{") else {
            throw SparsifyError(
                .malformed, "The header does not begin with '{'.", offset: Self.lengthByteCount)
        }
        var cursor = try JSONCursor(text, fileOffset: Self.lengthByteCount)
        var metadata: [(key: String, value: String)]?
        var entries: [Entry] = []
        try cursor.object("the header") { (cursor, key) throws(SparsifyError) in
            if key == Self.metadataKey {
                metadata = try Self.metadata(&cursor)
            } else {
                entries.append(try Self.entry(&cursor, name: key))
            }
        }
        try cursor.finish()
        self.metadata = metadata
        self.entries = Self.sorted(entries)
        try Self.check(self.entries, dataByteCount: dataByteCount)
    }

    private static func metadata(_ cursor: inout JSONCursor) throws(SparsifyError) -> [(key: String, value: String)] {
        var result: [(key: String, value: String)] = []
        try cursor.object(metadataKey) { (cursor, key) throws(SparsifyError) in
            result.append((key, try cursor.string("value of '\(key)' in \(metadataKey)")))
        }
        return result
    }

    private static func entry(_ cursor: inout JSONCursor, name: String) throws(SparsifyError) -> Entry {
        var type: SafeTensorsType?
        var dimensions: [Int]?
        var offsets: [Int] = []
        do throws(SparsifyError) {
            try cursor.object("the entry") { (cursor, key) throws(SparsifyError) in
                switch key {
                case "dtype": type = try Self.type(&cursor)
                case "shape": dimensions = try numbers(&cursor, "extent")
                case "data_offsets": offsets = try numbers(&cursor, "offset")
                default: try cursor.skip()
                }
            }
            guard let type, let dimensions, offsets.count == 2 else {
                throw cursor.failure("The entry lacks its dtype, its shape or its two data_offsets.")
            }
            let byteCount = try type.byteCount(dimensions)
            guard offsets[0] <= offsets[1], offsets[1] - offsets[0] == byteCount else {
                throw cursor.failure(
                    "A tensor of shape \(dimensions) and type \(type.rawValue) has \(byteCount) bytes, but the offsets "
                        + "are \(offsets[0]) and \(offsets[1]).")
            }
            return Entry(name: name, type: type, dimensions: dimensions, range: offsets[0]..<offsets[1])
        } catch {
            throw error.located(tensor: name)
        }
    }

    private static func type(_ cursor: inout JSONCursor) throws(SparsifyError) -> SafeTensorsType {
        let name = try cursor.string("dtype")
        guard let type = SafeTensorsType(rawValue: name) else {
            throw SparsifyError(
                .unsupported, "The dtype '\(name)' is not known here.",
                remedy: "Known are: \(SafeTensorsType.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return type
    }

    /// More axes than any library has.
    private static let maximumNumbers = 1024

    private static func numbers(_ cursor: inout JSONCursor, _ what: String) throws(SparsifyError) -> [Int] {
        var result: [Int] = []
        try cursor.array("a list of numbers") { (cursor) throws(SparsifyError) in
            guard result.count < maximumNumbers else {
                throw cursor.failure("There are more than \(maximumNumbers) numbers for one tensor.")
            }
            result.append(try cursor.integer(what))
        }
        return result
    }

    /// By their place in the data; those without bytes as the header lists them.
    private static func sorted(_ entries: [Entry]) -> [Entry] {
        entries.enumerated().sorted { a, b in
            let left = (a.element.range.lowerBound, a.element.range.upperBound, a.offset)
            return left < (b.element.range.lowerBound, b.element.range.upperBound, b.offset)
        }.map(\.element)
    }

    /// The tensors cover the data from end to end.
    private static func check(_ entries: [Entry], dataByteCount: Int) throws(SparsifyError) {
        var end = 0
        for entry in entries {
            guard entry.range.lowerBound == end else {
                let fault = entry.range.lowerBound < end ? "overlaps the tensor before it" : "leaves a gap before it"
                throw SparsifyError(
                    .malformed,
                    "The data begin at offset \(entry.range.lowerBound), which \(fault): \(end) is expected.",
                    tensor: entry.name, remedy: "No tool writes such files; do not trust this one.")
            }
            end = entry.range.upperBound
            guard end <= dataByteCount else {
                throw SparsifyError(
                    .malformed, "The data end at offset \(end), but only \(dataByteCount) bytes follow the header.",
                    tensor: entry.name, remedy: "The file is truncated or damaged.")
            }
        }
        guard end == dataByteCount else {
            throw SparsifyError(
                .malformed, "\(dataByteCount - end) bytes follow the last tensor.",
                remedy: "The file is damaged, or something was appended to it.")
        }
    }
}
