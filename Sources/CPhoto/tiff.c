#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "cphoto.h"

/// A TIFF in memory, read as if it were a file; `ran_out` says that something beyond its end was asked for.
typedef struct {
  const uint8_t *data;
  toff_t size, at;
  int ran_out;
  char *message;
} memory;

static tmsize_t on_read(thandle_t handle, void *to, tmsize_t count) {
  memory *m = (memory *)handle;
  tmsize_t left = m->at < m->size ? (tmsize_t)(m->size - m->at) : 0;
  if (count > left) {
    m->ran_out = 1;
    count = left;
  }
  memcpy(to, m->data + m->at, (size_t)count);
  m->at += (toff_t)count;
  return count;
}

static tmsize_t on_write(thandle_t handle, void *from, tmsize_t count) {
  (void)handle, (void)from, (void)count;
  return 0;
}

static toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
  memory *m = (memory *)handle;
  m->at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? m->at + offset : m->size + offset;
  if (m->at > m->size) m->ran_out = 1;
  return m->at;
}

static int on_close(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t on_size(thandle_t handle) { return ((memory *)handle)->size; }

static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff, (void)module;
  memory *m = user;
  if (!m->message[0]) vsnprintf(m->message, 256, format, arguments);
  return 1;
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff, (void)user, (void)module, (void)format, (void)arguments;
  return 1;
}

static TIFF *open_tiff(memory *m) {
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!options) return NULL;
  TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, m);
  TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, m);
  // "m": no mapping, so that every byte asked for passes on_read.
  TIFF *tiff = TIFFClientOpenExt("memory", "rm", (thandle_t)m, on_read, on_write, on_seek, on_close, on_size, NULL, NULL,
                                 options);
  TIFFOpenOptionsFree(options);
  return tiff;
}

typedef struct {
  uint16_t bits, samples, photometric, planar, format, compression;
  int alpha; // 0 none, EXTRASAMPLE_ASSOCALPHA or EXTRASAMPLE_UNASSALPHA
} layout;

static layout read_layout(TIFF *tiff) {
  layout l;
  memset(&l, 0, sizeof l);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &l.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &l.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &l.planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &l.format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &l.compression);
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &l.photometric)) l.photometric = l.samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
  uint16_t count = 0, *kinds = NULL;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  if (count > 0 && (kinds[0] == EXTRASAMPLE_ASSOCALPHA || kinds[0] == EXTRASAMPLE_UNASSALPHA)) l.alpha = kinds[0];
  return l;
}

/// Whether the samples can be read as they are: grey, RGB or CMYK, 8 or 16 bits.
static int is_plain(const layout *l) {
  if (l->format != SAMPLEFORMAT_UINT || (l->bits != 8 && l->bits != 16)) return 0;
  if (l->photometric == PHOTOMETRIC_RGB) return l->samples >= 3;
  if (l->photometric == PHOTOMETRIC_MINISBLACK || l->photometric == PHOTOMETRIC_MINISWHITE) return l->samples >= 1;
  return l->photometric == PHOTOMETRIC_SEPARATED && l->samples >= 4 && l->bits == 8;
}

static uint32_t sample(const uint8_t *row, size_t index, int bits) {
  return bits == 16 ? ((const uint16_t *)row)[index] : row[index];
}

static void store(uint8_t *to, size_t index, int bits, uint32_t value) {
  if (bits == 16) ((uint16_t *)to)[index] = (uint16_t)value;
  else to[index] = (uint8_t)value;
}

/// Puts `count` samples of a row, interleaved or of one plane, where they belong in the picture.
static void place(const layout *l, const uint8_t *from, size_t step, int plane, size_t count, uint8_t *to, int channels) {
  int colours = channels == 4 && l->photometric == PHOTOMETRIC_SEPARATED ? 4
                : l->photometric == PHOTOMETRIC_RGB                      ? 3
                                                                         : 1;
  uint32_t top = l->bits == 16 ? 65535 : 255;
  for (int s = 0; s < (plane < 0 ? l->samples : 1); s++) {
    int which = plane < 0 ? s : plane;
    if (which >= colours + (l->alpha ? 1 : 0)) continue;
    for (size_t x = 0; x < count; x++) {
      uint32_t value = sample(from, x * step + (plane < 0 ? s : 0), l->bits);
      if (l->photometric == PHOTOMETRIC_MINISWHITE && which == 0) value = top - value;
      if (which < colours && colours == 1) {
        for (int c = 0; c < 3; c++) store(to, x * channels + c, l->bits, value);
      } else {
        store(to, x * channels + (which < colours ? which : 3), l->bits, value);
      }
    }
  }
}

static int read_tiles(TIFF *tiff, const layout *l, cphoto_image *out) {
  uint32_t tile_width = 0, tile_height = 0;
  TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &tile_width);
  TIFFGetField(tiff, TIFFTAG_TILELENGTH, &tile_height);
  tmsize_t size = TIFFTileSize(tiff);
  uint8_t *tile = size > 0 && tile_width && tile_height ? malloc((size_t)size) : NULL;
  if (!tile) return CPHOTO_DAMAGED;
  int planes = l->planar == PLANARCONFIG_SEPARATE ? l->samples : 1;
  size_t bytes = l->bits / 8, step = planes == 1 ? l->samples : 1;
  int code = CPHOTO_OK;
  for (int p = 0; p < planes && code == CPHOTO_OK; p++) {
    for (uint32_t y = 0; y < out->height && code == CPHOTO_OK; y += tile_height) {
      for (uint32_t x = 0; x < out->width; x += tile_width) {
        if (TIFFReadTile(tiff, tile, x, y, 0, (uint16_t)p) < 0) {
          code = CPHOTO_DAMAGED;
          break;
        }
        size_t wide = out->width - x < tile_width ? out->width - x : tile_width;
        for (uint32_t row = 0; row < tile_height && y + row < out->height; row++) {
          uint8_t *to = out->pixels + ((size_t)(y + row) * out->width + x) * out->channels * bytes;
          place(l, tile + (size_t)row * tile_width * step * bytes, step, planes == 1 ? -1 : p, wide, to, out->channels);
        }
      }
    }
  }
  free(tile);
  return code;
}

static int read_rows(TIFF *tiff, const layout *l, cphoto_image *out) {
  uint8_t *row = malloc((size_t)TIFFScanlineSize(tiff) + 8);
  if (!row) return CPHOTO_NO_MEMORY;
  int planes = l->planar == PLANARCONFIG_SEPARATE ? l->samples : 1, code = CPHOTO_OK;
  size_t bytes = l->bits / 8;
  for (int p = 0; p < planes && code == CPHOTO_OK; p++) {
    for (uint32_t y = 0; y < out->height; y++) {
      if (TIFFReadScanline(tiff, row, y, (uint16_t)p) < 0) {
        code = CPHOTO_DAMAGED;
        break;
      }
      uint8_t *to = out->pixels + (size_t)y * out->width * out->channels * bytes;
      place(l, row, planes == 1 ? l->samples : 1, planes == 1 ? -1 : p, out->width, to, out->channels);
    }
  }
  free(row);
  return code;
}

/// Associated alpha is premultiplied (TIFF 6.0, section 18); ours is straight.
static void unmultiply(cphoto_image *out) {
  uint32_t top = out->depth == 16 ? 65535 : 255;
  for (size_t p = 0; p < (size_t)out->width * out->height; p++) {
    uint32_t alpha = sample(out->pixels, 4 * p + 3, out->depth);
    for (int c = 0; c < 3 && alpha > 0; c++) {
      uint64_t value = ((uint64_t)sample(out->pixels, 4 * p + c, out->depth) * top + alpha / 2) / alpha;
      store(out->pixels, 4 * p + c, out->depth, value > top ? top : (uint32_t)value);
    }
  }
}

/// Everything else (palettes, few bits, YCbCr, Lab, fax) through libtiff's own conversion, at 8 bits.
static int read_converted(TIFF *tiff, cphoto_image *out) {
  uint16_t orientation = ORIENTATION_TOPLEFT;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
  if (!TIFFReadRGBAImageOriented(tiff, out->width, out->height, (uint32_t *)out->pixels, orientation, 1)) {
    return CPHOTO_DAMAGED;
  }
  for (size_t p = 0; p < (size_t)out->width * out->height; p++) {
    uint32_t value = ((uint32_t *)out->pixels)[p];
    uint8_t rgba[4] = {TIFFGetR(value), TIFFGetG(value), TIFFGetB(value), TIFFGetA(value)};
    memcpy(out->pixels + 4 * p, rgba, 4);
  }
  unmultiply(out);
  return CPHOTO_OK;
}

static void keep_metadata(TIFF *tiff, cphoto_image *out) {
  uint32_t size = 0;
  void *profile = NULL;
  if (TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &size, &profile) && size > 0 && (out->profile = malloc(size))) {
    memcpy(out->profile, profile, size);
    out->profile_size = size;
  }
  uint16_t orientation = 1, unit = 2;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
  out->orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
  float x = 0, y = 0;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_RESOLUTIONUNIT, &unit);
  double scale = unit == RESUNIT_INCH ? 1 / 0.0254 : unit == RESUNIT_CENTIMETER ? 100 : 0;
  if (TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &x) && TIFFGetField(tiff, TIFFTAG_YRESOLUTION, &y) && x > 0 && y > 0 &&
      x < 1e6 && y < 1e6) {
    out->density_x = (uint32_t)(x * scale + 0.5);
    out->density_y = (uint32_t)(y * scale + 0.5);
  }
}

static int decode(TIFF *tiff, uint64_t max_pixels, cphoto_image *out) {
  if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &out->width) || !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &out->height)) {
    return CPHOTO_DAMAGED;
  }
  if ((uint64_t)out->width * out->height > max_pixels) return CPHOTO_TOO_LARGE;
  if (out->width == 0 || out->height == 0) return CPHOTO_DAMAGED;
  layout l = read_layout(tiff);
  int plain = is_plain(&l);
  out->was_cmyk = plain && l.photometric == PHOTOMETRIC_SEPARATED;
  out->was_grey = l.photometric == PHOTOMETRIC_MINISBLACK || l.photometric == PHOTOMETRIC_MINISWHITE;
  if (out->was_cmyk) l.alpha = 0;
  out->source_depth = l.bits;
  out->depth = plain ? l.bits : 8;
  out->channels = !plain || out->was_cmyk || l.alpha ? 4 : 3;
  out->pixels = calloc((size_t)out->width * out->height, (size_t)out->channels * (out->depth / 8));
  if (!out->pixels) return CPHOTO_NO_MEMORY;
  keep_metadata(tiff, out);
  int code = !plain ? read_converted(tiff, out) : TIFFIsTiled(tiff) ? read_tiles(tiff, &l, out) : read_rows(tiff, &l, out);
  if (code == CPHOTO_OK && plain && l.alpha == EXTRASAMPLE_ASSOCALPHA) unmultiply(out);
  if (code == CPHOTO_OK) out->frames = (int)TIFFNumberOfDirectories(tiff);
  return code;
}

int cphoto_decode_tiff(const uint8_t *data, size_t size, uint64_t max_pixels, cphoto_image *out) {
  memset(out, 0, sizeof *out);
  memory m = {data, size, 0, 0, out->message};
  TIFF *tiff = open_tiff(&m);
  int code = tiff ? decode(tiff, max_pixels, out) : CPHOTO_DAMAGED;
  if (tiff) TIFFClose(tiff);
  // What is asked for beyond the end is still to come; other damage is final.
  if (code == CPHOTO_DAMAGED && m.ran_out) code = CPHOTO_TRUNCATED;
  if (code != CPHOTO_OK) {
    uint32_t width = out->width, height = out->height;
    cphoto_free(out);
    out->width = width;
    out->height = height;
  }
  return code;
}

int cphoto_tiff_header(const uint8_t *data, size_t size, uint32_t *width, uint32_t *height) {
  char message[256] = {0};
  memory m = {data, size, 0, 0, message};
  TIFF *tiff = open_tiff(&m);
  if (!tiff) return 0;
  int found = TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, width) && TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, height);
  TIFFClose(tiff);
  return found;
}
