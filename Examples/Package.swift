// swift-tools-version: 6.2
import PackageDescription

// A package as an app would have it: of Sparsify it needs the product SparseModels alone. An app outside this
// repository names its URL instead of the path.
let package = Package(
    name: "examples",
    dependencies: [.package(name: "sparsify", path: "..")],
    targets: [
        .executableTarget(
            name: "ClassifyDigit",
            dependencies: [.product(name: "SparseModels", package: "sparsify")])
    ]
)
