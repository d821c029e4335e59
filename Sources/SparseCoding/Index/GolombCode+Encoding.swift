extension GolombCode {
    /// Writes all gaps and returns the count of bytes.
    ///
    /// - Parameter base: room for that many bytes and three more, since whole words are stored.
    func encode(_ gaps: UnsafeBufferPointer<UInt32>, into base: UnsafeMutablePointer<UInt8>) -> Int {
        var writer = BitWriter(base)
        // The words of narrow gaps are made once; a count of 0 marks those that are too long for the table.
        let table = (0..<min(gaps.count, 1024)).map { word($0) ?? Word(bits: 0, count: 0) }
        table.withUnsafeBufferPointer { table in
            for gap in gaps {
                if gap < UInt32(truncatingIfNeeded: table.count) {
                    let word = table[Int(gap)]
                    if word.count > 0 {
                        writer.append(UInt64(word.bits), UInt64(word.count))
                        continue
                    }
                }
                append(Int(gap), to: &writer)
            }
        }
        return writer.finish()
    }

    /// Any gap, in pieces that the writer takes.
    private func append(_ gap: Int, to writer: inout BitWriter) {
        let (quotient, remainder) = gap.quotientAndRemainder(dividingBy: divisor)
        var ones = UInt64(quotient)
        while ones >= 24 {
            writer.append(0xff_ffff, 24)
            ones -= 24
        }
        writer.append(1 << ones - 1, ones + 1)
        let tail = truncatedBinary(remainder)
        writer.append(tail.bits, tail.count)
    }
}
