// Before the names of the functions stand for entries of the table.
#include "heiflibrary.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static struct heif_functions functions;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/// A program that cannot have its library ends as it would have ended at its start, had it been linked.
static void *found(void *symbol) {
  if (symbol) return symbol;
  fprintf(stderr, "scenehf: %s. Install the package libheif1.\n", dlerror());
  _exit(127);
}

static void open_library(void) {
  void *library = found(dlopen("libheif.so.1", RTLD_NOW | RTLD_LOCAL));
#define FIND(name) functions.name = (__typeof__(functions.name))found(dlsym(library, "heif_" #name));
  HEIF_FUNCTIONS(FIND)
#undef FIND
}

const struct heif_functions *cphoto_heif(void) {
  pthread_once(&once, open_library);
  return &functions;
}
