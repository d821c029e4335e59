/// Sums over tensors and layers, and the ratios that they come to.
public struct TotalsReport: Sendable, Hashable, Encodable {
    public var tensors: Int
    public var elements: Int
    public var nonzeros: Int?
    /// Share of zeros over all elements of the file.
    public var sparsity: Double?
    public var prunableElements: Int
    public var prunableNonzeros: Int?
    /// Share of zeros over the elements of the prunable tensors.
    public var prunableSparsity: Double?
    public var denseBytes: Int
    public var tensorBytes: Int?
    public var valueBytes: Int?
    public var indexBytes: Int?
    public var overheadBytes: Int?
    /// What is in the file besides tensors: preamble, index, attributes, configuration.
    public var containerBytes: Int?
    public var fileBytes: Int
    /// Dense bytes of all tensors over the bytes of the file.
    public var compressionRatio: Double
    /// Sum of log2 C(n, k) over the tensors that are stored with an index, in bits.
    public var indexBoundBits: Double?
    public var gzipBytes: Int?
    /// Over the layers whose operations are known.
    public var multiplications: Int?
    public var additions: Int?
    public var flops: Int?
    public var sparseMultiplications: Int?
    public var sparseAdditions: Int?
    public var sparseFlops: Int?
    /// Layers whose operations are not known, by name; the sums leave them out.
    public var unknownLayers: [String]

    init(tensors: [TensorReport], layers: [LayerReport], fileBytes: Int) {
        let elementCount = tensors.reduce(0) { $0 + $1.elements }
        self.tensors = tensors.count
        self.fileBytes = fileBytes
        elements = elementCount
        denseBytes = tensors.reduce(0) { $0 + $1.denseBytes }
        nonzeros = Self.sum(tensors, \.nonzeros)
        sparsity = nonzeros.map { Self.share($0, of: elementCount) }
        let prunable = tensors.filter(\.prunable)
        let prunableCount = prunable.reduce(0) { $0 + $1.elements }
        prunableElements = prunableCount
        prunableNonzeros = Self.sum(prunable, \.nonzeros)
        prunableSparsity = prunableNonzeros.map { Self.share($0, of: prunableCount) }
        tensorBytes = Self.sum(tensors, \.fileBytes)
        valueBytes = Self.sum(tensors, \.valueBytes)
        indexBytes = Self.sum(tensors, \.indexBytes)
        overheadBytes = Self.sum(tensors, \.overheadBytes)
        containerBytes = Self.sum(tensors, \.fileBytes).map { fileBytes - $0 }
        compressionRatio = fileBytes == 0 ? 0 : Double(denseBytes) / Double(fileBytes)
        let indexed = tensors.filter { $0.indexBytes ?? 0 > 0 }
        indexBoundBits = indexBytes == nil ? nil : indexed.reduce(0) { $0 + ($1.indexBoundBits ?? 0) }
        gzipBytes = tensors.isEmpty ? nil : Self.sum(tensors, \.gzipBytes)
        let known = layers.filter { $0.multiplications != nil && $0.additions != nil }
        unknownLayers = layers.filter { $0.multiplications == nil || $0.additions == nil }.map(\.name)
        guard !known.isEmpty else { return }
        multiplications = Self.sum(known, \.multiplications)
        additions = Self.sum(known, \.additions)
        sparseMultiplications = Self.sum(known, \.sparseMultiplications)
        sparseAdditions = Self.sum(known, \.sparseAdditions)
        flops = Self.add(multiplications, additions)
        sparseFlops = Self.add(sparseMultiplications, sparseAdditions)
    }

    /// The sum, where every part is known and it fits.
    private static func sum<Part>(_ parts: [Part], _ value: KeyPath<Part, Int?>) -> Int? {
        parts.reduce(Int?.some(0)) { add($0, $1[keyPath: value]) }
    }

    private static func add(_ a: Int?, _ b: Int?) -> Int? {
        guard let a, let b else { return nil }
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? nil : sum
    }

    private static func share(_ nonzeros: Int, of elements: Int) -> Double {
        elements == 0 ? 0 : Double(elements - nonzeros) / Double(elements)
    }
}
