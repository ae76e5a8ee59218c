#include <stdlib.h>
#include <string.h>


#include "cphoto.h"
#include "heiflibrary.h"

static uint64_t big(const uint8_t *at, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; i++) value = value << 8 | at[i];
  return value;
}

/// Walks the boxes (ISO/IEC 14496-12, 4.2): how many bytes they take, or 0 if the last one is not all there.
static size_t whole_size(const uint8_t *data, size_t size) {
  size_t at = 0;
  while (at + 8 <= size) {
    for (int i = 4; i < 8; i++) {
      if (data[at + i] < 32 || data[at + i] > 126) return at;
    }
    uint64_t length = big(data + at, 4);
    if (length == 1) {
      if (at + 16 > size) return 0;
      length = big(data + at + 8, 8);
    }
    if (length == 0) return size;
    if (length < 8) return at;
    if (length > size - at) return 0;
    at += (size_t)length;
  }
  return at;
}

static void keep_profile(const struct heif_image_handle *handle, cphoto_image *out) {
  size_t size = heif_image_handle_get_raw_color_profile_size(handle);
  if (size > 0 && size < (64u << 20) && (out->profile = malloc(size))) {
    out->profile_size = size;
    struct heif_error error = heif_image_handle_get_raw_color_profile(handle, out->profile);
    if (error.code == heif_error_Ok) return;
    free(out->profile);
    out->profile = NULL;
    out->profile_size = 0;
  }
  struct heif_color_profile_nclx *nclx = NULL;
  int is_known = heif_image_handle_get_nclx_color_profile(handle, &nclx).code == heif_error_Ok;
  if (!nclx) return;
  // What it could not name it gives as well, to be freed.
  if (!is_known) {
    heif_nclx_color_profile_free(nclx);
    return;
  }
  int primaries = nclx->color_primaries, transfer = nclx->transfer_characteristics;
  // 1 is BT.709, which sRGB shares; 2 says nothing.
  if (primaries != 1 && primaries != 2) {
    float xy[8] = {nclx->color_primary_white_x, nclx->color_primary_white_y, nclx->color_primary_red_x,
                   nclx->color_primary_red_y,   nclx->color_primary_green_x, nclx->color_primary_green_y,
                   nclx->color_primary_blue_x,  nclx->color_primary_blue_y};
    for (int i = 0; i < 8; i++) out->chromaticities[i] = xy[i];
  }
  // 16 is PQ, 18 is HLG (ITU-T H.273, table 3).
  out->is_hdr = transfer == 16 || transfer == 18;
  heif_nclx_color_profile_free(nclx);
}

static void keep_exif(const struct heif_image_handle *handle, cphoto_image *out) {
  heif_item_id id;
  if (heif_image_handle_get_list_of_metadata_block_IDs(handle, "Exif", &id, 1) != 1) return;
  size_t size = heif_image_handle_get_metadata_size(handle, id);
  uint8_t *block = size > 10 && size < (16u << 20) ? malloc(size) : NULL;
  if (!block) return;
  // The first four bytes say where the TIFF header begins (ISO/IEC 23008-12, A.2.1).
  if (heif_image_handle_get_metadata(handle, id, block).code == heif_error_Ok && big(block, 4) + 4 < size) {
    size_t start = (size_t)big(block, 4) + 4;
    out->exif_size = size - start;
    memmove(block, block + start, out->exif_size);
    out->exif = block;
  } else {
    free(block);
  }
}

static int copy_pixels(const struct heif_image *image, int bits, cphoto_image *out) {
  int stride = 0;
  const uint8_t *plane = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
  int width = heif_image_get_width(image, heif_channel_interleaved);
  int height = heif_image_get_height(image, heif_channel_interleaved);
  if (!plane || width < 1 || height < 1) return CPHOTO_DAMAGED;
  out->width = (uint32_t)width;
  out->height = (uint32_t)height;
  size_t row = (size_t)width * out->channels * (out->depth / 8);
  out->pixels = malloc(row * (size_t)height);
  if (!out->pixels) return CPHOTO_NO_MEMORY;
  for (int y = 0; y < height; y++) memcpy(out->pixels + row * y, plane + (size_t)stride * y, row);
  if (out->depth == 16) {
    uint32_t top = (1u << bits) - 1;
    uint16_t *values = (uint16_t *)out->pixels;
    for (size_t i = 0; i < row / 2 * (size_t)height; i++) {
      uint32_t value = values[i] > top ? top : values[i];
      values[i] = (uint16_t)((value * 65535u + top / 2) / top);
    }
  }
  return CPHOTO_OK;
}

static int decode(const struct heif_image_handle *handle, uint64_t max_pixels, cphoto_image *out) {
  out->width = (uint32_t)heif_image_handle_get_width(handle);
  out->height = (uint32_t)heif_image_handle_get_height(handle);
  if ((uint64_t)out->width * out->height > max_pixels) return CPHOTO_TOO_LARGE;
  int bits = heif_image_handle_get_luma_bits_per_pixel(handle);
  int alpha = heif_image_handle_has_alpha_channel(handle);
  out->source_depth = bits > 8 ? 16 : 8;
  out->depth = out->source_depth;
  out->channels = alpha ? 4 : 3;
  enum heif_chroma chroma = bits > 8 ? (alpha ? heif_chroma_interleaved_RRGGBBAA_LE : heif_chroma_interleaved_RRGGBB_LE)
                                     : (alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB);
  struct heif_decoding_options *options = heif_decoding_options_alloc();
  if (!options) return CPHOTO_NO_MEMORY;
  options->strict_decoding = 1;
  struct heif_image *image = NULL;
  struct heif_error error = heif_decode_image(handle, &image, heif_colorspace_RGB, chroma, options);
  heif_decoding_options_free(options);
  if (error.code != heif_error_Ok || !image) {
    strncpy(out->message, error.message ? error.message : "cannot be decoded", 255);
    return CPHOTO_DAMAGED;
  }
  int code = copy_pixels(image, bits, out);
  heif_image_release(image);
  if (code != CPHOTO_OK) return code;
  keep_profile(handle, out);
  keep_exif(handle, out);
  // Rotation and mirroring of the container have been applied; the EXIF orientation repeats them.
  out->orientation = 1;
  return CPHOTO_OK;
}

static int open_heif(const uint8_t *data, size_t size, struct heif_context **context, struct heif_image_handle **handle,
                     char *message) {
  *context = heif_context_alloc();
  if (!*context) return CPHOTO_NO_MEMORY;
  heif_context_set_max_decoding_threads(*context, 1);
  struct heif_error error = heif_context_read_from_memory_without_copy(*context, data, size, NULL);
  if (error.code == heif_error_Ok) error = heif_context_get_primary_image_handle(*context, handle);
  if (error.code == heif_error_Ok) return CPHOTO_OK;
  strncpy(message, error.message ? error.message : "cannot be read", 255);
  heif_context_free(*context);
  *context = NULL;
  return CPHOTO_DAMAGED;
}

int cphoto_decode_heif(const uint8_t *data, size_t size, uint64_t max_pixels, cphoto_image *out) {
  memset(out, 0, sizeof *out);
  size_t whole = whole_size(data, size);
  if (whole == 0) return CPHOTO_TRUNCATED;
  struct heif_context *context;
  struct heif_image_handle *handle;
  int code = open_heif(data, whole, &context, &handle, out->message);
  if (code != CPHOTO_OK) return code;
  out->frames = heif_context_get_number_of_top_level_images(context);
  out->trailing = size - whole;
  code = decode(handle, max_pixels, out);
  heif_image_handle_release(handle);
  heif_context_free(context);
  if (code != CPHOTO_OK) {
    uint32_t width = out->width, height = out->height;
    cphoto_free(out);
    out->width = width;
    out->height = height;
  }
  return code;
}

int cphoto_heif_header(const uint8_t *data, size_t size, uint32_t *width, uint32_t *height) {
  struct heif_context *context;
  struct heif_image_handle *handle;
  char message[256];
  if (open_heif(data, size, &context, &handle, message) != CPHOTO_OK) return 0;
  *width = (uint32_t)heif_image_handle_get_width(handle);
  *height = (uint32_t)heif_image_handle_get_height(handle);
  heif_image_handle_release(handle);
  heif_context_free(context);
  return 1;
}
