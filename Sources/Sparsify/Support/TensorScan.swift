internal import ModelIO
internal import Networks
internal import SPMFormat
internal import SparseCoding
internal import Tensors

/// What a look at every value of a tensor tells.
struct TensorScan: Sendable {
    var nonzeros = 0
    /// Cells over the output axes that have at least one non-zero; nil where the tensor has no output axes.
    var occupiedOutputs: Int?

    /// Scans all tensors of a reader, decoding everything, several tiles at once.
    ///
    /// - Parameter outputs: for each tensor, where it is a weight of a known layer, how positions map to outputs.
    /// - Throws: where the file is damaged, or a count differs from what the file claims.
    static func scan(
        _ reader: any ModelReader, outputs: [OutputMap?], threads: Int, cancellation: CancellationFlag? = nil,
        progress: WorkProgress? = nil
    ) throws -> [TensorScan] {
        let jobs = ScanJob.list(reader)
        progress?.begin("checking", total: reader.tensors.reduce(0) { $0 + $1.byteCount })
        let occupancy = outputs.map { $0.map(OutputOccupancy.init) }
        var scans = outputs.map { _ in TensorScan() }
        try Parallel.ordered(jobs.count, threads: threads) { job -> Int in
            try cancellation?.check()
            let job = jobs[job]
            defer { progress?.add(job.range.count * reader.tensors[job.tensor].elementType.byteWidth) }
            return try job.run(reader, occupancy[job.tensor])
        } consume: { job, nonzeros in
            scans[jobs[job].tensor].nonzeros += nonzeros
        }
        for index in scans.indices { scans[index].occupiedOutputs = occupancy[index]?.occupied }
        return scans
    }
}

/// A piece of one tensor to look at: a chunk of a `.spm` file, or a tile.
private struct ScanJob: Sendable {
    var tensor: Int
    var range: Range<Int>
    /// Which chunk, where the file has chunks.
    var chunk: Int?

    static func list(_ reader: any ModelReader) -> [ScanJob] {
        let spm = reader as? SPMReader
        var jobs: [ScanJob] = []
        for (tensor, info) in reader.tensors.enumerated() {
            if let spm {
                for chunk in 0..<spm.chunkCount(tensor) {
                    jobs.append(ScanJob(tensor: tensor, range: spm.chunkElements(tensor, chunk), chunk: chunk))
                }
            } else {
                var start = 0
                while start < info.elementCount {
                    let end = min(start + 1 << 18, info.elementCount)
                    jobs.append(ScanJob(tensor: tensor, range: start..<end, chunk: nil))
                    start = end
                }
            }
        }
        return jobs
    }

    /// Counts the non-zeros and marks the outputs they feed.
    func run(_ reader: any ModelReader, _ occupancy: OutputOccupancy?) throws -> Int {
        if let spm = reader as? SPMReader, let chunk {
            return try spm.withNonzeros(tensor, chunk: chunk) { nonzeros in
                if let occupancy, !occupancy.isFull {
                    occupancy.mark { mark in
                        for position in nonzeros.positions { mark(range.lowerBound + Int(position)) }
                    }
                }
                return nonzeros.positions.count
            }
        }
        let width = reader.tensors[tensor].elementType.byteWidth
        let buffer = RawBuffer(byteCount: range.count * width)
        let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(range.count * width)])
        try reader.read(tensor, range, into: bytes)
        if let occupancy, !occupancy.isFull {
            occupancy.mark { mark in
                for index in 0..<range.count where !isZero(bytes, index, width) { mark(range.lowerBound + index) }
            }
        }
        return countNonzeros(UnsafeRawBufferPointer(bytes), byteWidth: width)
    }

    @inline(__always)
    private func isZero(_ bytes: UnsafeMutableRawBufferPointer, _ index: Int, _ width: Int) -> Bool {
        for byte in index * width..<(index + 1) * width where bytes[byte] != 0 { return false }
        return true
    }
}
