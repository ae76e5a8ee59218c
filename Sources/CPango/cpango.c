#include "cpango.h"

#include <pango/pangoft2.h>
#include <pthread.h>
#include <stdlib.h>

// A font map of Pango may be used by one thread at a time.
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
// As long as the process: finding the fonts takes longer than setting a text.
static PangoContext *context;

static PangoContext *machine_fonts(void) {
  if (context != NULL) return context;
  PangoFontMap *fonts = pango_ft2_font_map_new();
  context = pango_font_map_create_context(fonts);
  g_object_unref(fonts);
  return context;
}

static PangoLayout *laid_out(const char *text, int size, int is_bold, int width, int lines) {
  PangoLayout *layout = pango_layout_new(machine_fonts());
  PangoFontDescription *font = pango_font_description_new();
  pango_font_description_set_family_static(font, "sans-serif");
  pango_font_description_set_weight(font, is_bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_absolute_size(font, (double)size * PANGO_SCALE);
  pango_layout_set_font_description(layout, font);
  pango_font_description_free(font);
  pango_layout_set_single_paragraph_mode(layout, TRUE);
  pango_layout_set_text(layout, text, -1);
  if (width > 0) {
    pango_layout_set_width(layout, width * PANGO_SCALE);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_height(layout, -lines);
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
  }
  return layout;
}

int cpango_set(const char *text, int size, int is_bold, int width, int lines, cpango_ink *ink) {
  pthread_mutex_lock(&turn);
  PangoLayout *layout = laid_out(text, size, is_bold, width, lines);
  PangoRectangle box;
  pango_layout_get_pixel_extents(layout, NULL, &box);
  ink->width = box.width;
  ink->height = box.height;
  ink->values = calloc((size_t)box.width * (size_t)box.height + 1, 1);
  if (ink->values != NULL) {
    FT_Bitmap bitmap = {
        .rows = (unsigned)box.height,
        .width = (unsigned)box.width,
        .pitch = box.width,
        .buffer = ink->values,
        .num_grays = 256,
        .pixel_mode = FT_PIXEL_MODE_GRAY,
    };
    pango_ft2_render_layout(&bitmap, layout, -box.x, -box.y);
  }
  g_object_unref(layout);
  pthread_mutex_unlock(&turn);
  return ink->values != NULL;
}

void cpango_free(uint8_t *values) { free(values); }
