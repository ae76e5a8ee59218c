#pragma once
#include <stddef.h>
#include <stdint.h>

/// libjpeg, libwebp, libtiff and libheif behind a function each: whole files in memory in, whole pictures out.

enum {
  CPHOTO_OK = 0,
  CPHOTO_NOT_THIS = 1,
  CPHOTO_TRUNCATED = 2,
  CPHOTO_DAMAGED = 3,
  CPHOTO_TOO_LARGE = 4,
  CPHOTO_NO_MEMORY = 5,
  CPHOTO_UNSUPPORTED = 6,
};

/// What a file holds: 3 or 4 channels (RGB, RGBA, or CMYK). The caller frees with cphoto_free.
typedef struct {
  uint32_t width, height;
  int channels;
  /// 8 or 16 bits a channel, host byte order.
  int depth;
  /// As the file says, before widening.
  int source_depth;
  uint8_t *pixels;
  uint8_t *profile;
  size_t profile_size;
  /// A TIFF block ("II*" or "MM*"), without the "Exif\0\0" prefix of JPEG.
  uint8_t *exif;
  size_t exif_size;
  /// JFIF density in pixels per metre, 0 if absent.
  uint32_t density_x, density_y;
  size_t trailing;
  /// The source was CMYK or YCCK; the four channels are inks, 255 is full ink.
  int was_cmyk;
  /// The source was grey.
  int was_grey;
  /// Frames of an animation, pages of a TIFF, pictures of a HEIF; else 1.
  int frames;
  /// What the format itself says of the orientation, 1 to 8; 0 leaves it to the EXIF block.
  int orientation;
  /// HEIF without ICC profile: x and y of white, red, green, blue where they are not those of sRGB, else 0.
  double chromaticities[8];
  /// HEIF: brightness is coded as PQ or HLG.
  int is_hdr;
  char message[256];
} cphoto_image;

/// Decodes a JPEG; refuses more than `max_pixels` before memory for them is taken.
int cphoto_decode_jpeg(const uint8_t *data, size_t size, uint64_t max_pixels, cphoto_image *out);

/// Decodes a WebP, of an animation the first frame.
int cphoto_decode_webp(const uint8_t *data, size_t size, uint64_t max_pixels, cphoto_image *out);

/// Decodes the first page of a TIFF, grey, RGB or CMYK at 8 or 16 bits as they are, others through libtiff's conversion.
int cphoto_decode_tiff(const uint8_t *data, size_t size, uint64_t max_pixels, cphoto_image *out);

/// Decodes the primary picture of a HEIC or AVIF, more than 8 bits scaled to 16.
int cphoto_decode_heif(const uint8_t *data, size_t size, uint64_t max_pixels, cphoto_image *out);

/// Width and height of the first page: 1 if they could be read.
int cphoto_tiff_header(const uint8_t *data, size_t size, uint32_t *width, uint32_t *height);

/// Width and height of a HEIC or AVIF: 1 if they could be read.
int cphoto_heif_header(const uint8_t *data, size_t size, uint32_t *width, uint32_t *height);

/// Width and height of a JPEG or WebP from the header alone: 1 if it could be read.
int cphoto_header(const uint8_t *data, size_t size, uint32_t *width, uint32_t *height);

void cphoto_free(cphoto_image *image);

/// Encodes 8-bit RGB as JPEG of `quality` 1...100 (for previews and for what is sent to services).
int cphoto_encode_jpeg(const uint8_t *pixels, uint32_t width, uint32_t height, int quality, uint8_t **bytes,
                       size_t *size);

void cphoto_free_bytes(uint8_t *bytes);
