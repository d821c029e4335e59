import Foundation

/// A grey picture from a plain PGM file: `P2`, width, height, the number for white, then a number for each pixel; what
/// follows a `#` in a line is a comment. Image editors write it.
struct Picture {
    let width: Int
    let height: Int
    /// Row by row, from 0 (black) to 1 (white).
    let pixels: [Float]

    init(contentsOf path: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let words = text.split(whereSeparator: \.isNewline)
            .flatMap { $0.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace) }
        let numbers = words.dropFirst().compactMap { Int($0) }
        guard words.first == "P2", numbers.count == words.count - 1, numbers.count >= 3 else {
            throw PictureError(path: path, message: "not a plain PGM picture (P2)")
        }
        let (width, height, white) = (numbers[0], numbers[1], numbers[2])
        let pixels = numbers.dropFirst(3)
        guard
            1...4096 ~= width, 1...4096 ~= height, 1...65535 ~= white, pixels.count == width * height,
            pixels.allSatisfy({ 0...white ~= $0 })
        else {
            throw PictureError(path: path, message: "its pixels do not fit its size or its white")
        }
        self.width = width
        self.height = height
        self.pixels = pixels.map { Float($0) / Float(white) }
    }
}

struct PictureError: Error, CustomStringConvertible {
    let path: String
    let message: String
    var description: String { "\(path): \(message)" }
}
