internal import LinearAlgebra
internal import Synchronization
internal import Tensors
internal import Training

/// The measurements of a `DiagnoseJob`.
struct Diagnosing {
    let job: DiagnoseJob
    let gradients: LossGradients<Double>
    let parameters: [Double]
    let examples: Examples

    /// Where the trained parameters lie in θ.
    private var trained: [Int] {
        gradients.table.entries.filter(\.isTrainable).flatMap { Array($0.range) }
    }

    func result() throws -> Diagnosis {
        let trained = trained
        guard !trained.isEmpty else {
            throw SparsifyError(.unsupported, "The network has no parameters that are trained.")
        }
        let progress = job.options.progress
        progress?.begin("gradients", total: 1)
        let (loss, gradient) = try gradients.gradient(parameters, examples)
        guard loss.isFinite else {
            throw SparsifyError(.numerical, "The loss is \(loss).", remedy: "Check --scale, and the weights.")
        }
        let squares = Mutex(0.0)
        try gradients.forEachExample(parameters, examples) { _, _, _, gradient in
            let square = gradient.reduce(0) { $0 + $1 * $1 }
            squares.withLock { $0 += square }
        }
        let meanSquare = squares.withLock { $0 } / Double(examples.count)
        let norm = trained.reduce(0) { $0 + gradient[$1] * gradient[$1] }.squareRoot()
        progress?.begin("Hessian", total: min(job.iterations, trained.count))
        let extremes = try self.extremes(trained)
        let discriminant = trained.count == 2 ? try self.discriminant(trained) : nil
        let noise = (meanSquare / Double(examples.count)).squareRoot()
        var diagnosis = Diagnosis(
            model: job.model, loss: gradients.head.kind.rawValue, lossValue: loss, examples: examples.count,
            seed: job.seed,
            parameters: trained.count, gradientNorm: norm, noiseNorm: noise, smallestEigenvalue: extremes.smallest,
            smallestError: extremes.smallestError, largestEigenvalue: extremes.largest,
            largestError: extremes.largestError, iterations: extremes.iterations, discriminant: discriminant,
            kind: .flat, advice: [])
        diagnosis.kind = Self.kind(diagnosis, scale: meanSquare.squareRoot())
        diagnosis.advice = Self.advice(diagnosis)
        return diagnosis
    }

    private func product(_ vector: [Double], _ trained: [Int]) throws -> [Double] {
        try job.options.cancellation?.check()
        var direction = [Double](repeating: 0, count: parameters.count)
        for (index, place) in trained.enumerated() { direction[place] = vector[index] }
        let image = try gradients.hessianProduct(parameters, direction, examples)
        job.options.progress?.add(1)
        return trained.map { image[$0] }
    }

    private func extremes(_ trained: [Int]) throws -> Lanczos.Extremes {
        var generator = SplitMix64(seed: job.seed)
        return try Lanczos(iterations: job.iterations).extremes(
            start: trained.map { _ in generator.unit() - 0.5 }
        ) { try product($0, trained) }
    }

    private func discriminant(_ trained: [Int]) throws -> Double {
        let (first, second) = (try product([1, 0], trained), try product([0, 1], trained))
        return first[0] * second[1] - first[1] * second[0]
    }

    /// In two dimensions by the discriminant, in more by the extreme eigenvalues; what is less than a millionth of the greatest
    /// is no sign.
    private static func kind(_ found: Diagnosis, scale: Double) -> Diagnosis.Kind {
        // Twice what chance gives, or nothing but rounding.
        let isCritical = found.gradientNorm <= 2 * found.noiseNorm || found.gradientNorm <= 1e-6 * max(scale, 1e-6)
        guard isCritical else { return .notCritical }
        let greatest = max(abs(found.smallestEigenvalue), abs(found.largestEigenvalue))
        let least = 1e-6 * greatest
        if greatest == 0 { return .flat }
        if let discriminant = found.discriminant {
            if abs(discriminant) <= least * greatest { return .flat }
            return discriminant < 0 ? .saddle : found.largestEigenvalue > 0 ? .minimum : .maximum
        }
        let smallest = found.smallestEigenvalue
        if smallest < -least, found.largestEigenvalue > least { return .saddle }
        if smallest > max(least, found.smallestError) { return .minimum }
        if found.largestEigenvalue < -max(least, found.largestError) { return .maximum }
        return .flat
    }

    private static func advice(_ found: Diagnosis) -> [String] {
        var advice: [String] = []
        if found.kind == .notCritical {
            advice.append(
                "The gradient is more than chance: the network is not trained to the end on this data. taylor is meaningful; "
                    + "give obd and obs --first-order.")
        } else {
            advice.append(
                "The gradient is no more than chance: taylor's scores are noise. obd and obs need no first order.")
        }
        if found.smallestEigenvalue < -1e-6 * abs(found.largestEigenvalue) {
            let share = -found.smallestEigenvalue / max(abs(found.largestEigenvalue), .leastNormalMagnitude)
            advice.append(
                "The Hessian has negative curvature (\(Int((share * 100).rounded())) % of the greatest): the loss falls along "
                    + "some directions, and obd --diagonal hessian is not justified. The Fisher and Gauss-Newton matrices, which "
                    + "obd and obs use otherwise, have no negative curvature.")
        } else {
            advice.append("No negative curvature was found: obd and obs are justified with any curvature.")
        }
        advice.append("magnitude and wanda suppose nothing of the loss.")
        return advice
    }
}
