import Inference
import SparseModels

/// Tells which digits images show.
struct DigitReader {
    let model: SparseModel

    init(_ path: String) throws {
        model = try SparseModel(contentsOf: path)
    }

    /// - Parameter pixels: images of 8 × 8, one behind the other, from 0 (paper) to 1 (ink).
    func digits(_ pixels: [Float]) throws -> [Int] {
        let images = try Tensor(shape: [pixels.count / 64, 8, 8], values: pixels)
        let output = try model.predict(images)  // ten probabilities for each image
        return (0..<images.shape[0]).map { image in
            let probabilities = output.values[image * 10..<(image + 1) * 10]
            return probabilities.firstIndex(of: probabilities.max()!)! - probabilities.startIndex
        }
    }
}
