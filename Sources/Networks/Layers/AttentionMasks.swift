internal import Tensors

/// What attention may not look at: the masks of its inputs and its own options, as one value over (target, source)
/// positions.
struct AttentionMasks {
    var query: ValueID?
    var value: ValueID?
    var key: ValueID?
    /// Given by the call, with axes for heads and the like before those of the positions, or without.
    var explicit: ValueID?
    var isCausal = false
    /// How far apart positions may be, and not farther; nil: at will.
    var slidingWindow: Int?

    /// - Parameter targets, sources: values whose axis `axis` has the positions.
    func combined(
        targets: ValueID, sources: ValueID, axis: Int, into lowering: inout Lowering
    ) throws -> ValueID? {
        var result = explicit
        if let query { result = try lowering.both(result, column(query, &lowering)) }
        for mask in [value, key] {
            if let mask { result = try lowering.both(result, row(mask, &lowering)) }
        }
        guard isCausal || slidingWindow != nil else { return result }
        let target = try lowering.push(.positions(Positions(axis: axis)), [targets])
        let source = try lowering.push(.positions(Positions(axis: axis)), [sources])
        let (rows, columns) = (try column(target, &lowering), try row(source, &lowering))
        if isCausal {
            result = try lowering.both(result, lowering.combine(.greaterOrEqual, rows, columns))
        }
        if let slidingWindow {
            let difference = try lowering.combine(.subtract, rows, columns)
            let distance = try lowering.apply("abs", difference)
            result = try lowering.both(result, lowering.combine(.less, distance, Double(slidingWindow)))
        }
        return result
    }

    private func column(_ mask: ValueID, _ lowering: inout Lowering) throws -> ValueID {
        try lowering.inserting(axes: [lowering.extents(mask).count], into: mask)
    }

    private func row(_ mask: ValueID, _ lowering: inout Lowering) throws -> ValueID {
        try lowering.inserting(axes: [max(lowering.extents(mask).count - 1, 0)], into: mask)
    }
}

/// The values that an attention layer is called with, by name or in order.
struct AttentionInputs {
    let query: ValueID
    let value: ValueID
    let key: ValueID
    let hasKey: Bool
    let masks: AttentionMasks
    let returnsScores: Bool

    /// - Throws: `malformed` where query or value is missing.
    init(_ inputs: [ValueID], slidingWindow: Int?, _ lowering: Lowering) throws {
        let arguments = lowering.arguments
        guard let query = arguments.tensor("query", "inputs", at: 0) ?? inputs.first,
            let value = arguments.tensor("value", at: 1) ?? inputs.dropFirst().first
        else { throw lowering.failure("It takes a query and a value.") }
        let key = arguments.tensor("key", at: 2)
        self.query = query
        self.value = value
        self.key = key ?? value
        hasKey = key != nil
        func flag(_ name: String) -> Bool { arguments.constant(name)?.bool ?? false }
        returnsScores = flag("return_attention_scores")
        masks = AttentionMasks(
            query: arguments.tensor("query_mask") ?? lowering.mask(of: query),
            value: arguments.tensor("value_mask") ?? lowering.mask(of: value),
            key: arguments.tensor("key_mask") ?? key.flatMap { lowering.mask(of: $0) },
            explicit: arguments.tensor("attention_mask"), isCausal: flag("use_causal_mask"),
            slidingWindow: slidingWindow)
    }
}
