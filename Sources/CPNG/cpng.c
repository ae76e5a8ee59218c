#include "cpng.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/// Everything that changes after setjmp lives here, never in registers.
typedef struct {
  jmp_buf jump;
  png_structp png;
  png_infop info, end;
  const uint8_t *data;
  size_t size, at;
  uint8_t *out;
  size_t out_size, out_capacity;
  /// The content of an iCCP chunk that is being written.
  uint8_t *profile;
  int code;
  int profile_warning;
  char *message;
} context;

static void on_error(png_structp png, png_const_charp text) {
  context *c = png_get_error_ptr(png);
  strncpy(c->message, text, 159);
  c->message[159] = 0;
  if (c->code == CPNG_OK) c->code = CPNG_DAMAGED;
  longjmp(c->jump, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  context *c = png_get_error_ptr(png);
  if (strncmp(text, "iCCP", 4) == 0) c->profile_warning = 1;
}

static void on_read(png_structp png, png_bytep to, size_t count) {
  context *c = png_get_io_ptr(png);
  if (c->size - c->at < count) {
    c->code = CPNG_TRUNCATED;
    png_error(png, "the data ends before IEND");
  }
  memcpy(to, c->data + c->at, count);
  c->at += count;
}

int cpng_header(const uint8_t *data, size_t size, uint32_t *width, uint32_t *height) {
  if (size < 24 || png_sig_cmp(data, 0, 8) != 0 || memcmp(data + 12, "IHDR", 4) != 0) return 0;
  *width = (uint32_t)data[16] << 24 | (uint32_t)data[17] << 16 | (uint32_t)data[18] << 8 | data[19];
  *height = (uint32_t)data[20] << 24 | (uint32_t)data[21] << 16 | (uint32_t)data[22] << 8 | data[23];
  return 1;
}

/// What libpng 1.6 passes over: acTL (APNG 1.0) and cICP (PNG, third edition, 11.3.2.6). Every CRC was checked before.
static void look_for_later_chunks(const uint8_t *data, size_t size, cpng_image *out) {
  for (size_t at = 8; at + 12 <= size;) {
    uint32_t length = (uint32_t)data[at] << 24 | (uint32_t)data[at + 1] << 16 | (uint32_t)data[at + 2] << 8 | data[at + 3];
    const uint8_t *name = data + at + 4;
    if (memcmp(name, "acTL", 4) == 0) out->animated = 1;
    if (memcmp(name, "cICP", 4) == 0 && length == 4 && at + 16 <= size) {
      out->primaries = name[4];
      out->transfer = name[5];
    }
    if (memcmp(name, "IDAT", 4) == 0) return;
    at += (size_t)length + 12;
  }
}

static int keep_copy(uint8_t **to, uint32_t *to_size, const uint8_t *from, uint32_t size) {
  *to = malloc(size ? size : 1);
  if (!*to) return 0;
  memcpy(*to, from, size);
  *to_size = size;
  return 1;
}

static void widen(context *c, cpng_image *out) {
  int colour = png_get_color_type(c->png, c->info);
  out->source_depth = png_get_bit_depth(c->png, c->info);
  out->source_grey = !(colour & PNG_COLOR_MASK_COLOR);
  if (colour == PNG_COLOR_TYPE_PALETTE) {
    out->source_depth = 8;
    png_set_palette_to_rgb(c->png);
  }
  if (out->source_grey && out->source_depth < 8) png_set_expand_gray_1_2_4_to_8(c->png);
  if (png_get_valid(c->png, c->info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(c->png);
  if (out->source_grey) png_set_gray_to_rgb(c->png);
  if (out->source_depth == 16) png_set_swap(c->png);
  png_set_interlace_handling(c->png);
  png_read_update_info(c->png, c->info);
  out->channels = png_get_channels(c->png, c->info);
  out->depth = png_get_bit_depth(c->png, c->info);
}

static void keep_metadata(context *c, cpng_image *out) {
  png_charp name;
  png_bytep profile;
  png_uint_32 length;
  int kind;
  if (png_get_iCCP(c->png, c->info, &name, &kind, &profile, &length) && !out->profile) {
    keep_copy(&out->profile, &out->profile_size, profile, length);
  }
  out->profile_damaged = c->profile_warning && !out->profile;
  if (!png_get_valid(c->png, c->info, PNG_INFO_sRGB) && !out->profile) {
    double *xy = out->chromaticities;
    png_get_gAMA(c->png, c->info, &out->gamma);
    png_get_cHRM(c->png, c->info, &xy[0], &xy[1], &xy[2], &xy[3], &xy[4], &xy[5], &xy[6], &xy[7]);
  }
  int unit;
  png_uint_32 x, y;
  if (png_get_pHYs(c->png, c->info, &x, &y, &unit) && unit == PNG_RESOLUTION_METER) {
    out->density_x = x;
    out->density_y = y;
  }
  png_bytep exif;
  for (int late = 0; late < 2 && !out->exif; late++) {
    if (png_get_eXIf_1(c->png, late ? c->end : c->info, &length, &exif) && exif) {
      keep_copy(&out->exif, &out->exif_size, exif, length);
    }
  }
}

/// Everything that changes after setjmp lives in it; only libpng's own frames and memcpy are ever jumped over.
struct cpng_reader {
  context c;
  cpng_image *image;
};

static void open_pixels(context *c, uint64_t max_pixels, cpng_image *out) {
  png_set_read_fn(c->png, c, on_read);
  png_set_user_limits(c->png, 0x7fffffff, 0x7fffffff);
  png_set_chunk_malloc_max(c->png, 64 << 20);
  png_set_chunk_cache_max(c->png, 128);
  // A wrong CRC is damage, also in chunks that libpng would pass over.
  png_set_crc_action(c->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_read_info(c->png, c->info);
  out->width = png_get_image_width(c->png, c->info);
  out->height = png_get_image_height(c->png, c->info);
  if ((uint64_t)out->width * out->height > max_pixels) {
    c->code = CPNG_TOO_LARGE;
    png_error(c->png, "too many pixels");
  }
  widen(c, out);
}

int cpng_open(const uint8_t *data, size_t size, uint64_t max_pixels, cpng_image *out, cpng_reader **reader) {
  memset(out, 0, sizeof *out);
  *reader = NULL;
  if (size < 8) return size > 0 && memcmp(data, "\x89PNG\r\n\x1a\n", size) == 0 ? CPNG_TRUNCATED : CPNG_NOT_PNG;
  if (png_sig_cmp(data, 0, 8) != 0) return CPNG_NOT_PNG;
  cpng_reader *r = calloc(1, sizeof *r);
  if (!r) return CPNG_NO_MEMORY;
  *reader = r;
  r->image = out;
  context *c = &r->c;
  c->data = data;
  c->size = size;
  c->message = out->message;
  c->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, c, on_error, on_warning);
  if (!c->png) return CPNG_NO_MEMORY;
  c->info = png_create_info_struct(c->png);
  c->end = png_create_info_struct(c->png);
  if (!c->info || !c->end) return CPNG_NO_MEMORY;
  if (setjmp(c->jump) == 0) open_pixels(c, max_pixels, out);
  return c->code;
}

static void read_pixels(context *c, cpng_image *out, uint8_t *pixels) {
  size_t stride = png_get_rowbytes(c->png, c->info);
  int passes = png_get_interlace_type(c->png, c->info) == PNG_INTERLACE_ADAM7 ? PNG_INTERLACE_ADAM7_PASSES : 1;
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t y = 0; y < out->height; y++) png_read_row(c->png, pixels + stride * y, NULL);
  }
  png_read_end(c->png, c->end);
  keep_metadata(c, out);
}

int cpng_read(cpng_reader *reader, void *pixels) {
  context *c = &reader->c;
  if (setjmp(c->jump) == 0) read_pixels(c, reader->image, pixels);
  if (c->code == CPNG_OK) {
    reader->image->trailing = c->size - c->at;
    look_for_later_chunks(c->data, c->size, reader->image);
  }
  return c->code;
}

void cpng_close(cpng_reader *reader) {
  if (!reader) return;
  png_destroy_read_struct(&reader->c.png, &reader->c.info, &reader->c.end);
  free(reader->image->profile);
  free(reader->image->exif);
  reader->image->profile = reader->image->exif = NULL;
  free(reader);
}

static void on_write(png_structp png, png_bytep from, size_t count) {
  context *c = png_get_io_ptr(png);
  if (c->out_size + count > c->out_capacity) {
    size_t capacity = (c->out_capacity + count) * 2;
    uint8_t *grown = realloc(c->out, capacity);
    if (!grown) {
      c->code = CPNG_NO_MEMORY;
      png_error(png, "out of memory");
    }
    c->out = grown;
    c->out_capacity = capacity;
  }
  memcpy(c->out + c->out_size, from, count);
  c->out_size += count;
}

static void on_flush(png_structp png) { (void)png; }

/// libpng would refuse to write profiles that it finds fault with; what the picture came with is passed on as it is.
static void write_profile(context *c, const cpng_source *source) {
  static const char name[] = "ICC profile";
  uLongf packed = compressBound(source->profile_size);
  size_t start = sizeof name + 1;
  c->profile = malloc(start + packed);
  if (!c->profile || compress2(c->profile + start, &packed, source->profile, source->profile_size, 9) != Z_OK) {
    c->code = CPNG_NO_MEMORY;
    png_error(c->png, "out of memory");
  }
  memcpy(c->profile, name, sizeof name);
  c->profile[start - 1] = PNG_COMPRESSION_TYPE_BASE;
  png_write_chunk(c->png, (png_const_bytep) "iCCP", c->profile, start + packed);
}

static void encode(context *c, const cpng_source *source) {
  static const int colours[] = {0, PNG_COLOR_TYPE_GRAY, 0, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
  png_set_write_fn(c->png, c, on_write, on_flush);
  png_set_IHDR(c->png, c->info, source->width, source->height, source->depth, colours[source->channels],
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(c->png, source->level);
  png_set_filter(c->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
  if (source->level == 1) png_set_compression_strategy(c->png, Z_RLE);
  png_set_compression_mem_level(c->png, 9);
  if (source->profile_size == 0) png_set_sRGB(c->png, c->info, PNG_sRGB_INTENT_PERCEPTUAL);
  if (source->density_x > 0 && source->density_y > 0) {
    png_set_pHYs(c->png, c->info, source->density_x, source->density_y, PNG_RESOLUTION_METER);
  }
  png_write_info(c->png, c->info);
  if (source->profile_size > 0) write_profile(c, source);
  if (source->depth == 16) png_set_swap(c->png);
  size_t stride = (size_t)source->width * source->channels * (source->depth / 8);
  for (uint32_t y = 0; y < source->height; y++) {
    png_write_row(c->png, (png_const_bytep)source->pixels + stride * y);
  }
  png_write_end(c->png, c->info);
}

int cpng_encode(const cpng_source *source, uint8_t **bytes, size_t *size, char message[160]) {
  context c;
  memset(&c, 0, sizeof c);
  c.message = message;
  message[0] = 0;
  c.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &c, on_error, on_warning);
  if (!c.png) return CPNG_NO_MEMORY;
  c.info = png_create_info_struct(c.png);
  if (setjmp(c.jump) == 0) encode(&c, source);
  png_destroy_write_struct(&c.png, &c.info);
  free(c.profile);
  if (c.code != CPNG_OK) {
    free(c.out);
    return c.code;
  }
  *bytes = c.out;
  *size = c.out_size;
  return CPNG_OK;
}

void cpng_free_bytes(uint8_t *bytes) { free(bytes); }

uint32_t cpng_crc32(const uint8_t *bytes, size_t size) { return (uint32_t)crc32_z(0, bytes, size); }
