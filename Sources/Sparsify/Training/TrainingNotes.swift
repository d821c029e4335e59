internal import Networks

/// What a training does otherwise than the network's own framework would, a sentence each.
enum TrainingNotes {
    /// - Parameters:
    ///   - normalisations: batch normalisations that there are.
    ///   - samples: examples that their statistics were taken from.
    ///   - usesNoise: whether layers of dropout and noise acted.
    static func of(_ network: Network, normalisations: Int, samples: Int, usesNoise: Bool) -> [String] {
        var notes: [String] = []
        if normalisations > 0 {
            notes.append(
                "\(normalisations) batch normalisations were trained by the statistics of at most 64 examples at a time, and "
                    + "then took those of \(samples) training examples")
        }
        func note(_ text: String, _ isMeant: (Network.Layer) -> Bool) {
            let count = network.layers.count(where: isMeant)
            if count > 0 { notes.append("\(count) layers \(text)") }
        }
        if !usesNoise {
            note("with dropout or noise did without it while training; --dropout lets it act") {
                $0.trainingEffect == .noise
            }
        }
        note("that change examples at random were left out while training") { $0.trainingEffect == .augmentation }
        note("that the configuration has frozen were pruned and not trained") { $0.isFrozen && !$0.parameters.isEmpty }
        return notes
    }
}
