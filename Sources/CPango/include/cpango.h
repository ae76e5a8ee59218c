#pragma once
#include <stdint.h>

/// Pango on FreeType behind one function: text of any script as ink.

/// Coverage of a text, 0 to 255, `width` * `height` bytes, top row first. The caller frees `values`.
typedef struct {
  uint8_t *values;
  int width;
  int height;
} cpango_ink;

/// Sets UTF-8 text in the machine's sans-serif font of `size` pixels. Within `width` pixels (0: as wide as it is) it is
/// broken at words, and after `lines` lines cut with an ellipsis. Line breaks in the text are shown as signs.
/// Returns 1, or 0 without memory or without the library. May be called from several threads; they take turns.
int cpango_set(const char *text, int size, int is_bold, int width, int lines, cpango_ink *ink);

void cpango_free(uint8_t *values);
