#include "connx.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Places in OrtApi (onnxruntime_c_api.h, version 1 of the API and on).
enum {
  GET_ERROR_MESSAGE = 2,
  CREATE_ENV = 3,
  CREATE_SESSION = 7,
  RUN = 9,
  CREATE_SESSION_OPTIONS = 10,
  DISABLE_MEMORY_PATTERN = 17,
  SET_INTRA_THREADS = 24,
  SET_INTER_THREADS = 25,
  SESSION_INPUT_NAME = 36,
  SESSION_OUTPUT_NAME = 37,
  CREATE_TENSOR = 49,
  TENSOR_DATA = 51,
  SHAPE_ELEMENT_COUNT = 64,
  TENSOR_SHAPE = 65,
  CREATE_CPU_MEMORY = 69,
  ALLOCATOR_FREE = 76,
  DEFAULT_ALLOCATOR = 78,
  RELEASE_ENV = 92,
  RELEASE_STATUS = 93,
  RELEASE_MEMORY = 94,
  RELEASE_SESSION = 95,
  RELEASE_VALUE = 96,
  RELEASE_SHAPE = 99,
  RELEASE_OPTIONS = 100,
};

typedef struct {
  void *const *(*get_api)(uint32_t);
  const char *(*version)(void);
} api_base;

struct connx_session {
  void *library;
  void *const *api;
  void *env, *session, *memory;
  char *input, *output;
};

#define CALL(s, place, type) ((type)(s)->api[place])

/// 1 if `status` is an error, whose text is copied out.
static int failed(connx_session *s, void *status, char message[512]) {
  if (!status) return 0;
  snprintf(message, 512, "%s", CALL(s, GET_ERROR_MESSAGE, const char *(*)(void *))(status));
  CALL(s, RELEASE_STATUS, void (*)(void *))(status);
  return 1;
}

static int load(connx_session *s, const char *library, char message[512]) {
  s->library = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!s->library) {
    snprintf(message, 512, "%s", dlerror());
    return 0;
  }
  const api_base *(*base)(void) = (const api_base *(*)(void))dlsym(s->library, "OrtGetApiBase");
  s->api = base ? base()->get_api(17) : NULL;
  if (!s->api) snprintf(message, 512, "%s is no ONNX Runtime of version 1.17 or newer", library);
  return s->api != NULL;
}

static int name_of(connx_session *s, int place, char **name, char message[512]) {
  void *allocator = NULL;
  char *text = NULL;
  if (failed(s, CALL(s, DEFAULT_ALLOCATOR, void *(*)(void **))(&allocator), message)) return 0;
  if (failed(s, CALL(s, place, void *(*)(void *, size_t, void *, char **))(s->session, 0, allocator, &text), message))
    return 0;
  *name = strdup(text);
  failed(s, CALL(s, ALLOCATOR_FREE, void *(*)(void *, void *))(allocator, text), message);
  return *name != NULL;
}

static int start(connx_session *s, const char *model, int threads, char message[512]) {
  void *options = NULL;
  if (failed(s, CALL(s, CREATE_ENV, void *(*)(int, const char *, void **))(3, "scenehf", &s->env), message)) return 0;
  if (failed(s, CALL(s, CREATE_SESSION_OPTIONS, void *(*)(void **))(&options), message)) return 0;
  // Memory planned as one pattern doubles the arena, which the session keeps as long as it lives, and saves no time.
  int ok = !failed(s, CALL(s, DISABLE_MEMORY_PATTERN, void *(*)(void *))(options), message) &&
           !failed(s, CALL(s, SET_INTRA_THREADS, void *(*)(void *, int))(options, threads), message) &&
           !failed(s, CALL(s, SET_INTER_THREADS, void *(*)(void *, int))(options, 1), message) &&
           !failed(s, CALL(s, CREATE_SESSION, void *(*)(void *, const char *, void *, void **))(s->env, model, options,
                                                                                             &s->session), message);
  CALL(s, RELEASE_OPTIONS, void (*)(void *))(options);
  // Memory of kind 0 (device allocator), type 0 (default): plain CPU memory.
  return ok && !failed(s, CALL(s, CREATE_CPU_MEMORY, void *(*)(int, int, void **))(0, 0, &s->memory), message) &&
         name_of(s, SESSION_INPUT_NAME, &s->input, message) && name_of(s, SESSION_OUTPUT_NAME, &s->output, message);
}

connx_session *connx_open(const char *library, const char *model, int threads, char message[512]) {
  message[0] = 0;
  connx_session *s = calloc(1, sizeof *s);
  if (s && load(s, library, message) && start(s, model, threads, message)) return s;
  connx_close(s);
  return NULL;
}

static int copy_output(connx_session *s, void *value, float *output, size_t out_count, char message[512]) {
  void *shape = NULL;
  size_t count = 0;
  float *data = NULL;
  if (failed(s, CALL(s, TENSOR_SHAPE, void *(*)(void *, void **))(value, &shape), message)) return -1;
  int bad = failed(s, CALL(s, SHAPE_ELEMENT_COUNT, void *(*)(void *, size_t *))(shape, &count), message);
  CALL(s, RELEASE_SHAPE, void (*)(void *))(shape);
  if (bad || failed(s, CALL(s, TENSOR_DATA, void *(*)(void *, void **))(value, (void **)&data), message)) return -1;
  if (count != out_count) {
    snprintf(message, 512, "the model answers with %zu values where %zu were expected", count, out_count);
    return -1;
  }
  memcpy(output, data, out_count * sizeof(float));
  return 0;
}

int connx_run(connx_session *s, const float *input, const int64_t shape[4], float *output, size_t out_count,
              char message[512]) {
  message[0] = 0;
  size_t count = (size_t)(shape[0] * shape[1] * shape[2] * shape[3]);
  void *in = NULL, *out = NULL;
  // Element type 1 is float (ONNXTensorElementDataType).
  if (failed(s, CALL(s, CREATE_TENSOR, void *(*)(void *, void *, size_t, const int64_t *, size_t, int, void **))(
                    s->memory, (void *)input, count * sizeof(float), shape, 4, 1, &in), message))
    return -1;
  const char *inputs[1] = {s->input}, *outputs[1] = {s->output};
  const void *values[1] = {in};
  void *status = CALL(s, RUN, void *(*)(void *, void *, const char *const *, const void *const *, size_t,
                                        const char *const *, size_t, void **))(s->session, NULL, inputs, values, 1,
                                                                               outputs, 1, &out);
  int code = failed(s, status, message) ? -1 : copy_output(s, out, output, out_count, message);
  if (out) CALL(s, RELEASE_VALUE, void (*)(void *))(out);
  CALL(s, RELEASE_VALUE, void (*)(void *))(in);
  return code;
}

void connx_close(connx_session *s) {
  if (!s) return;
  free(s->input);
  free(s->output);
  if (s->memory) CALL(s, RELEASE_MEMORY, void (*)(void *))(s->memory);
  if (s->session) CALL(s, RELEASE_SESSION, void (*)(void *))(s->session);
  if (s->env) CALL(s, RELEASE_ENV, void (*)(void *))(s->env);
  // The library stays loaded: its threads and exit handlers do not survive an unload.
  free(s);
}
