#pragma once
#include <stddef.h>
#include <stdint.h>

/// libpng behind a handful of functions, so that no longjmp ever crosses a Swift frame: whole files in memory
/// in, whole pictures out, errors as return codes with libpng's own text.

enum {
  CPNG_OK = 0,
  CPNG_NOT_PNG = 1,
  CPNG_TRUNCATED = 2,
  CPNG_DAMAGED = 3,
  CPNG_TOO_LARGE = 4,
  CPNG_NO_MEMORY = 5,
};

/// What a PNG holds. `channels` is 3 or 4, `depth` 8 or 16 (host byte order); grey, palette and low depths
/// are widened.
typedef struct {
  uint32_t width, height;
  int channels, depth;
  /// As the header says, before widening.
  int source_depth, source_grey;
  uint8_t *profile;
  uint32_t profile_size;
  /// An iCCP chunk was there, but libpng finds no profile in it.
  int profile_damaged;
  /// gAMA as the exponent of the file, for example 1 / 2.2, and cHRM as x, y of white, red, green, blue; 0 if absent, or
  /// where an sRGB chunk says that they are those of sRGB.
  double gamma, chromaticities[8];
  /// cICP: colour primaries and transfer function by their numbers in ITU-T H.273; 0 if absent.
  int primaries, transfer;
  /// pHYs in pixels per metre, 0 if absent.
  uint32_t density_x, density_y;
  /// The eXIf chunk, which points into nothing else.
  uint8_t *exif;
  uint32_t exif_size;
  /// Bytes after IEND.
  size_t trailing;
  int animated;
  char message[160];
} cpng_image;

/// Reads only the header: 1 if `data` begins with a PNG signature and a whole IHDR.
int cpng_header(const uint8_t *data, size_t size, uint32_t *width, uint32_t *height);

/// A PNG that is being read.
typedef struct cpng_reader cpng_reader;

/// Reads up to the pixels: size, channels and depth are known then. Refuses more than `max_pixels`. `data` and `out` stay
/// in use until cpng_close, which the caller always calls.
int cpng_open(const uint8_t *data, size_t size, uint64_t max_pixels, cpng_image *out, cpng_reader **reader);

/// Reads pixels, all else and the end mark; `pixels` holds width × height × channels samples.
int cpng_read(cpng_reader *reader, void *pixels);

/// Ends reading and frees what the image points to.
void cpng_close(cpng_reader *reader);

typedef struct {
  uint32_t width, height;
  /// 1 grey, 3 RGB, 4 RGBA.
  int channels;
  int depth;
  const void *pixels;
  const uint8_t *profile;
  uint32_t profile_size;
  uint32_t density_x, density_y;
  /// 1...9, of zlib for cpng_encode, of libdeflate for cpng_encode_final.
  int level;
} cpng_source;

/// Encodes fast, with SUB filters; level 1 matches run lengths only. The caller frees with cpng_free_bytes.
int cpng_encode(const cpng_source *source, uint8_t **bytes, size_t *size, char message[160]);

/// Encodes small: the best of four filters a row, packed by libdeflate, which at level 4 is more than four times as
/// fast as libpng's default and within 5 % as small. The caller frees with cpng_free_bytes.
int cpng_encode_final(const cpng_source *source, uint8_t **bytes, size_t *size, char message[160]);

void cpng_free_bytes(uint8_t *bytes);

/// The checksum of ZIP and PNG (ISO 3309).
uint32_t cpng_crc32(const uint8_t *bytes, size_t size);
