/// Loops over elements of one width, specialised for each.
enum MaskScan {
    /// Sets bit i of `words` where element i is not all zero bits; returns how many are set.
    static func buildMask(
        _ elements: UnsafeRawBufferPointer, count: Int, byteWidth: Int, words: UnsafeMutablePointer<UInt64>
    ) -> Int {
        switch byteWidth {
        case 1: mask(elements.baseAddress!.assumingMemoryBound(to: UInt8.self), count, words)
        case 2: mask(elements.baseAddress!.assumingMemoryBound(to: UInt16.self), count, words)
        case 4: mask(elements.baseAddress!.assumingMemoryBound(to: UInt32.self), count, words)
        default: mask(elements.baseAddress!.assumingMemoryBound(to: UInt64.self), count, words)
        }
    }

    /// A byte of 0 or 1 for each of 64 elements first, which the compiler does several at a time, then eight bytes to
    /// eight bits by one product.
    private static func mask<T: FixedWidthInteger>(
        _ elements: UnsafePointer<T>, _ count: Int, _ words: UnsafeMutablePointer<UInt64>
    ) -> Int {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { buffer in
            let flags = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
            let octets = buffer.baseAddress!.assumingMemoryBound(to: UInt64.self)
            var total = 0
            for index in 0..<(count + 63) / 64 {
                let start = elements + index * 64
                let length = min(64, count - index * 64)
                if length < 64 { octets.update(repeating: 0, count: 8) }
                for place in 0..<length { flags[place] = start[place] != 0 ? 1 : 0 }
                var word: UInt64 = 0
                for octet in 0..<8 {
                    let bits = (octets[octet].littleEndian &* 0x0102_0408_1020_4080) >> 56
                    word |= bits << UInt64(8 * octet)
                }
                words[index] = word
                total += word.nonzeroBitCount
            }
            return total
        }
    }

    /// Stores the distance of each set bit from the one before: zeros between them.
    static func gaps(
        _ words: UnsafePointer<UInt64>, wordCount: Int, into gaps: UnsafeMutablePointer<UInt32>
    ) {
        var next = 0
        var output = 0
        for index in 0..<wordCount {
            var word = words[index]
            while word != 0 {
                let position = index << 6 + word.trailingZeroBitCount
                gaps[output] = UInt32(truncatingIfNeeded: position - next)
                output += 1
                next = position + 1
                word &= word - 1
            }
        }
    }

    /// Packs the elements whose bit is set, in order.
    static func compact(
        _ elements: UnsafeRawBufferPointer, byteWidth: Int, words: UnsafePointer<UInt64>, wordCount: Int,
        into values: UnsafeMutableRawPointer
    ) {
        switch byteWidth {
        case 1: pack(elements, UInt8.self, words, wordCount, values)
        case 2: pack(elements, UInt16.self, words, wordCount, values)
        case 4: pack(elements, UInt32.self, words, wordCount, values)
        default: pack(elements, UInt64.self, words, wordCount, values)
        }
    }

    private static func pack<T: FixedWidthInteger>(
        _ elements: UnsafeRawBufferPointer, _: T.Type, _ words: UnsafePointer<UInt64>, _ wordCount: Int,
        _ values: UnsafeMutableRawPointer
    ) {
        let source = elements.baseAddress!.assumingMemoryBound(to: T.self)
        let target = values.assumingMemoryBound(to: T.self)
        var output = 0
        for index in 0..<wordCount {
            var word = words[index]
            let base = source + index << 6
            if word == .max {
                for offset in 0..<64 { target[output + offset] = base[offset] }
                output += 64
                continue
            }
            while word != 0 {
                target[output] = base[word.trailingZeroBitCount]
                output += 1
                word &= word - 1
            }
        }
    }

    /// Splits elements into one plane per byte, least significant first, planes one after another in `planes`.
    static func split(
        _ values: UnsafeRawPointer, count: Int, byteWidth: Int, planes: UnsafeMutablePointer<UInt8>
    ) {
        let source = values.assumingMemoryBound(to: UInt8.self)
        if byteWidth == 4 {
            let words = values.assumingMemoryBound(to: UInt32.self)
            for index in 0..<count {
                let word = words[index].littleEndian
                planes[index] = UInt8(truncatingIfNeeded: word)
                planes[count + index] = UInt8(truncatingIfNeeded: word >> 8)
                planes[2 * count + index] = UInt8(truncatingIfNeeded: word >> 16)
                planes[3 * count + index] = UInt8(truncatingIfNeeded: word >> 24)
            }
            return
        }
        for plane in 0..<byteWidth {
            for index in 0..<count { planes[plane * count + index] = source[index * byteWidth + plane] }
        }
    }

    /// The inverse of `split`, from planes that lie anywhere.
    static func join(_ planes: [UnsafePointer<UInt8>], count: Int, values: UnsafeMutableRawPointer) {
        if planes.count == 4 {
            let (a, b, c, d) = (planes[0], planes[1], planes[2], planes[3])
            let words = values.assumingMemoryBound(to: UInt32.self)
            for index in 0..<count {
                let low = UInt32(a[index]) | UInt32(b[index]) << 8
                let high = UInt32(c[index]) | UInt32(d[index]) << 8
                words[index] = (low | high << 16).littleEndian
            }
            return
        }
        let target = values.assumingMemoryBound(to: UInt8.self)
        for (plane, bytes) in planes.enumerated() {
            for index in 0..<count { target[index * planes.count + plane] = bytes[index] }
        }
    }

    /// Elements that are not all zero bits.
    static func countNonzeros(_ elements: UnsafeRawPointer, count: Int, byteWidth: Int) -> Int {
        func run<T: FixedWidthInteger & UnsignedInteger>(_: T.Type) -> Int {
            let source = elements.assumingMemoryBound(to: T.self)
            // The top bit of x | −x tells a non-zero x without a branch. Counted in lanes as wide as the elements, in
            // blocks that cannot overflow them, this becomes vector code.
            let blockLength = T.bitWidth == 8 ? 255 : 4096
            let top = T(truncatingIfNeeded: T.bitWidth - 1)
            var total = 0
            var start = 0
            while start < count {
                let length = min(blockLength, count - start)
                var found: T = 0
                for value in UnsafeBufferPointer(start: source + start, count: length) {
                    found &+= (value | (0 &- value)) &>> top
                }
                total += Int(truncatingIfNeeded: found)
                start += length
            }
            return total
        }
        return switch byteWidth {
        case 1: run(UInt8.self)
        case 2: run(UInt16.self)
        case 4: run(UInt32.self)
        default: run(UInt64.self)
        }
    }

    /// Writes `values[i]` to `destination[positions[i]]`.
    static func scatter(
        _ values: UnsafeRawPointer, _ positions: UnsafeBufferPointer<UInt32>, byteWidth: Int,
        into destination: UnsafeMutableRawPointer
    ) {
        func run<T: FixedWidthInteger>(_: T.Type) {
            let source = values.assumingMemoryBound(to: T.self)
            let target = destination.assumingMemoryBound(to: T.self)
            for index in 0..<positions.count { target[Int(positions[index])] = source[index] }
        }
        switch byteWidth {
        case 1: run(UInt8.self)
        case 2: run(UInt16.self)
        case 4: run(UInt32.self)
        default: run(UInt64.self)
        }
    }
}

/// How many elements are not all zero bits (NaN, infinities and −0.0 are non-zero).
public func countNonzeros(_ elements: UnsafeRawBufferPointer, byteWidth: Int) -> Int {
    guard let base = elements.baseAddress, !elements.isEmpty else { return 0 }
    return MaskScan.countNonzeros(base, count: elements.count / byteWidth, byteWidth: byteWidth)
}
