#include "cpng.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

/// A PNG that is being put together.
typedef struct {
  uint8_t *bytes;
  size_t size, capacity;
} file;

static void put32(uint8_t *to, uint32_t value) {
  for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (24 - 8 * i));
}

/// Closes the chunk whose length field stands at `start`: everything since is its name and content.
static void close_chunk(file *f, size_t start) {
  put32(f->bytes + start, (uint32_t)(f->size - start - 8));
  put32(f->bytes + f->size, libdeflate_crc32(0, f->bytes + start + 4, f->size - start - 4));
  f->size += 4;
}

/// Appends length and name; the caller has made room.
static size_t open_chunk(file *f, const char *name) {
  size_t start = f->size;
  memcpy(f->bytes + start + 4, name, 4);
  f->size += 8;
  return start;
}

static void chunk(file *f, const char *name, const void *content, size_t size) {
  size_t start = open_chunk(f, name);
  if (size > 0) memcpy(f->bytes + f->size, content, size);
  f->size += size;
  close_chunk(f, start);
}

/// The sum of a filtered row's bytes as signed numbers without sign: the smaller, the better it packs (PNG
/// specification, 12.7).
static uint32_t weight(const uint8_t *row, size_t count) {
  uint32_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    int8_t value = (int8_t)row[i];
    sum += (uint32_t)(value < 0 ? -value : value);
  }
  return sum;
}

static void filter_sub(const uint8_t *row, uint8_t *to, size_t count, size_t pixel) {
  memcpy(to, row, pixel);
  for (size_t i = pixel; i < count; i++) to[i] = (uint8_t)(row[i] - row[i - pixel]);
}

static void filter_up(const uint8_t *row, const uint8_t *above, uint8_t *to, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = (uint8_t)(row[i] - above[i]);
}

static void filter_average(const uint8_t *row, const uint8_t *above, uint8_t *to, size_t count, size_t pixel) {
  for (size_t i = 0; i < pixel; i++) to[i] = (uint8_t)(row[i] - above[i] / 2);
  for (size_t i = pixel; i < count; i++) to[i] = (uint8_t)(row[i] - (row[i - pixel] + above[i]) / 2);
}

static void filter_paeth(const uint8_t *row, const uint8_t *above, uint8_t *to, size_t count, size_t pixel) {
  for (size_t i = 0; i < pixel; i++) to[i] = (uint8_t)(row[i] - above[i]);
  for (size_t i = pixel; i < count; i++) {
    int16_t a = row[i - pixel], b = above[i], c = above[i - pixel];
    int16_t pa = (int16_t)(b - c), pb = (int16_t)(a - c), pc = (int16_t)(pa + pb);
    pa = (int16_t)(pa < 0 ? -pa : pa);
    pb = (int16_t)(pb < 0 ? -pb : pb);
    pc = (int16_t)(pc < 0 ? -pc : pc);
    int16_t best = pb <= pc ? b : c;
    best = pa <= pb && pa <= pc ? a : best;
    to[i] = (uint8_t)(row[i] - best);
  }
}

/// Big-endian samples, which is how PNG stores 16 bits.
static void copy_row(const uint8_t *from, uint8_t *to, size_t count, int depth) {
  if (depth == 8) {
    memcpy(to, from, count);
    return;
  }
  const uint16_t *values = (const uint16_t *)from;
  for (size_t i = 0; i < count / 2; i++) {
    to[2 * i] = (uint8_t)(values[i] >> 8);
    to[2 * i + 1] = (uint8_t)values[i];
  }
}

/// Filters every row with the best of SUB, UP, AVERAGE and PAETH; one filter byte before each.
static int filter_rows(const cpng_source *s, size_t stride, uint8_t *to) {
  size_t pixel = (size_t)s->channels * (s->depth / 8);
  uint8_t *work = calloc(6, stride);
  if (!work) return 0;
  uint8_t *row = work, *above = work + stride, *rows[4];
  for (int k = 0; k < 4; k++) rows[k] = work + (2 + k) * stride;
  for (uint32_t y = 0; y < s->height; y++) {
    copy_row((const uint8_t *)s->pixels + stride * y, row, stride, s->depth);
    int best = 1;
    if (y == 0 || memcmp(row, above, stride) != 0) {
      filter_sub(row, rows[0], stride, pixel);
      filter_up(row, above, rows[1], stride);
      filter_average(row, above, rows[2], stride, pixel);
      filter_paeth(row, above, rows[3], stride, pixel);
      uint32_t least = UINT32_MAX;
      for (int k = 0; k < 4; k++) {
        uint32_t found = weight(rows[k], stride);
        if (found < least) {
          least = found;
          best = k;
        }
      }
    } else {
      memset(rows[1], 0, stride);
    }
    uint8_t *line = to + (stride + 1) * y;
    line[0] = (uint8_t)(best + 1);
    memcpy(line + 1, rows[best], stride);
    uint8_t *swap = row;
    row = above;
    above = swap;
  }
  free(work);
  return 1;
}

static void put_metadata(file *f, const cpng_source *s, struct libdeflate_compressor *packer) {
  static const uint8_t colours[] = {0, 0, 0, 2, 6};
  uint8_t header[13] = {0};
  put32(header, s->width);
  put32(header + 4, s->height);
  header[8] = (uint8_t)s->depth;
  header[9] = s->channels == 1 ? 0 : colours[s->channels];
  chunk(f, "IHDR", header, sizeof header);
  if (s->profile_size > 0) {
    size_t start = open_chunk(f, "iCCP");
    static const char name[] = "ICC profile";
    memcpy(f->bytes + f->size, name, sizeof name);
    f->size += sizeof name;
    f->bytes[f->size++] = 0;
    f->size += libdeflate_zlib_compress(packer, s->profile, s->profile_size, f->bytes + f->size, f->capacity - f->size);
    close_chunk(f, start);
  } else {
    chunk(f, "sRGB", "\0", 1);
  }
  if (s->density_x > 0 && s->density_y > 0) {
    uint8_t density[9] = {0};
    put32(density, s->density_x);
    put32(density + 4, s->density_y);
    density[8] = 1;
    chunk(f, "pHYs", density, sizeof density);
  }
}

static int assemble(const cpng_source *s, struct libdeflate_compressor *packer, const uint8_t *rows, size_t count, file *f) {
  size_t packed = libdeflate_zlib_compress_bound(packer, count);
  f->capacity = packed + libdeflate_zlib_compress_bound(packer, s->profile_size) + 256;
  f->bytes = malloc(f->capacity);
  if (!f->bytes) return CPNG_NO_MEMORY;
  memcpy(f->bytes, "\x89PNG\r\n\x1a\n", 8);
  f->size = 8;
  put_metadata(f, s, packer);
  size_t start = open_chunk(f, "IDAT");
  size_t size = libdeflate_zlib_compress(packer, rows, count, f->bytes + f->size, f->capacity - f->size - 16);
  if (size == 0) return CPNG_NO_MEMORY;
  f->size += size;
  close_chunk(f, start);
  chunk(f, "IEND", NULL, 0);
  return CPNG_OK;
}

int cpng_encode_final(const cpng_source *source, uint8_t **bytes, size_t *size, char message[160]) {
  size_t stride = (size_t)source->width * source->channels * (source->depth / 8);
  size_t count = (stride + 1) * source->height;
  // One chunk holds 2 GB at most (PNG specification, 5.3).
  if (count > 2000000000u) return cpng_encode(source, bytes, size, message);
  file f = {NULL, 0, 0};
  int code = CPNG_NO_MEMORY;
  uint8_t *rows = malloc(count);
  struct libdeflate_compressor *packer = libdeflate_alloc_compressor(source->level);
  if (rows && packer && filter_rows(source, stride, rows)) code = assemble(source, packer, rows, count, &f);
  if (packer) libdeflate_free_compressor(packer);
  free(rows);
  if (code != CPNG_OK) {
    free(f.bytes);
    strcpy(message, "out of memory");
    return code;
  }
  // What compression did not need is given back.
  uint8_t *fitted = realloc(f.bytes, f.size);
  *bytes = fitted ? fitted : f.bytes;
  *size = f.size;
  return CPNG_OK;
}
