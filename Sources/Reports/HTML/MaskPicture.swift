/// Where a tensor's weights are: the tensor as a matrix, its last axis across, in cells that tell what share of their
/// elements is not zero.
public struct MaskPicture: Sendable, Hashable {
    public var name: String
    public var shape: [Int]
    /// Of the matrix.
    public let rows: Int
    public let columns: Int
    /// Cells down and across.
    public let height: Int
    public let width: Int
    private var nonzeros: [Int]

    /// Cells along a side at most.
    private static let most = 96

    /// A picture without weights yet.
    public init(name: String, shape: [Int]) {
        self.name = name
        self.shape = shape
        columns = max(shape.last ?? 1, 1)
        rows = shape.dropLast().reduce(1, *)
        (height, width) = (min(rows, Self.most), min(columns, Self.most))
        nonzeros = Array(repeating: 0, count: height * width)
    }

    /// Counts an element that is not zero.
    ///
    /// - Parameter position: in the tensor, row-major.
    public mutating func add(_ position: Int) {
        let (row, column) = position.quotientAndRemainder(dividingBy: columns)
        nonzeros[row * height / rows * width + column * width / columns] += 1
    }

    /// Elements in a cell.
    private func elements(_ row: Int, _ column: Int) -> Int {
        func length(_ cell: Int, _ cells: Int, _ all: Int) -> Int {
            // The first element of cell c is ⌈c · all / cells⌉.
            ((cell + 1) * all + cells - 1) / cells - (cell * all + cells - 1) / cells
        }
        return length(row, height, rows) * length(column, width, columns)
    }

    /// The share of a cell's elements that is not zero.
    public func share(row: Int, column: Int) -> Double {
        Double(nonzeros[row * width + column]) / Double(max(elements(row, column), 1))
    }

    /// Cells of one shade are drawn together, each row's runs by one stroke.
    private static let shades = 5

    private func shade(_ row: Int, _ column: Int) -> Int {
        let share = share(row: row, column: column)
        return share == 0 ? 0 : max(1, Int((share * Double(Self.shades)).rounded()))
    }

    var html: String {
        var paths = [String](repeating: "", count: Self.shades + 1)
        for row in 0..<height {
            var column = 0
            while column < width {
                let shade = shade(row, column)
                let start = column
                while column < width, self.shade(row, column) == shade { column += 1 }
                if shade > 0 { paths[shade] += "M\(start) \(row).5h\(column - start)" }
            }
        }
        let scale = max(1, min(6, 288 / max(width, height)))
        let strokes = paths.enumerated().dropFirst().filter { !$1.isEmpty }.map { shade, path in
            "<path opacity=\"\(NumberText.fixed(Double(shade) / Double(Self.shades), 1))\" d=\"\(path)\"/>\n"
        }
        let title = "\(name) (\(shape.map(String.init).joined(separator: ", ")))"
        let detail =
            "\(NumberText.grouped(rows)) × \(NumberText.grouped(columns))"
            + (width < columns || height < rows ? ", \(height) × \(width) cells" : "")
        return
            "<figure>\n<svg class=\"mask\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width * scale)\" height=\"\(height * scale)\""
            + " role=\"img\" aria-label=\"where \(HTMLPage.escaped(title)) is not zero\">\n" + strokes.joined()
            + "</svg>\n<figcaption>\(HTMLPage.escaped(title))<br>\(detail)</figcaption>\n</figure>\n"
    }
}
