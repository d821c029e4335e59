extension String {
    /// The text as JSON writes it, with as few escapes as can be: those that Rust's serde makes.
    public var quotedJSON: [UInt8] {
        var result: [UInt8] = [0x22]
        for byte in utf8 {
            switch byte {
            case 0x22, 0x5c: result += [0x5c, byte]
            case 0x08: result += Array("\\b".utf8)
            case 0x09: result += Array("\\t".utf8)
            case 0x0a: result += Array("\\n".utf8)
            case 0x0c: result += Array("\\f".utf8)
            case 0x0d: result += Array("\\r".utf8)
            case ..<0x20: result += Array("\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8)
            default: result.append(byte)
            }
        }
        result.append(0x22)
        return result
    }
}
