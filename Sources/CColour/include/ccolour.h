#pragma once
#include <stddef.h>
#include <stdint.h>

/// Little CMS behind a few functions: what an ICC profile is, and pixels from one profile to another.

enum {
  /// Not a profile that can be used.
  CCOLOUR_NONE = 0,
  CCOLOUR_RGB = 1,
  CCOLOUR_GREY = 2,
  CCOLOUR_CMYK = 3,
  CCOLOUR_OTHER = 4,
};

/// The kind of device that a profile describes, one of the above.
int ccolour_space(const uint8_t *profile, size_t size);

/// Pixels and the profile that says what they mean; `profile` NULL is sRGB.
typedef struct {
  const uint8_t *profile;
  size_t size;
} ccolour_profile;

/// Converts `count` interleaved pixels of 3 (RGB) or 4 (RGBA, alpha is copied) channels at 8 or 16 bits from one RGB
/// profile to another, relative colorimetric with black point compensation. Returns 1, or 0 if either cannot be used.
int ccolour_convert(ccolour_profile from, ccolour_profile to, const void *pixels, void *out, size_t count, int channels,
                    int depth);

/// Converts `count` pixels of one grey channel at 8 or 16 bits, or of four at 8 bits (CMYK, 255 is full ink), to sRGB
/// at the same depth.
int ccolour_grey_to_srgb(ccolour_profile from, const void *pixels, void *out, size_t count, int depth);
int ccolour_cmyk_to_srgb(ccolour_profile from, const uint8_t *pixels, uint8_t *out, size_t count);

/// Makes an RGB profile of a gamma (0: the curve of sRGB) and of chromaticities (x, y of white, red, green, blue). The
/// caller frees.
int ccolour_make_profile(double gamma, const double xy[8], uint8_t **bytes, size_t *size);

void ccolour_free(uint8_t *bytes);
