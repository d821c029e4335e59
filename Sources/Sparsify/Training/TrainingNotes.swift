internal import Networks

/// What a training does otherwise than the network's own framework would, a sentence each.
enum TrainingNotes {
    private static let regularisers: Set<String> = [
        "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D",
        "SpatialDropout3D",
    ]

    static func of(_ network: Network) -> [String] {
        var notes: [String] = []
        let normalised = network.program.steps.count { step in
            if case .affine(let affine) = step.primitive, case .batchStatistics = affine.source { true } else { false }
        }
        if normalised > 0 {
            notes.append(
                "\(normalised) batch normalisations were trained with the statistics of the file, which did not change; "
                    + "--recalibrate-bn takes them anew")
        }
        let dropped = network.layers.count { regularisers.contains($0.className) }
        if dropped > 0 { notes.append("\(dropped) layers of dropout or noise were left out while training") }
        return notes
    }
}
