import Foundation
import Inference
import SparseModels

/// Tells which digit a picture shows: `ClassifyDigit MODEL.spm PICTURE.pgm`.
@main
struct ClassifyDigit {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else { fail("usage: ClassifyDigit MODEL.spm PICTURE.pgm", status: 64) }
        do {
            try classify(model: arguments[1], picture: arguments[2])
        } catch {
            fail("\(error)", status: 1)
        }
    }

    static func classify(model path: String, picture: String) throws {
        let model = try SparseModel(contentsOf: path)
        let picture = try Picture(contentsOf: picture)
        // A batch of one image. The network says in its error what shape it takes, should this not be it.
        let batch = try Tensor(shape: [1, picture.height, picture.width], values: picture.pixels)
        let probabilities = try model.predict(batch).values

        let digit = probabilities.indices.max { probabilities[$0] < probabilities[$1] }!
        print("digit \(digit)")
        for (digit, probability) in probabilities.enumerated() {
            print(digit, String(format: "%.4f", probability))
        }
    }

    static func fail(_ message: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("\(message)\n".utf8))
        exit(status)
    }
}
