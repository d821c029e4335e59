/// A value of which the channels come first, in tiles of positions: of each tile and channel the positions lie side by
/// side, as the sparse kernels take columns. In whole planes channels would be so far apart that each lies on a page of
/// memory of its own.
struct PlaneLayout: Sendable, Hashable {
    let examples: Int
    let channels: Int
    let positions: Int

    /// Positions of a tile.
    static let width = 64

    /// - Parameter layout: that of the same value with channels last.
    init(_ layout: ValueLayout) {
        examples = layout.rows
        channels = layout.extents.last ?? 1
        positions = channels == 0 ? 0 : layout.rowCount / channels
    }

    /// Tiles of an example.
    static func tiles(_ positions: Int) -> Int { (positions + width - 1) / width }

    /// Numbers of memory that all tiles take.
    var count: Int { examples * Self.tiles(positions) * channels * Self.width }

    /// Where a channel begins in a tile.
    func start(_ example: Int, tile: Int, channel: Int = 0) -> Int {
        ((example * Self.tiles(positions) + tile) * channels + channel) * Self.width
    }
}
