/// Turns elements around between big and little endian.
public enum ByteOrder {
    /// Reverses the bytes of each element of `width` bytes; elements of other widths than 2, 4 and 8 stay as they are.
    public static func reverse(_ bytes: UnsafeMutableRawBufferPointer, width: Int) {
        switch width {
        case 2: reverse(bytes, as: UInt16.self)
        case 4: reverse(bytes, as: UInt32.self)
        case 8: reverse(bytes, as: UInt64.self)
        default: break
        }
    }

    private static func reverse<Word: FixedWidthInteger>(_ bytes: UnsafeMutableRawBufferPointer, as: Word.Type) {
        for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<Word>.size) {
            let word = bytes.loadUnaligned(fromByteOffset: offset, as: Word.self)
            bytes.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: Word.self)
        }
    }
}
