#include "cpango.h"

#include <dlfcn.h>
#include <pango/pangoft2.h>
#include <pthread.h>
#include <stdlib.h>

// Pango is opened when the first text is set: it brings twenty libraries, which every `scenehf --help` would load.
#define PANGO_FUNCTIONS(F) \
  F(g_object_unref) F(pango_font_description_free) F(pango_font_description_new) \
  F(pango_font_description_set_absolute_size) F(pango_font_description_set_family_static) \
  F(pango_font_description_set_weight) F(pango_font_map_create_context) F(pango_ft2_font_map_new) \
  F(pango_ft2_render_layout) F(pango_layout_get_pixel_extents) F(pango_layout_new) F(pango_layout_set_ellipsize) \
  F(pango_layout_set_font_description) F(pango_layout_set_height) F(pango_layout_set_single_paragraph_mode) \
  F(pango_layout_set_text) F(pango_layout_set_width) F(pango_layout_set_wrap)

static struct {
#define DECLARE(name) __typeof__(name) *name;
  PANGO_FUNCTIONS(DECLARE)
#undef DECLARE
} call;

static int open_library(void) {
  static void *library;
  if (library != NULL) return 1;
  library = dlopen("libpangoft2-1.0.so.0", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return 0;
  // In the library or in those that it brings, all of which had these functions before they had their present names.
#define FIND(name) call.name = (__typeof__(name) *)dlsym(library, #name);
  PANGO_FUNCTIONS(FIND)
#undef FIND
  return 1;
}

// A font map of Pango may be used by one thread at a time.
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
// As long as the process: finding the fonts takes longer than setting a text.
static PangoContext *context;

static PangoContext *machine_fonts(void) {
  if (context != NULL) return context;
  PangoFontMap *fonts = call.pango_ft2_font_map_new();
  context = call.pango_font_map_create_context(fonts);
  call.g_object_unref(fonts);
  return context;
}

static PangoLayout *laid_out(const char *text, int size, int is_bold, int width, int lines) {
  PangoLayout *layout = call.pango_layout_new(machine_fonts());
  PangoFontDescription *font = call.pango_font_description_new();
  call.pango_font_description_set_family_static(font, "sans-serif");
  call.pango_font_description_set_weight(font, is_bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  call.pango_font_description_set_absolute_size(font, (double)size * PANGO_SCALE);
  call.pango_layout_set_font_description(layout, font);
  call.pango_font_description_free(font);
  call.pango_layout_set_single_paragraph_mode(layout, TRUE);
  call.pango_layout_set_text(layout, text, -1);
  if (width > 0) {
    call.pango_layout_set_width(layout, width * PANGO_SCALE);
    call.pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    call.pango_layout_set_height(layout, -lines);
    call.pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
  }
  return layout;
}

int cpango_set(const char *text, int size, int is_bold, int width, int lines, cpango_ink *ink) {
  pthread_mutex_lock(&turn);
  if (!open_library()) {
    pthread_mutex_unlock(&turn);
    return 0;
  }
  PangoLayout *layout = laid_out(text, size, is_bold, width, lines);
  PangoRectangle box;
  call.pango_layout_get_pixel_extents(layout, NULL, &box);
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
    call.pango_ft2_render_layout(&bitmap, layout, -box.x, -box.y);
  }
  call.g_object_unref(layout);
  pthread_mutex_unlock(&turn);
  return ink->values != NULL;
}

void cpango_free(uint8_t *values) { free(values); }
