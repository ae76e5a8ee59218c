#pragma once
#include <stddef.h>
#include <stdint.h>

/// ONNX Runtime through dlopen: the library comes out of a Python wheel that holds no header, so the few
/// entries of OrtApi that are used are declared here by their place in the table.
/// Source: onnxruntime_c_api.h, struct OrtApi, whose order is append-only since version 1 of the API.

typedef struct connx_session connx_session;

/// Loads the library and the model; NULL with a sentence in `message` on failure. `threads` 1...64 work on one
/// picture.
connx_session *connx_open(const char *library, const char *model, int threads, char message[512]);

/// Runs the model on one input of `shape` (4 numbers) and copies the first output, which must have `out_count`
/// values. 0, or -1 with a sentence. May be called from several threads at once.
int connx_run(connx_session *session, const float *input, const int64_t shape[4], float *output, size_t out_count,
              char message[512]);

void connx_close(connx_session *session);
