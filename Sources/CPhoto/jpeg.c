#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "cphoto.h"

/// libjpeg's error manager with our way out; `base` must stay first.
typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf jump;
  char *message;
  int code;
} handler;

static void on_error(j_common_ptr info) {
  handler *h = (handler *)info->err;
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  strncpy(h->message, text, 255);
  if (h->code == CPHOTO_OK) h->code = info->err->msg_code == JERR_INPUT_EMPTY ? CPHOTO_TRUNCATED : CPHOTO_DAMAGED;
  longjmp(h->jump, 1);
}

/// Warnings are faults: a JPEG that needs guessing is truncated or damaged.
static void on_message(j_common_ptr info, int level) {
  handler *h = (handler *)info->err;
  if (level >= 0) return;
  // Padding before a marker is common and harmless.
  if (info->err->msg_code == JWRN_EXTRANEOUS_DATA) return;
  if (h->code != CPHOTO_OK) return;
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  strncpy(h->message, text, 255);
  h->code = info->err->msg_code == JWRN_JPEG_EOF ? CPHOTO_TRUNCATED : CPHOTO_DAMAGED;
}

static void keep_exif(j_decompress_ptr info, cphoto_image *out) {
  for (jpeg_saved_marker_ptr marker = info->marker_list; marker; marker = marker->next) {
    if (marker->marker != JPEG_APP0 + 1 || marker->data_length < 14) continue;
    if (memcmp(marker->data, "Exif\0\0", 6) != 0) continue;
    out->exif_size = marker->data_length - 6;
    out->exif = malloc(out->exif_size);
    if (out->exif) memcpy(out->exif, marker->data + 6, out->exif_size);
    return;
  }
}

static void keep_metadata(j_decompress_ptr info, cphoto_image *out) {
  JOCTET *profile = NULL;
  unsigned int length = 0;
  if (jpeg_read_icc_profile(info, &profile, &length)) {
    out->profile = profile;
    out->profile_size = length;
  }
  if (info->saw_JFIF_marker && info->X_density > 1 && info->Y_density > 1) {
    // Unit 1 is per inch, 2 per centimetre (JFIF 1.02).
    double scale = info->density_unit == 1 ? 1 / 0.0254 : info->density_unit == 2 ? 100 : 0;
    out->density_x = (uint32_t)(info->X_density * scale + 0.5);
    out->density_y = (uint32_t)(info->Y_density * scale + 0.5);
  }
  keep_exif(info, out);
}

/// CMYK as Adobe writes it is inverted: 255 is no ink. Without the Adobe marker 255 is full ink already.
static void invert(uint8_t *row, size_t count) {
  for (size_t i = 0; i < count; i++) row[i] = 255 - row[i];
}

static void decode(j_decompress_ptr info, handler *h, uint64_t max_pixels, cphoto_image *out) {
  jpeg_save_markers(info, JPEG_APP0 + 1, 0xffff);
  jpeg_save_markers(info, JPEG_APP0 + 2, 0xffff);
  jpeg_read_header(info, TRUE);
  if ((uint64_t)info->image_width * info->image_height > max_pixels) {
    out->width = info->image_width;
    out->height = info->image_height;
    h->code = CPHOTO_TOO_LARGE;
    longjmp(h->jump, 1);
  }
  keep_metadata(info, out);
  out->was_cmyk = info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK;
  out->was_grey = info->jpeg_color_space == JCS_GRAYSCALE;
  info->out_color_space = out->was_cmyk ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(info);
  out->width = info->output_width;
  out->height = info->output_height;
  out->channels = out->was_cmyk ? 4 : 3;
  size_t stride = (size_t)out->width * out->channels;
  out->pixels = malloc(stride * out->height);
  if (!out->pixels) {
    h->code = CPHOTO_NO_MEMORY;
    longjmp(h->jump, 1);
  }
  while (info->output_scanline < info->output_height) {
    uint8_t *row = out->pixels + info->output_scanline * stride;
    jpeg_read_scanlines(info, &row, 1);
    if (out->was_cmyk && info->saw_Adobe_marker) invert(row, stride);
  }
  jpeg_finish_decompress(info);
  out->trailing = info->src->bytes_in_buffer;
}

int cphoto_decode_jpeg(const uint8_t *data, size_t size, uint64_t max_pixels, cphoto_image *out) {
  memset(out, 0, sizeof *out);
  out->frames = 1;
  out->depth = out->source_depth = 8;
  if (size < 3 || data[0] != 0xff || data[1] != 0xd8 || data[2] != 0xff) return CPHOTO_NOT_THIS;
  struct jpeg_decompress_struct info;
  handler h;
  memset(&h, 0, sizeof h);
  info.err = jpeg_std_error(&h.base);
  h.base.error_exit = on_error;
  h.base.emit_message = on_message;
  h.message = out->message;
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, data, size);
  if (setjmp(h.jump) == 0) decode(&info, &h, max_pixels, out);
  jpeg_destroy_decompress(&info);
  if (h.code != CPHOTO_OK) {
    uint32_t width = out->width, height = out->height;
    cphoto_free(out);
    out->width = width;
    out->height = height;
  }
  return h.code;
}

int cphoto_encode_jpeg(const uint8_t *pixels, uint32_t width, uint32_t height, int quality, uint8_t **bytes,
                       size_t *size) {
  struct jpeg_compress_struct info;
  handler h;
  char message[256];
  memset(&h, 0, sizeof h);
  h.message = message;
  info.err = jpeg_std_error(&h.base);
  h.base.error_exit = on_error;
  unsigned char *out = NULL;
  unsigned long out_size = 0;
  jpeg_create_compress(&info);
  if (setjmp(h.jump) == 0) {
    jpeg_mem_dest(&info, &out, &out_size);
    info.image_width = width;
    info.image_height = height;
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < height) {
      JSAMPROW row = (JSAMPROW)(pixels + (size_t)info.next_scanline * width * 3);
      jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
  }
  jpeg_destroy_compress(&info);
  *bytes = out;
  *size = out_size;
  return h.code;
}

void cphoto_free_bytes(uint8_t *bytes) { free(bytes); }

void cphoto_free(cphoto_image *image) {
  free(image->pixels);
  free(image->profile);
  free(image->exif);
  image->pixels = image->profile = image->exif = NULL;
}
