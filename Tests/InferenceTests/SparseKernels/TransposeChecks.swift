import CProcessor
import CSparseKernels
import Testing

enum TransposeChecks {
    static func everywhere() {
        for level in 0...processor_best_level() {
            processor_set_level(level)
            for rows in 1...35 {
                for columns in 1...35 { check(rows, columns, gap: (rows + columns) % 3, atEnd: rows % 2 == 0) }
            }
            for (rows, columns) in [(0, 3), (3, 0), (64, 127), (100, 64), (1, 1000), (1000, 1), (129, 7), (5, 200)] {
                for gap in [0, 3] {
                    for atEnd in [false, true] { check(rows, columns, gap: gap, atEnd: atEnd) }
                }
            }
        }
    }

    /// - Parameter gap: by how much lines are further apart than they are long.
    private static func check(_ rows: Int, _ columns: Int, gap: Int, atEnd: Bool) {
        let (stride, targetStride) = (columns + gap, rows + gap)
        func length(_ lines: Int, _ length: Int, _ stride: Int) -> Int {
            lines == 0 || length == 0 ? 0 : (lines - 1) * stride + length
        }
        let given = (0..<length(rows, columns, stride)).map { Float($0) }
        let source = Guarded(given, atEnd: atEnd)
        let target = Guarded([Float](repeating: -1, count: length(columns, rows, targetStride)), atEnd: atEnd)
        var wanted = target.values
        for row in 0..<rows {
            for column in 0..<columns { wanted[column * targetStride + row] = given[row * stride + column] }
        }
        sk_transpose(source.base, rows, columns, stride, target.base, targetStride)
        let isSame = target.values == wanted
        #expect(isSame, "\(rows) × \(columns) with \(gap) between, level \(processor_level())")
    }
}

/// Lines that go to lanes and come back, between pages that cannot be touched.
enum LaneChecks {
    static func everywhere() {
        for level in 0...processor_best_level() {
            processor_set_level(level)
            for count in Array(0...35) + [64, 127] {
                for atEnd in [false, true] {
                    // All lanes, none, the first, the last, every third not.
                    for isThere in [{ _ in true }, { _ in false }, { $0 == 0 }, { $0 == 15 }, { $0 % 3 != 1 }] {
                        check(count, gap: count % 3, atEnd: atEnd, isThere)
                    }
                }
            }
        }
    }

    private static func check(_ count: Int, gap: Int, atEnd: Bool, _ isThere: (Int) -> Bool) {
        let lanes = Int(SK_LANES)
        let (stride, length) = (lanes + gap, count == 0 ? 0 : (count - 1) * (lanes + gap) + lanes)
        let lines = (0..<lanes).map { lane in
            Guarded((0..<count).map { Float(lane * 1000 + $0) }, atEnd: atEnd)
        }
        let laid = Guarded([Float](repeating: -1, count: length), atEnd: atEnd)
        let sources = lines.enumerated().map { isThere($0) ? UnsafePointer($1.base) : nil }
        sk_to_lanes(sources, count, laid.base, stride)
        var wanted = [Float](repeating: -1, count: length)
        for lane in 0..<lanes {
            for place in 0..<count {
                wanted[place * stride + lane] = isThere(lane) ? Float(lane * 1000 + place) : 0
            }
        }
        let isLaid = laid.values == wanted
        #expect(isLaid, "\(count) to lanes, level \(processor_level())")
        let back = (0..<lanes).map { _ in Guarded([Float](repeating: -1, count: count), atEnd: atEnd) }
        let targets = back.enumerated().map { isThere($0) ? Optional($1.base) : nil }
        sk_from_lanes(laid.base, count, stride, targets)
        for lane in 0..<lanes {
            let isBack = back[lane].values == (isThere(lane) ? lines[lane].values : Array(repeating: -1, count: count))
            #expect(isBack, "\(count) from lane \(lane), level \(processor_level())")
        }
    }
}
