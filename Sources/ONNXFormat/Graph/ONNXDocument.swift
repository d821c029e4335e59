public import ModelIO
public import Networks
internal import Tensors

/// What an ONNX graph says of a network, wherever the graph is kept: in its own file, or in another that it came to.
public enum ONNXDocument {
    /// - Returns: nil where the file carries no ONNX graph.
    public static func make(_ reader: any ModelReader) -> ModelDocument? {
        do {
            guard let model = try GraphEntry.model(in: reader.tree) else {
                guard reader.formatID == ONNXFormat.identifier else { return nil }
                return without(reader, "The file holds tensors, and no operators.")
            }
            return try make(model, reader)
        } catch let error as SparsifyError {
            return without(reader, "The ONNX graph cannot be read: \(error.message)")
        } catch {
            return without(reader, "The ONNX graph cannot be read.")
        }
    }

    private static func make(_ model: ONNXModelProto, _ reader: any ModelReader) throws -> ModelDocument {
        let source = try GraphSource(reader, model.graph)
        let paths = GraphNetwork.paths(model.graph)
        let opset = model.opsetImport.first { ["", "ai.onnx"].contains($0.domain) }.map { Int($0.version) } ?? 1
        var builder = GraphNetwork(source, opset: opset, paths: paths)
        var network: Network?
        var issue: String?
        do {
            network = try builder.build(name: model.graph.name)
        } catch let error as SparsifyError {
            issue = error.message
        }
        let uses = WeightUses(model.graph, paths: paths)
        var names = [String?](repeating: nil, count: reader.tensors.count)
        for (name, place) in source.places { names[place] = name }
        let roles = reader.tensors.enumerated().map { index, tensor in
            role(
                tensor, names[index].flatMap { uses.uses[$0] },
                bindings: network == nil ? [] : builder.lowering.bindings[index] ?? [])
        }
        let producer = [model.producerName, model.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
        return ModelDocument(
            layoutName: "ONNX graph of opset \(opset)" + (producer.isEmpty ? "" : " by \(producer)"),
            network: network, networkIssue: issue, roles: roles, literals: builder.lowering.literals)
    }

    private static func role(
        _ tensor: TensorInfo, _ use: WeightUses.Use?, bindings: [TensorBinding]
    ) -> TensorRole {
        var role = TensorRole(tensor: tensor.name, isPrunable: false, reason: "no weight of an operator")
        role.bindings = bindings
        role.layer = use?.node ?? bindings.first?.parameter.layer
        role.role = use?.role ?? bindings.first?.parameter.role
        // Of a product with a stack of matrices the axes tell something else.
        let isMatrix = tensor.shape.rank == 2 || !["MatMul", "Gather"].contains(use?.operatorName)
        if let use, isMatrix, !use.outputs.axes.isEmpty { role.outputs = use.outputs }
        if !tensor.elementType.isFloatingPoint {
            role.reason = "\(tensor.elementType.name), not floating-point"
        } else if let use {
            let isWeight = use.purpose == .weight || use.purpose == .embedding
            role.isPrunable = isWeight && tensor.shape.rank >= 2
            role.reason =
                isWeight
                ? tensor.shape.rank >= 2
                    ? "\(use.role) of \(use.operatorName) '\(use.node)'"
                    : "rank \(tensor.shape.rank): not a weight matrix"
                : use.purpose.phrase
        }
        return role
    }

    /// Where there is no graph to ask: matrices are pruned.
    private static func without(_ reader: any ModelReader, _ issue: String) -> ModelDocument {
        let roles = reader.tensors.map { tensor in
            let isFloat = tensor.elementType.isFloatingPoint
            let isMatrix = tensor.shape.rank >= 2
            return TensorRole(
                tensor: tensor.name, isPrunable: isFloat && isMatrix,
                reason: !isFloat
                    ? "\(tensor.elementType.name), not floating-point"
                    : isMatrix
                        ? "floating-point tensor of rank \(tensor.shape.rank)"
                        : "rank \(tensor.shape.rank): not a weight matrix")
        }
        return ModelDocument(layoutName: nil, network: nil, networkIssue: issue, roles: roles)
    }
}
