/// Small changes to a file, as damage and malice make them.
enum Mutation {
    private static let words: [[UInt8]] = [
        [0], [0xff], [0x7f], [0x80], [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0x80], [0xff, 0xff, 0xff, 0x7f],
        [UInt8](repeating: 0xff, count: 8), [UInt8](repeating: 0xff, count: 7) + [0x7f], [0, 0, 0, 0, 1, 0, 0, 0],
    ]

    static func change(_ bytes: [UInt8], using random: inout some RandomNumberGenerator) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) where !result.isEmpty {
            let place = Int.random(in: 0..<result.count, using: &random)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: result[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: result[place] = .random(in: 0...255, using: &random)
            case 2: overwrite(&result, place, words.randomElement(using: &random)!)
            case 3: result[place] &+= Bool.random(using: &random) ? 1 : 255
            case 4: result.removeSubrange(place..<min(place + .random(in: 1...64, using: &random), result.count))
            case 5:
                let other = Int.random(in: 0..<result.count, using: &random)
                overwrite(&result, place, Array(result[other..<min(other + 32, result.count)]))
            default:
                if Int.random(in: 0..<8, using: &random) == 0 { result.removeSubrange(place...) }
            }
        }
        return result
    }

    private static func overwrite(_ bytes: inout [UInt8], _ place: Int, _ word: [UInt8]) {
        for (index, byte) in word.enumerated() where place + index < bytes.count { bytes[place + index] = byte }
    }
}
