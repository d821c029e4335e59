internal import ModelIO
internal import Networks
internal import Reports
internal import SparseCoding
internal import Tensors

/// Makes the report on an open model.
struct ModelInspector {
    let model: OpenModel
    /// Which tensors were prunable, where a job chose; nil: what the model itself says.
    let selection: TensorSelection?
    /// How the tensors are stored; nil: as the model's own file stores them.
    var storage: TensorStorage?
    let options: JobOptions

    /// - Parameter scansValues: counts the non-zeros by looking at every value; else only what the file claims is told.
    func report(scansValues: Bool, measuresGzip: Bool = false) throws -> ModelReport {
        let reader = model.reader
        let storage = storage ?? .open(reader)
        let maps = model.analysis.outputMaps(reader.tensors)
        let scans =
            scansValues
            ? try TensorScan.scan(
                reader, outputs: maps, threads: options.threads, cancellation: options.cancellation,
                progress: options.progress)
            : nil
        var tensors: [TensorReport] = []
        for index in reader.tensors.indices {
            var tensor = try describe(index, storage, scan: scans?[index])
            if measuresGzip { tensor.gzipBytes = try GzipMeasure.bytes(reader, index) }
            tensors.append(tensor)
        }
        let layers = try model.analysis.layers(
            evidence: scans.map { scans in
                { index in
                    scans[index].occupiedOutputs.map { .init(nonzeros: scans[index].nonzeros, occupiedOutputs: $0) }
                }
            }
        ) { try PartialScan.evidence(reader, $0, $1, outputs: $2) }
        return ModelReport(
            file: storage.path, format: storage.formatID, layout: model.analysis.layoutName,
            fileBytes: storage.fileBytes, tensors: tensors, layers: layers, notes: model.analysis.notes)
    }

    private func describe(_ index: Int, _ storage: TensorStorage, scan: TensorScan?) throws -> TensorReport {
        let info = model.reader.tensors[index]
        let choice = selection?.choices[index] ?? model.choices[index]
        var tensor = TensorReport(
            name: info.name, shape: info.shape.dimensions, type: model.analysis.typeNames[index],
            elements: info.elementCount,
            nonzeros: scan?.nonzeros ?? storage.nonzeros(index), denseBytes: info.byteCount,
            fileBytes: storage.bytes(index),
            encoding: "dense", prunable: choice.isPrunable, reason: choice.reason,
            layer: model.analysis.layerNames[index])
        if let ledger = try storage.ledger(index) {
            tensor.fileBytes = ledger.totalBytes
            tensor.valueBytes = ledger.valueBytes
            tensor.indexBytes = ledger.indexBytes
            tensor.overheadBytes = ledger.overheadBytes
            tensor.encoding = Self.encoding(ledger)
        }
        return tensor
    }

    /// The forms in use, the most frequent first.
    private static func encoding(_ ledger: ChunkLedger) -> String {
        guard !ledger.forms.isEmpty else { return "zero" }
        return ledger.forms.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
            .map(\.key.name).joined(separator: "+")
    }
}
