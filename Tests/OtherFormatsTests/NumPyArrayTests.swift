import ModelIO
import OtherFormats
import Tensors
import Testing

@Suite struct NumPyArrayTests {
    static let integers: [(name: String, type: ElementType, least: Int, greatest: Int?)] = [
        ("int8", .int8, -128, 127), ("uint8", .uint8, 0, 255), ("int16", .int16, -32768, 32767),
        ("uint16", .uint16, 0, 65535), ("int32", .int32, Int(Int32.min), Int(Int32.max)),
        ("uint32", .uint32, 0, Int(UInt32.max)), ("int64", .int64, .min, .max), ("uint64", .uint64, 0, nil),
    ]

    @Test(arguments: integers) func integersOfEveryWidthAndOrder(
        _ name: String, _ type: ElementType, _ least: Int, _ greatest: Int?
    ) throws {
        let little = try NumPyArray(path: Fixtures.path("\(name).npy"))
        #expect(little.elementType == type && little.shape.dimensions == [4] && !little.header.isBigEndian)
        if let greatest {
            #expect(try little.integers() == [least, greatest, 0, 7])
        } else {
            expectFailure(.unsupported, "position 1 is 18446744073709551615, which an integer") {
                _ = try little.integers()
            }
        }
        if type.byteWidth > 1 {
            let big = try NumPyArray(path: Fixtures.path("\(name)_big.npy"))
            #expect(big.elementType == type && big.header.isBigEndian)
            #expect(try big.bytes() == little.bytes())
        }
    }

    @Test(arguments: [("float16", ElementType.float16), ("float32", .float32), ("float64", .float64)])
    func realsOfEveryWidthAndOrder(_ name: String, _ type: ElementType) throws {
        for ending in ["", "_big"] {
            let array = try NumPyArray(path: Fixtures.path("\(name)\(ending).npy"))
            #expect(array.elementType == type && array.shape.dimensions == [2, 3])
            let doubles = try array.doubles()
            #expect(doubles[..<5] == [0, -0.0, 1.5, -2.25, .infinity] && doubles[5].isNaN)
            #expect(doubles[0].sign == .plus && doubles[1].sign == .minus)
            let floats = try array.floats()
            #expect(floats[..<5] == [0, -0.0, 1.5, -2.25, .infinity] && floats[5].isNaN)
        }
    }

    @Test func boolsAndOpaquePairs() throws {
        let bools = try NumPyArray(path: Fixtures.path("bool.npy"))
        #expect(bools.elementType == .bool)
        #expect(try bools.bytes() == [1, 0, 1] && bools.integers() == [1, 0, 1] && bools.floats() == [1, 0, 1])
        let pairs = try NumPyArray(path: Fixtures.path("opaque16.npy"))
        #expect(pairs.elementType == .opaque16)
        #expect(try pairs.bytes() == [0x80, 0x3f, 0x00, 0xc0])
        expectFailure(.unsupported, "meaning", "opaque16.npy") { _ = try pairs.floats() }
    }

    @Test func scalarsAndEmptyArrays() throws {
        let scalar = try NumPyArray(path: Fixtures.path("scalar.npy"))
        #expect(scalar.shape == .scalar)
        #expect(try scalar.floats() == [3.5])
        let empty = try NumPyArray(path: Fixtures.path("empty.npy"))
        #expect(empty.shape.dimensions == [0])
        #expect(try empty.floats() == [])
        let flat = try NumPyArray(path: Fixtures.path("zero_size.npy"))
        #expect(flat.shape.dimensions == [2, 0, 3] && flat.elementType == .int16)
        #expect(try flat.bytes() == [] && flat.integers() == [])
    }

    @Test(arguments: ["fortran", "fortran_big", "version2", "version3"])
    func everyRangeOfACube(_ name: String) throws {
        let array = try NumPyArray(path: Fixtures.path("\(name).npy"))
        #expect(array.shape.dimensions == [2, 3, 4])
        #expect(array.header.isFortranOrder == name.hasPrefix("fortran"))
        #expect(try array.integers() == Array(0..<24))
        let all = try array.bytes()
        let width = array.elementType.byteWidth
        for lower in 0...24 {
            for upper in lower...24 {
                #expect(try array.bytes(lower..<upper) == Array(all[lower * width..<upper * width]))
            }
        }
    }

    @Test func fortranOrderOfSmallElementsAndManyTiles() throws {
        let bools = try NumPyArray(path: Fixtures.path("fortran_bool.npy"))
        #expect(try bools.integers() == [1, 0, 0, 1, 1, 0])

        let folder = try TemporaryFolder()
        let (rows, columns) = (700, 500)
        let header = try NumPyHeader(
            elementType: .uint32, shape: Shape([rows, columns]), isFortranOrder: true)
        var file = header.bytes()
        for column in 0..<columns { for row in 0..<rows { file += bytes(UInt32(row * columns + column)) } }
        let array = try NumPyArray(path: try folder.store("f.npy", file))
        #expect(try array.integers() == Array(0..<rows * columns))
        try Parallel.forEach(64, threads: 4) { job in
            let data = try array.bytes(job * 100..<job * 100 + 1)
            #expect(data == bytes(UInt32(job * 100)))
        }
    }

    @Test func fortranOrderKeepsToTheBudget() throws {
        let array = try NumPyArray(path: Fixtures.path("fortran.npy"), maximumBytes: 95)
        expectFailure(.limit, "fortran.npy", "96 bytes in memory, more than the budget of 95") {
            _ = try array.bytes(0..<1)
        }
        #expect(try NumPyArray(path: Fixtures.path("version2.npy"), maximumBytes: 95).bytes(0..<1) == [0, 0, 0, 0])
    }

    @Test func valuesKeepToTheBudget() throws {
        let array = try NumPyArray(path: Fixtures.path("bool.npy"), maximumBytes: 23)
        #expect(try array.floats() == [1, 0, 1])
        expectFailure(.limit, "24 bytes in memory") { _ = try array.doubles() }
    }

    @Test func valuesThatDoNotFitAreSaid() throws {
        let folder = try TemporaryFolder()
        func array(_ type: ElementType, _ data: [UInt8]) throws -> NumPyArray {
            let file = try NumPyHeader(elementType: type, shape: Shape([1])).bytes() + data
            return try NumPyArray(path: try folder.store("a.npy", file))
        }
        expectFailure(.unsupported, "a.npy", "position 0 is 16777217, which float32") {
            _ = try array(.int32, bytes(Int32(16_777_217))).floats()
        }
        expectFailure(.unsupported, "9007199254740993, which float64") {
            _ = try array(.int64, bytes(Int64(9_007_199_254_740_993))).doubles()
        }
        expectFailure(.unsupported, "1e+300, which float32") {
            _ = try array(.float64, bytes((1e300).bitPattern)).floats()
        }
        expectFailure(.unsupported, "0.5, which an integer") {
            _ = try array(.float32, bytes(Float(0.5).bitPattern)).integers()
        }
        expectFailure(.unsupported, "nan") { _ = try array(.float64, bytes(Double.nan.bitPattern)).integers() }
        #expect(try array(.float64, bytes((0.1).bitPattern)).floats() == [0.1 as Float])
        #expect(try array(.float64, bytes((-3.0).bitPattern)).integers() == [-3])
        let payload: UInt32 = 0x7f80_0001
        #expect(try array(.float32, bytes(payload)).floats()[0].bitPattern == payload)
    }
}
