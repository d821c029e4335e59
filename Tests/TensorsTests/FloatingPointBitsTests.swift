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
