internal import ModelIO
internal import SPMFormat

/// What a reader shows comes from an open file, maybe by way of other readers that change it.
extension ModelReader {
    /// The reader of the file itself, and the index there of tensor `index`.
    func origin(_ index: Int) -> (reader: any ModelReader, index: Int) {
        switch self {
        case let derived as DerivedReader:
            let (base, place) = derived.source(index)
            return base.origin(place)
        default: return (self, index)
        }
    }

    /// The reader of the file itself.
    var origin: any ModelReader { (self as? DerivedReader)?.base.origin ?? self }

    /// The count of non-zeros that the file claims of a tensor that is shown as it is there.
    func claimedNonzeros(_ index: Int) -> Int? {
        if let derived = self as? DerivedReader {
            return derived.isMasked(index) ? nil : derived.base.claimedNonzeros(derived.source(index).index)
        }
        return (self as? SPMReader)?.nonzeros(index)
    }

    /// What a `.spm` file made from this one is to say of itself as a whole, before this job adds to it.
    var metadata: [String: String] {
        let format = ["source.format": formatID]
        return (origin as? SPMReader)?.metadata.merging(format) { own, _ in own } ?? format
    }
}
