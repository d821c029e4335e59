internal import Networks

/// What a training does otherwise than the network's own framework would, a sentence each.
enum TrainingNotes {
    private static let regularisers: Set<String> = [
        "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D",
        "SpatialDropout3D",
    ]

    /// - Parameters:
    ///   - normalisations: batch normalisations that there are.
    ///   - samples: examples that their statistics were taken from.
    static func of(_ network: Network, normalisations: Int, samples: Int) -> [String] {
        var notes: [String] = []
        if normalisations > 0 {
            notes.append(
                "\(normalisations) batch normalisations were trained by the statistics of at most 64 examples at a time, and "
                    + "then took those of \(samples) training examples")
        }
        let dropped = network.layers.count { regularisers.contains($0.className) }
        if dropped > 0 { notes.append("\(dropped) layers of dropout or noise were left out while training") }
        let frozen = network.layers.filter { $0.isFrozen && !$0.parameters.isEmpty }.count
        if frozen > 0 { notes.append("\(frozen) layers that the configuration has frozen were pruned and not trained") }
        return notes
    }
}
