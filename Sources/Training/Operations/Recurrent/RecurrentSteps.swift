internal import Networks

/// The order of time, masks and outputs of a recurrent layer; the cell is somebody else's.
struct RecurrentSteps {
    let rows: Int
    let steps: Int
    let length: Int
    let returnsSequences: Bool
    let goesBackwards: Bool
    let zeroesMaskedOutputs: Bool

    /// The step of the input that is taken `index`-th.
    func time(_ index: Int) -> Int { goesBackwards ? steps - 1 - index : index }

    /// Which rows are passed over at a time.
    func passed<N: Number>(_ mask: Block<N>?, _ time: Int) -> [Bool]? {
        guard let mask else { return nil }
        return (0..<rows).map { mask.base[$0 * steps + time].double == 0 }
    }

    /// The outputs of all steps, from the states after each.
    ///
    /// - Parameter states: (steps, rows, length), in the order in which they were taken.
    func outputs<N: Number>(_ states: [Block<N>], mask: Block<N>?, _ pool: BlockPool<N>) -> Block<N> {
        var latest = [N](repeating: .zero, count: rows * length)
        let output = pool.zeros(rows * length * (returnsSequences ? steps : 1))
        for index in 0..<steps {
            let passed = passed(mask, time(index))
            for row in 0..<rows {
                for unit in 0..<length {
                    let place = row * length + unit
                    if passed?[row] != true {
                        latest[place] = states[index].base[place]
                    } else if zeroesMaskedOutputs {
                        latest[place] = .zero
                    }
                    if returnsSequences { output.base[(row * steps + index) * length + unit] = latest[place] }
                }
            }
        }
        if !returnsSequences { for place in latest.indices { output.base[place] = latest[place] } }
        return output
    }

    /// What the gradient by the outputs says of the states after each step, as `outputs` has them.
    func stateGradients<N: Number>(_ gradient: Block<N>?, mask: Block<N>?, _ pool: BlockPool<N>) -> [Block<N>] {
        let result = (0..<steps).map { _ in pool.zeros(rows * length) }
        guard let gradient else { return result }
        var carried = [N](repeating: .zero, count: rows * length)
        if !returnsSequences { for place in carried.indices { carried[place] = gradient.base[place] } }
        for index in (0..<steps).reversed() {
            let passed = passed(mask, time(index))
            for row in 0..<rows {
                for unit in 0..<length {
                    let place = row * length + unit
                    if returnsSequences { carried[place] += gradient.base[(row * steps + index) * length + unit] }
                    if passed?[row] != true {
                        result[index].base[place] = carried[place]
                        carried[place] = .zero
                    } else if zeroesMaskedOutputs {
                        carried[place] = .zero
                    }
                }
            }
        }
        return result
    }
}
