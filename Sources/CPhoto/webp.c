#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "cphoto.h"

static void keep_chunk(WebPDemuxer *demuxer, const char *name, uint8_t **bytes, size_t *size) {
  WebPChunkIterator chunk;
  if (!WebPDemuxGetChunk(demuxer, name, 1, &chunk)) return;
  *bytes = malloc(chunk.chunk.size);
  if (*bytes) {
    memcpy(*bytes, chunk.chunk.bytes, chunk.chunk.size);
    *size = chunk.chunk.size;
  }
  WebPDemuxReleaseChunkIterator(&chunk);
}

/// Decodes a still frame onto the canvas; a frame smaller than the canvas leaves the rest transparent.
static int decode_frame(const WebPIterator *frame, cphoto_image *out) {
  int partial = frame->width != (int)out->width || frame->height != (int)out->height;
  out->channels = frame->has_alpha || partial ? 4 : 3;
  size_t stride = (size_t)out->width * out->channels;
  out->pixels = calloc(stride, out->height);
  if (!out->pixels) return CPHOTO_NO_MEMORY;
  uint8_t *start = out->pixels + stride * frame->y_offset + (size_t)frame->x_offset * out->channels;
  size_t room = stride * out->height - (size_t)(start - out->pixels);
  uint8_t *done = out->channels == 4
                      ? WebPDecodeRGBAInto(frame->fragment.bytes, frame->fragment.size, start, room, (int)stride)
                      : WebPDecodeRGBInto(frame->fragment.bytes, frame->fragment.size, start, room, (int)stride);
  return done ? CPHOTO_OK : CPHOTO_DAMAGED;
}

static int decode(WebPDemuxer *demuxer, uint64_t max_pixels, cphoto_image *out) {
  out->width = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH);
  out->height = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT);
  if ((uint64_t)out->width * out->height > max_pixels) return CPHOTO_TOO_LARGE;
  out->frames = (int)WebPDemuxGetI(demuxer, WEBP_FF_FRAME_COUNT);
  WebPIterator frame;
  if (!WebPDemuxGetFrame(demuxer, 1, &frame)) return CPHOTO_DAMAGED;
  int code = frame.complete ? decode_frame(&frame, out) : CPHOTO_TRUNCATED;
  WebPDemuxReleaseIterator(&frame);
  if (code != CPHOTO_OK) return code;
  keep_chunk(demuxer, "ICCP", &out->profile, &out->profile_size);
  keep_chunk(demuxer, "EXIF", &out->exif, &out->exif_size);
  return CPHOTO_OK;
}

int cphoto_decode_webp(const uint8_t *data, size_t size, uint64_t max_pixels, cphoto_image *out) {
  memset(out, 0, sizeof *out);
  if (size < 12 || memcmp(data, "RIFF", 4) != 0 || memcmp(data + 8, "WEBP", 4) != 0) return CPHOTO_NOT_THIS;
  out->depth = out->source_depth = 8;
  // The RIFF size says how long the file must be; what follows it is trailing.
  size_t whole = 8 + ((size_t)data[4] | (size_t)data[5] << 8 | (size_t)data[6] << 16 | (size_t)data[7] << 24);
  if (size < whole) return CPHOTO_TRUNCATED;
  out->trailing = size - whole;
  WebPData input = {data, whole};
  WebPDemuxState state;
  WebPDemuxer *demuxer = WebPDemuxPartial(&input, &state);
  if (!demuxer) return CPHOTO_DAMAGED;
  int code = state == WEBP_DEMUX_DONE ? decode(demuxer, max_pixels, out) : CPHOTO_DAMAGED;
  WebPDemuxDelete(demuxer);
  if (code == CPHOTO_OK && out->exif_size > 6 && memcmp(out->exif, "Exif\0\0", 6) == 0) {
    memmove(out->exif, out->exif + 6, out->exif_size -= 6);
  }
  if (code != CPHOTO_OK) cphoto_free(out);
  return code;
}

static int jpeg_header(const uint8_t *data, size_t size, uint32_t *width, uint32_t *height) {
  for (size_t at = 2; at + 9 < size && data[at] == 0xff;) {
    uint8_t marker = data[at + 1];
    if (marker == 0xff) {
      at++;
      continue;
    }
    // SOF0...SOF15 without DHT, JPG and DAC (ITU T.81, table B.1).
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
      *height = (uint32_t)data[at + 5] << 8 | data[at + 6];
      *width = (uint32_t)data[at + 7] << 8 | data[at + 8];
      return 1;
    }
    at += 2 + ((size_t)data[at + 2] << 8 | data[at + 3]);
  }
  return 0;
}

int cphoto_header(const uint8_t *data, size_t size, uint32_t *width, uint32_t *height) {
  if (size > 3 && data[0] == 0xff && data[1] == 0xd8) return jpeg_header(data, size, width, height);
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data, size, &features) != VP8_STATUS_OK) return 0;
  *width = (uint32_t)features.width;
  *height = (uint32_t)features.height;
  return 1;
}
