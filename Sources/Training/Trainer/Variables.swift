/// What is trained: the variables, the optimizer's moments, and which variables are held at zero. One piece of memory for each.
final class Variables {
    /// θ, then the extra variables.
    let values: UnsafeMutableBufferPointer<Float>
    let moments: [UnsafeMutableBufferPointer<Float>]
    /// All bits set where a variable is free, none where it is held at +0; nil: all are free.
    private(set) var mask: [UInt32]?

    init(_ parameters: [Float], extra: [VariableGroup], momentCount: Int) {
        let all = parameters + extra.flatMap(\.initial)
        values = .allocate(capacity: max(all.count, 1))
        _ = values.initialize(from: all + (all.isEmpty ? [0] : []))
        moments = (0..<momentCount).map { _ in
            let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(all.count, 1))
            memory.initialize(repeating: 0)
            return memory
        }
    }

    deinit {
        values.deallocate()
        for memory in moments { memory.deallocate() }
    }

    var count: Int { values.count }

    /// Holds variables at +0 from now on, in values and moments; nil: lets all go.
    func hold(_ isKept: [Bool]?) {
        mask = isKept.map { kept in
            kept.map { $0 ? UInt32.max : 0 } + [UInt32](repeating: .max, count: count - kept.count)
        }
        clear(values)
        for memory in moments { clear(memory) }
    }

    /// Sets to +0 what is held, whatever it was.
    func clear(_ vector: UnsafeMutableBufferPointer<Float>) {
        guard let mask else { return }
        mask.withUnsafeBufferPointer { mask in
            for index in 0..<mask.count { vector[index] = Float(bitPattern: vector[index].bitPattern & mask[index]) }
        }
    }
}
