/// A zip archive put together by hand, so that it can say what no honest writer would.
struct HandMadeZip {
    struct Member {
        var name: String
        var data: [UInt8]
        var method: UInt16 = 0
        var flags: UInt16 = 0
        var declaredSize: Int?
        var declaredPackedSize: Int?
        var checksum: UInt32?
        var externalAttributes: UInt32 = 0o100600 << 16
        /// What stands in the extra field, whose sizes of 64 bits take the place of the others.
        var sizes64: (unpacked: UInt64, packed: UInt64)?

        init(_ name: String, _ data: [UInt8], _ change: (inout Member) -> Void = { _ in }) {
            self.name = name
            self.data = data
            change(&self)
        }
    }

    static func archive(_ members: [Member]) -> [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for member in members {
            let extra = member.sizes64.map {
                bytes(UInt16(1)) + bytes(UInt16(16)) + bytes($0.unpacked) + bytes($0.packed)
            }
            let packed = UInt32(member.declaredPackedSize ?? member.data.count)
            let unpacked = UInt32(member.declaredSize ?? member.data.count)
            let common =
                bytes(UInt16(20)) + bytes(member.flags) + bytes(member.method) + bytes(UInt16(0)) + bytes(UInt16(0x21))
                + bytes(member.checksum ?? crc32(member.data))
                + bytes(extra == nil ? packed : .max)
                + bytes(extra == nil ? unpacked : .max) + bytes(UInt16(member.name.utf8.count))
                + bytes(UInt16(extra?.count ?? 0))
            directory += [0x50, 0x4b, 1, 2] + bytes(UInt16(0x0314)) + common
            directory += bytes(UInt16(0)) + bytes(UInt16(0)) + bytes(UInt16(0)) + bytes(member.externalAttributes)
            directory += bytes(UInt32(file.count)) + Array(member.name.utf8) + (extra ?? [])
            file += [0x50, 0x4b, 3, 4] + common + Array(member.name.utf8) + (extra ?? []) + member.data
        }
        let count = bytes(UInt16(members.count))
        let end = bytes(UInt32(directory.count)) + bytes(UInt32(file.count)) + bytes(UInt16(0))
        return file + directory + [0x50, 0x4b, 5, 6] + bytes(UInt32(0)) + count + count + end
    }

    static func crc32(_ data: [UInt8]) -> UInt32 {
        var checksum: UInt32 = ~0
        for byte in data { checksum = checksum >> 8 ^ remainders[Int(UInt8(truncatingIfNeeded: checksum) ^ byte)] }
        return ~checksum
    }

    /// Of each byte.
    private static let remainders: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xedb8_8320 : 0) }
    }
}
