import Tensors
import Testing

/// Every bit pattern there is.
@Suite struct FloatingPointBitsTests {
    #if !(os(macOS) && arch(x86_64))
        @Test func halvesWidenAsSwiftWidensThem() {
            var wrong: [UInt16] = []
            for bits in UInt16.min...UInt16.max {
                let expected = Float(Float16(bitPattern: bits))
                let found = FloatingPointBits.float(fromHalf: bits)
                // Conversion may quieten a signalling NaN; ours keeps the payload as it is.
                let isRight =
                    expected.isNaN
                    ? found.isNaN && found.sign == expected.sign : found.bitPattern == expected.bitPattern
                if !isRight { wrong.append(bits) }
            }
            #expect(wrong.isEmpty)
        }

        @Test func halvesComeBackAsTheyWere() {
            var wrong: [UInt16] = []
            for bits in UInt16.min...UInt16.max where !Float16(bitPattern: bits).isNaN {
                if Float16(FloatingPointBits.float(fromHalf: bits)).bitPattern != bits { wrong.append(bits) }
            }
            #expect(wrong.isEmpty)
        }
    #endif

    @Test func payloadsOfHalfNaNsAreKept() {
        for payload in UInt16(1)...0x3ff {
            for sign: UInt16 in [0, 0x8000] {
                let bits = FloatingPointBits.float(fromHalf: sign | 0x7c00 | payload).bitPattern
                #expect(bits == UInt32(sign) << 16 | 0x7f80_0000 | UInt32(payload) << 13)
            }
        }
    }

    @Test func bfloat16IsTheUpperHalfOfAFloat() {
        var wrong: [UInt16] = []
        for bits in UInt16.min...UInt16.max
        where FloatingPointBits.float(fromBFloat16: bits).bitPattern != UInt32(bits) << 16 {
            wrong.append(bits)
        }
        #expect(wrong.isEmpty)
        #expect(FloatingPointBits.float(fromBFloat16: 0x3fc0) == 1.5)
        #expect(FloatingPointBits.float(fromBFloat16: 0xc000) == -2)
    }
}

/// Rounding to the 16-bit formats.
@Suite struct NarrowingTests {
    @Test func everyPatternComesBack() {
        for bits in 0...UInt16.max {
            let half = FloatingPointBits.float(fromHalf: bits)
            let brain = FloatingPointBits.float(fromBFloat16: bits)
            if half.isNaN {
                #expect(FloatingPointBits.float(fromHalf: FloatingPointBits.half(half)).isNaN)
            } else if FloatingPointBits.half(half) != bits {
                Issue.record("half \(bits)")
            }
            if brain.isNaN {
                #expect(FloatingPointBits.float(fromBFloat16: FloatingPointBits.bfloat16(brain)).isNaN)
            } else if FloatingPointBits.bfloat16(brain) != bits {
                Issue.record("bfloat16 \(bits)")
            }
        }
    }

    /// Between neighbours the nearer one is taken, and half way the even one; beyond the last one, infinity.
    @Test func theNearestIsTaken() {
        for bits in stride(from: UInt16(0), to: 0x7c00, by: 7) {
            let (low, high) = (FloatingPointBits.float(fromHalf: bits), FloatingPointBits.float(fromHalf: bits + 1))
            let middle = high.isInfinite ? 65520 : low + (high - low) / 2
            for sign: Float in [1, -1] {
                let mark: UInt16 = sign < 0 ? 0x8000 : 0
                #expect(FloatingPointBits.half(sign * middle.nextDown) == bits | mark)
                #expect(FloatingPointBits.half(sign * middle.nextUp) == bits + 1 | mark)
                #expect(FloatingPointBits.half(sign * middle) == (bits % 2 == 0 ? bits : bits + 1) | mark)
            }
        }
        for bits in stride(from: UInt16(1), to: 0x7f80, by: 11) {
            let (low, high) = (
                FloatingPointBits.float(fromBFloat16: bits), FloatingPointBits.float(fromBFloat16: bits + 1)
            )
            let middle = Float(bitPattern: (low.bitPattern + high.bitPattern) / 2)
            #expect(FloatingPointBits.bfloat16(middle.nextDown) == bits)
            #expect(FloatingPointBits.bfloat16(middle.nextUp) == bits + 1)
            #expect(FloatingPointBits.bfloat16(middle) == (bits % 2 == 0 ? bits : bits + 1))
        }
    }
}
