/// A picture read from a file, and what had to be done to it.
package struct DecodedFile: Sendable {
  package var picture: Picture
  package var format: PictureFormat
  /// The EXIF orientation that was applied, 1 (none) to 8.
  package var orientation: Int
  /// Bits a channel in the file: 1, 2, 4, 8 or 16.
  package var sourceBitDepth: Int
  /// What was done, each a short sentence.
  package var notes: [String]
  /// What could not be kept, each a short phrase.
  package var lost: [String]

  package init(
    picture: Picture, format: PictureFormat, orientation: Int, sourceBitDepth: Int, notes: [String], lost: [String]
  ) {
    self.picture = picture
    self.format = format
    self.orientation = orientation
    self.sourceBitDepth = sourceBitDepth
    self.notes = notes
    self.lost = lost
  }
}

/// What may be decoded; checked before memory is taken.
package struct DecodingLimits: Codable, Sendable, Hashable {
  package var maxPixels: Int
  package var maxBytes: Int

  package init(maxPixels: Int = 100_000_000, maxBytes: Int = 200_000_000) {
    self.maxPixels = maxPixels
    self.maxBytes = maxBytes
  }
}

/// What a file's header says.
package struct PictureHeader: Sendable, Hashable {
  package var format: PictureFormat
  /// As stored, before orientation.
  package var size: Size
}
