import Testing

@testable import Reports

@Suite struct MaskPictureTests {
    @Test func aSmallMatrixIsDrawnElementByElement() {
        var picture = MaskPicture(name: "w", shape: [2, 3])
        picture.add(0)
        picture.add(5)
        #expect((picture.height, picture.width) == (2, 3))
        let shares = (0..<2).map { row in (0..<3).map { picture.share(row: row, column: $0) } }
        #expect(shares == [[1, 0, 0], [0, 0, 1]])
        #expect(picture.html.contains("M0 0.5h1M2 1.5h1"))
    }

    /// Every element lies in one cell, and cells know how many they have.
    @Test(arguments: [[97, 101], [1000, 1], [1, 1000], [3, 3, 50, 130], [96, 96], [191, 97], [1], [5]])
    func cellsAreFullWhereAllIs(shape: [Int]) {
        var picture = MaskPicture(name: "w", shape: shape)
        for position in 0..<shape.reduce(1, *) { picture.add(position) }
        for row in 0..<picture.height {
            for column in 0..<picture.width { #expect(picture.share(row: row, column: column) == 1) }
        }
    }

    @Test func halfOfARowIsHalfAShade() {
        var picture = MaskPicture(name: "w", shape: [1, 192])
        for position in stride(from: 0, to: 192, by: 2) { picture.add(position) }
        #expect(picture.share(row: 0, column: 7) == 0.5)
        #expect(picture.html.contains("opacity=\"0.6\""))
    }
}
