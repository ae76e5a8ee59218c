extension Mask {
  /// On where either is.
  package func united(with other: Mask) -> Mask {
    Mask(width: width, height: height, thresholding: zip(values, other.values).map { $0 | $1 })
  }

  /// On where this one is and the other is not.
  package func subtracting(_ other: Mask) -> Mask {
    Mask(width: width, height: height, thresholding: zip(values, other.values).map { $0 & ~$1 })
  }
}
