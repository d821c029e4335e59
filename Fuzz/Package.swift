// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that fuzzing does not weigh on `swift build`.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "sparsify", path: "..")],
    targets: [
        .executableTarget(
            name: "fuzz-reader", dependencies: [.product(name: "Sparsify", package: "sparsify")],
            path: "Sources/FuzzReader"),
        .executableTarget(name: "fuzz-command", path: "Sources/FuzzCommand"),
    ]
)
