internal import CZip

/// What every source that libzip calls back answers in the same way.
enum ZipSource {
    static func bitmap(_ commands: [zip_source_cmd_t]) -> Int64 {
        commands.reduce(0) { $0 | 1 << Int64($1.rawValue) }
    }

    static func status(size: Int, _ data: UnsafeMutableRawPointer?, _ length: Int) -> Int64 {
        guard let data, length >= MemoryLayout<zip_stat_t>.size else { return -1 }
        var status = zip_stat_t()
        zip_stat_init(&status)
        status.size = UInt64(size)
        status.valid = UInt64(ZIP_STAT_SIZE)
        data.storeBytes(of: status, as: zip_stat_t.self)
        return Int64(MemoryLayout<zip_stat_t>.size)
    }

    static func error(_ code: Int32, _ data: UnsafeMutableRawPointer?, _ length: Int) -> Int64 {
        guard let data, length >= 2 * MemoryLayout<Int32>.size else { return -1 }
        data.storeBytes(of: code, as: Int32.self)
        data.storeBytes(of: 0, toByteOffset: MemoryLayout<Int32>.size, as: Int32.self)
        return Int64(2 * MemoryLayout<Int32>.size)
    }
}
