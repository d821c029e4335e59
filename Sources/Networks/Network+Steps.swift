internal import Tensors

extension Network {
    /// By step, the path of the layer that it belongs to; empty where there is none.
    public var stepLayers: [String] {
        var paths = [String](repeating: "", count: program.steps.count)
        for call in calls where !layers[call.layer].isModel {
            for step in call.steps { paths[step] = layers[call.layer].path }
        }
        return paths
    }
}

/// Errors of the body say which layer they are about.
public func inLayer<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as SparsifyError {
        throw SparsifyError(
            error.code, "Layer '\(path)': \(error.message)", file: error.file, tensor: error.tensor,
            offset: error.offset, remedy: error.remedy)
    }
}
