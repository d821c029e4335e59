internal import CHDF5
public import ModelIO
internal import Tensors

/// Touches everything in a file that could bring libhdf5 down.
///
/// Damaged metadata can crash the library itself. A process that must survive that runs this in a child first.
public enum HDF5Probe {
    /// Opens the file, walks all of it, and looks up every stored chunk.
    ///
    /// - Throws: what `HDF5Reader` would throw.
    public static func walk(path: String, options: ReadOptions = ReadOptions()) throws {
        try HDF5Reader(path: path, options: options).touchChunks(cancellation: options.cancellation)
    }
}

extension HDF5Reader {
    /// Makes libhdf5 decode the chunk index of every chunked tensor.
    func touchChunks(cancellation: CancellationFlag?) throws {
        do {
            for (index, dataset) in stored.enumerated() {
                guard case .chunked = dataset.storage else { continue }
                try cancellation?.check()
                let open = try access.open.dataset(dataset, key: index)
                var count: hsize_t = 0
                try Library.call("walk the chunks of '/\(dataset.path)'") {
                    H5Dget_num_chunks(open.dataset.id, open.space.id, &count)
                }
            }
        } catch {
            throw SourceFile.located(error, path: path)
        }
    }
}
