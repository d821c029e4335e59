internal import ModelIO
public import Networks
internal import SPMFormat
internal import SparseCoding
internal import Tensors

/// A `.spm` file knows its non-zeros, and gives them without the zeros between them.
extension ModelParameters {
    public func nonzeros(_ parameter: ParameterReference) throws -> Int? {
        guard let place = sparsePlace(parameter), let reader = reader as? SPMReader else { return nil }
        return reader.nonzeros(place)
    }

    public func readNonzeros(
        _ parameter: ParameterReference, positions: UnsafeMutableBufferPointer<UInt32>,
        values: UnsafeMutableBufferPointer<Float>, threads: Int
    ) throws {
        guard let index = sparsePlace(parameter), let reader = reader as? SPMReader else {
            preconditionFailure("the source knows no non-zeros")
        }
        let starts = reader.chunkPlaces(index)
        let targets = Targets(positions: positions, values: values)
        try Parallel.forEach(reader.chunkCount(index), threads: threads) { chunk in
            let first = UInt32(reader.chunkElements(index, chunk).lowerBound)
            try reader.withNonzeros(index, chunk: chunk) { found in
                targets.put(found.positions, found.values, first: first, at: starts[chunk])
            }
        }
    }

    /// The tensor of a parameter in a file that has its non-zeros as float32.
    private func sparsePlace(_ parameter: ParameterReference) -> Int? {
        guard let place = place(parameter), place.view == nil, !place.isBFloat16,
            reader.tensors[place.index].elementType == .float32
        else { return nil }
        return place.index
    }
}

/// Room that chunks fill disjoint parts of.
private struct Targets: @unchecked Sendable {
    let positions: UnsafeMutableBufferPointer<UInt32>
    let values: UnsafeMutableBufferPointer<Float>

    /// - Parameters:
    ///   - first: what is added to each position.
    ///   - start: where the first one goes.
    func put(
        _ found: UnsafeBufferPointer<UInt32>, _ numbers: UnsafeRawBufferPointer, first: UInt32, at start: Int
    ) {
        guard let source = numbers.baseAddress else { return }
        precondition(start + found.count <= positions.count, "the index was checked")
        let places = positions.baseAddress! + start
        for offset in 0..<found.count { places[offset] = first + found[offset] }
        UnsafeMutableRawPointer(values.baseAddress! + start).copyMemory(from: source, byteCount: found.count * 4)
    }
}
