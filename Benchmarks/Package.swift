// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that benchmarks do not weigh on `swift build`.
let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "sparsify", path: "..")],
    targets: [
        .executableTarget(
            name: "decode-benchmark",
            dependencies: [.product(name: "SparseModels", package: "sparsify")],
            path: "Sources/DecodeBenchmark"),
        .executableTarget(
            name: "inference-benchmark",
            dependencies: [.product(name: "Sparsify", package: "sparsify")],
            path: "Sources/InferenceBenchmark"),
        .executableTarget(
            name: "gradient-benchmark",
            dependencies: [.product(name: "Sparsify", package: "sparsify")],
            path: "Sources/GradientBenchmark"),
    ]
)
