internal import ArgumentParser
internal import Inference

/// How `--kernels` is spelled.
enum KernelsArgument: String, ExpressibleByArgument, CaseIterable {
    case auto, dense, sparse

    var policy: KernelPolicy {
        switch self {
        case .auto: .standard
        case .dense: .dense
        case .sparse: .sparse
        }
    }
}
