/// A zip archive of members as they are, with the checksums that readers look for.
enum StoredZip {
    static func archive(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        var (file, directory): ([UInt8], [UInt8]) = ([], [])
        for (name, bytes) in members {
            // Version, flags, method, time, the first day, checksum, both sizes, lengths of name and extra field.
            let common =
                little(20, 2) + little(0, 6) + little(0x21, 2) + little(checksum(bytes), 4) + little(bytes.count, 4)
                + little(bytes.count, 4) + little(name.utf8.count, 2) + little(0, 2)
            directory +=
                [0x50, 0x4b, 1, 2] + little(20, 2) + common + little(0, 10) + little(file.count, 4) + name.utf8
            file += [0x50, 0x4b, 3, 4] + common + name.utf8 + bytes
        }
        return file + directory + [0x50, 0x4b, 5, 6] + little(0, 4) + little(members.count, 2)
            + little(members.count, 2)
            + little(directory.count, 4) + little(file.count, 4) + little(0, 2)
    }

    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xedb8_8320 : 0) }
    }

    /// CRC-32.
    private static func checksum(_ bytes: [UInt8]) -> Int {
        Int(~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 })
    }
}
