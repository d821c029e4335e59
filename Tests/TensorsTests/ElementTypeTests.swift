import Tensors
import Testing

@Suite struct ElementTypeTests {
    /// Codes, names and widths of the specification; they never change.
    static let table: [(code: UInt8, name: String, width: Int, isFloat: Bool)] = [
        (1, "float16", 2, true), (2, "bfloat16", 2, true), (3, "float32", 4, true), (4, "float64", 8, true),
        (5, "int8", 1, false), (6, "uint8", 1, false), (7, "int16", 2, false), (8, "uint16", 2, false),
        (9, "int32", 4, false), (10, "uint32", 4, false), (11, "int64", 8, false), (12, "uint64", 8, false),
        (13, "bool", 1, false), (14, "opaque16", 2, false),
    ]

    @Test func codesNamesAndWidthsAreThoseOfTheSpecification() {
        #expect(ElementType.allCases.map(\.rawValue) == Self.table.map(\.code))
        #expect(ElementType.allCases.map(\.name) == Self.table.map(\.name))
        #expect(ElementType.allCases.map(\.byteWidth) == Self.table.map(\.width))
        #expect(ElementType.allCases.map(\.isFloatingPoint) == Self.table.map(\.isFloat))
        #expect(ElementType(rawValue: 0) == nil && ElementType(rawValue: 15) == nil)
    }
}

@Suite struct ShapeTests {
    @Test(arguments: [
        ([], 1, "()"), ([5], 5, "(5,)"), ([3, 4], 12, "(3, 4)"), ([0], 0, "(0,)"), ([2, 0, 7], 0, "(2, 0, 7)"),
        ([1, 1, 1, 1, 1, 1, 1, 1, 1], 1, "(1, 1, 1, 1, 1, 1, 1, 1, 1)"), ([.max], .max, "(9223372036854775807,)"),
        ([1 << 31, 1 << 31], 1 << 62, "(2147483648, 2147483648)"), ([0, .max, .max], 0, "(0, \(Int.max), \(Int.max))"),
    ]) func countsAndPrints(_ dimensions: [Int], _ count: Int, _ text: String) throws {
        let shape = try Shape(dimensions)
        #expect(shape.elementCount == count)
        #expect(shape.rank == dimensions.count)
        #expect(shape.dimensions == dimensions)
        #expect(shape.description == text)
    }

    @Test(arguments: [[-1], [3, -1], [0, -5], [.min], [1 << 32, 1 << 31], [.max, 2], [2, .max, 0]])
    func refusesWhatCannotBeCounted(_ dimensions: [Int]) {
        let error = #expect(throws: SparsifyError.self) { try Shape(dimensions) }
        #expect(error?.code == .malformed)
    }

    @Test func aScalarIsTheShapeOfNoExtents() throws { #expect(try Shape.scalar == Shape([])) }
}

@Suite struct CheckedArithmeticTests {
    @Test func addsAndMultipliesWhatFits() throws {
        #expect(try Checked.add(.max - 1, 1, "sum") == .max)
        #expect(try Checked.multiply(1 << 31, 1 << 31, "product") == 1 << 62)
        #expect(try Checked.multiply(.max, 0, "product") == 0)
        #expect(try Checked.int(UInt64(Int.max), "number") == .max)
    }

    @Test func refusesTheRestByName() {
        let errors = [
            #expect(throws: SparsifyError.self) { try Checked.add(.max, 1, "sum of all") },
            #expect(throws: SparsifyError.self) { try Checked.add(.min, -1, "sum of all") },
            #expect(throws: SparsifyError.self) { try Checked.multiply(1 << 32, 1 << 31, "sum of all") },
            #expect(throws: SparsifyError.self) { try Checked.int(1 << 63, "sum of all") },
        ]
        for error in errors {
            #expect(error?.code == .malformed)
            #expect(error?.message.contains("sum of all") == true)
        }
    }
}
