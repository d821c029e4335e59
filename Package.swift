// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A module of the house. It may import only what its list names, and the list names only lower floors.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies, swiftSettings: swiftSettings)
}

let package = Package(
    name: "sparsify",
    products: [
        .library(
            name: "Sparsify",
            targets: ["Sparsify", "SparseModels", "Inference", "Training", "Pruning", "Reports", "ModelIO", "Tensors"]),
        .library(name: "SparseModels", targets: ["SparseModels", "Inference", "Tensors"]),
        .library(name: "SparsifyC", type: .dynamic, targets: ["SparseModelsC"]),
        .executable(name: "sparsify", targets: ["SparsifyCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        // System libraries.
        .systemLibrary(
            name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "CLibDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"]), .brew(["libdeflate"])]),
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
        .systemLibrary(
            name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),

        .systemLibrary(name: "CSparsify"),
        .target(name: "CProcessor"),
        .target(name: "CVectorKernels", dependencies: ["CProcessor"]),
        .target(name: "CSparseKernels", dependencies: ["CProcessor"]),

        // Floor 0
        module("Tensors", []),
        // Floor 1
        module("Networks", ["Tensors"]),
        module("LinearAlgebra", ["Tensors", "COpenBLAS"]),
        module("SparseCoding", ["Tensors", "CZlib", "CLibDeflate"]),
        // Floor 2
        module("ModelIO", ["Tensors"]),
        module("Pruning", ["Tensors", "LinearAlgebra"]),
        // Floor 3
        module("SPMFormat", ["Tensors", "SparseCoding", "ModelIO"]),
        module("HDF5Format", ["Tensors", "ModelIO", "CHDF5", "CZlib"]),
        module("KerasModels", ["Tensors", "Networks", "ModelIO"]),
        module(
            "Inference", ["Tensors", "Networks", "LinearAlgebra", "CProcessor", "CVectorKernels", "CSparseKernels"]),
        module("Training", ["Tensors", "Networks", "LinearAlgebra", "CVectorKernels"]),
        module("OtherFormats", ["Tensors", "ModelIO", "CZip"]),
        .target(
            name: "ONNXFormat",
            dependencies: [
                "Tensors", "Networks", "ModelIO", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Schema/onnx.proto"], swiftSettings: swiftSettings),
        module("Reports", ["Tensors"]),
        // Floor 4
        module(
            "SparseModels",
            ["Tensors", "Networks", "SparseCoding", "ModelIO", "SPMFormat", "KerasModels", "Inference"]),
        module("KerasArchives", ["Tensors", "ModelIO", "HDF5Format", "KerasModels", "OtherFormats"]),
        module("BinSparseFormat", ["Tensors", "ModelIO", "HDF5Format"]),
        // Floor 5
        module("SparseModelsC", ["Tensors", "Inference", "SparseModels", "CSparsify"]),
        module(
            "Sparsify",
            [
                "Tensors", "Networks", "SparseCoding", "ModelIO", "Pruning", "SPMFormat", "HDF5Format", "KerasModels",
                "OtherFormats", "ONNXFormat", "Inference", "Training", "Reports", "SparseModels", "KerasArchives",
                "BinSparseFormat",
                "LinearAlgebra",
            ]),
        // Floor 6
        .executableTarget(
            name: "SparsifyCLI",
            dependencies: [
                "Sparsify", "Tensors", "Inference", "ModelIO", "Pruning", "Reports", "Training",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),

        tests(of: "Tensors"),
        tests(of: "Networks", ["Tensors"]),
        tests(of: "LinearAlgebra", ["Tensors"]),
        tests(of: "SparseCoding", ["Tensors"]),
        tests(of: "ModelIO", ["Tensors"]),
        tests(of: "Pruning", ["Tensors", "LinearAlgebra"]),
        tests(of: "SPMFormat", ["Tensors", "SparseCoding", "ModelIO"]),
        tests(of: "HDF5Format", ["Tensors", "ModelIO", "CHDF5"]),
        tests(of: "KerasModels", ["Tensors", "Networks", "ModelIO"]),
        tests(
            of: "Inference",
            ["Tensors", "Networks", "Training", "CProcessor", "CVectorKernels", "CSparseKernels", "COpenBLAS"]),
        tests(of: "Training", ["Tensors", "Networks", "LinearAlgebra", "CVectorKernels"]),
        tests(of: "OtherFormats", ["Tensors", "ModelIO"]),
        tests(of: "ONNXFormat", ["Tensors", "Networks", "ModelIO", "Inference"]),
        tests(of: "Reports", ["Tensors"]),
        tests(of: "KerasArchives", ["Tensors", "ModelIO", "HDF5Format", "OtherFormats"]),
        tests(of: "BinSparseFormat", ["Tensors", "ModelIO", "HDF5Format"]),
        tests(
            of: "SparseModels",
            ["Tensors", "ModelIO", "SPMFormat", "HDF5Format", "OtherFormats", "Inference"]),
        tests(
            of: "SparseModelsC",
            ["Tensors", "ModelIO", "SPMFormat", "HDF5Format", "OtherFormats", "Inference", "SparseModels", "CSparsify"]),
        tests(
            of: "Sparsify",
            [
                "Tensors", "Networks", "ModelIO", "Pruning", "SPMFormat", "HDF5Format", "Reports", "SparseModels",
                "Inference", "OtherFormats",
            ]),
        tests(
            of: "SparsifyCLI",
            ["Tensors", "SparseCoding", "ModelIO", "SPMFormat", "HDF5Format", "OtherFormats"]),
    ]
)

// `make docs` alone needs the plugin.
if Context.environment["SPARSIFY_DOCS"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}
