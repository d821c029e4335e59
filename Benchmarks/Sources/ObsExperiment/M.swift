import Sparsify
import Pruning
@main struct M {
    static func main() throws {
        let a = CommandLine.arguments
        func v(_ k: String, _ d: Double) -> Double { a.firstIndex(of: k).map { Double(a[$0 + 1])! } ?? d }
        let obs = OptimalBrainSurgeon(stages: Int(v("--stages", 15)), block: a.contains("--block") ? Int(v("--block", 0)) : nil, fisherSamples: Int(v("--fisher", 1000)), curvatureSamples: Int(v("--curv", 4096)), damping: v("--damping", 1e-3), firstOrder: v("--first", 1) != 0, solves: Int(v("--solves", 2)), isEmpirical: v("--emp", 0) != 0, seed: UInt64(v("--seed", 0)), threads: 2)
        let s = a.firstIndex(of: "--s").map { a[$0 + 1].split(separator: ",").map { Double($0)! } } ?? [0.5, 0.9, 0.95, 0.98]
        try ObsExperiment.run(model: a[1], data: a[2], validation: a[3], sparsities: s, obs: obs)
    }
}
