// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CSparsify
internal import Tensors

// The functions of `sparsify.h`, which documents them; the compiler holds each against its declaration there. They have
// the names that C gives them.

@c @implementation
public func sparsify_interface_version() -> Int32 { SPARSIFY_INTERFACE_VERSION }

@c @implementation
public func sparsify_open(
    _ path: UnsafePointer<CChar>?, _ threads: Int, _ model: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<sparsify_error>?
) -> sparsify_status {
    model?.pointee = nil
    return reporting(to: error) {
        let model = try required(model, "the model")
        guard let path = String(validatingCString: try required(path, "the path")) else {
            throw SparsifyError(.usage, "The path is not UTF-8.")
        }
        model.pointee = try OpenModel(path: path, threads: threads).handedOver()
    }
}

@c @implementation
public func sparsify_close(_ model: OpaquePointer?) { OpenModel.takeBack(model) }

@c @implementation
public func sparsify_input_count(_ model: OpaquePointer?) -> Int { OpenModel.at(model)?.inputs.count ?? 0 }

@c @implementation
public func sparsify_output_count(_ model: OpaquePointer?) -> Int { OpenModel.at(model)?.outputs.count ?? 0 }

@c @implementation
public func sparsify_input(_ model: OpaquePointer?, _ index: Int) -> UnsafePointer<sparsify_value>? {
    OpenModel.at(model)?.inputs[index]
}

@c @implementation
public func sparsify_output(_ model: OpaquePointer?, _ index: Int) -> UnsafePointer<sparsify_value>? {
    OpenModel.at(model)?.outputs[index]
}

@c @implementation
public func sparsify_predict(
    _ model: OpaquePointer?, _ examples: Int, _ input: UnsafePointer<Float>?, _ inputCount: Int,
    _ output: UnsafeMutablePointer<Float>?, _ outputCount: Int, _ error: UnsafeMutablePointer<sparsify_error>?
) -> sparsify_status {
    reporting(to: error) {
        let model = try required(OpenModel.at(model), "the model")
        guard model.inputs.count == 1, model.outputs.count == 1 else {
            throw SparsifyError(
                .usage,
                "The network has \(model.inputs.count) inputs and \(model.outputs.count) outputs, not one of each.",
                remedy: "Call sparsify_run.")
        }
        let target = try buffer(output, outputCount, "the output")
        let input = sparsify_input_values(values: input, count: inputCount, extents: nil, rank: 0)
        let numbers = try model.run([input], examples: examples)[0]
        guard numbers.count == outputCount else {
            throw SparsifyError(
                .usage, "The network gives \(numbers.count) numbers, but the output has place for \(outputCount).")
        }
        target.baseAddress?.update(from: numbers, count: numbers.count)
    }
}

@c @implementation
public func sparsify_run(
    _ model: OpaquePointer?, _ examples: Int, _ inputs: UnsafePointer<sparsify_input_values>?, _ inputCount: Int,
    _ outputs: UnsafeMutablePointer<sparsify_output_values>?, _ outputCount: Int,
    _ error: UnsafeMutablePointer<sparsify_error>?
) -> sparsify_status {
    reporting(to: error) {
        let model = try required(OpenModel.at(model), "the model")
        guard inputCount == model.inputs.count, outputCount == model.outputs.count else {
            throw SparsifyError(
                .usage,
                "The network has \(model.inputs.count) inputs and \(model.outputs.count) outputs, not \(inputCount) and \(outputCount)."
            )
        }
        let inputs = try buffer(inputs, inputCount, "the inputs")
        let outputs = try buffer(outputs, outputCount, "the outputs")
        let targets = try outputs.map { try buffer($0.values, $0.capacity, "an output") }
        let results = try model.run(Array(inputs), examples: examples)
        for (index, result) in results.enumerated() { outputs[index].count = result.count }
        for (result, target) in zip(results, targets) where result.count > target.count {
            throw SparsifyError(
                .usage,
                "The network gives \(result.count) numbers, but the output has place for \(target.count).")
        }
        for (result, target) in zip(results, targets) {
            target.baseAddress?.update(from: result, count: result.count)
        }
    }
}
