internal import Tensors

/// How an array of two axes, or one, is laid out: which arrays tell its rows and columns, and which of these runs slowest.
enum BinSparseLayout: String, CaseIterable {
    case sparseVector = "VEC"
    case compressedVector = "CVEC"
    case denseVector = "DVEC"
    case dense = "DMAT"
    case denseRows = "DMATR"
    case denseColumns = "DMATC"
    case compressedRows = "CSR"
    case compressedColumns = "CSC"
    case doublyCompressedRows = "DCSR"
    case doublyCompressedColumns = "DCSC"
    case coordinates = "COO"
    case coordinatesByRow = "COOR"
    case coordinatesByColumn = "COOC"

    var rank: Int {
        switch self {
        case .sparseVector, .compressedVector, .denseVector: 1
        default: 2
        }
    }

    var isDense: Bool { [.denseVector, .dense, .denseRows, .denseColumns].contains(self) }

    /// Whether columns run slowest: its arrays are those of the transposed matrix.
    var isByColumn: Bool {
        [.denseColumns, .compressedColumns, .doublyCompressedColumns, .coordinatesByColumn].contains(self)
    }

    /// Whether `indices_0` tells the slow index of each entry.
    var hasSlowIndices: Bool { [.coordinates, .coordinatesByRow, .coordinatesByColumn].contains(self) }

    /// Whether `indices_0` tells which slow indices there are.
    var isDoublyCompressed: Bool { [.doublyCompressedRows, .doublyCompressedColumns].contains(self) }

    /// The arrays that it consists of.
    var arrays: [String] {
        switch self {
        case .denseVector, .dense, .denseRows, .denseColumns: ["values"]
        case .sparseVector, .compressedVector: ["indices_0", "values"]
        case .compressedRows, .compressedColumns: ["pointers_to_1", "indices_1", "values"]
        case .doublyCompressedRows, .doublyCompressedColumns: ["indices_0", "pointers_to_1", "indices_1", "values"]
        case .coordinates, .coordinatesByRow, .coordinatesByColumn: ["indices_0", "indices_1", "values"]
        }
    }

    /// The array whose index runs fastest.
    var fastIndices: String { rank == 1 ? "indices_0" : "indices_1" }
}
