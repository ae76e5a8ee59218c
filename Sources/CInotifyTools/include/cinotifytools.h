#pragma once
#include <stdint.h>

/// libinotifytools behind a few plain functions, used in the one way that is safe (version 3.22.6): opened
/// once per process, by one thread, never closed and reopened, no recursion, no patterns, one event a call.
/// Every function belongs to that one thread.

/// The events that are watched for.
extern const uint32_t CINOTIFY_MASK;

typedef struct {
  int wd;
  uint32_t mask;
  /// The name within the folder, as the kernel has it; "" for the folder itself.
  char name[256];
} cinotify_event;

/// Opens the library and finds its descriptor, which it keeps to itself; sets FD_CLOEXEC on it.
/// The descriptor, or -errno. A second call gives -EALREADY.
int cinotify_open(void);

/// Waits for events on `fd` (bit 1) or for `wake_fd` to be readable (bit 2), at most `timeout_ms` (-1: for ever).
int cinotify_wait(int fd, int wake_fd, int timeout_ms);

/// Empties `wake_fd`.
void cinotify_drain(int wake_fd);

/// The next event if there is one: 1, 0 if there is none, -errno on failure.
int cinotify_next(cinotify_event *out);

/// Watches one folder: its watch descriptor, or -errno (ENOSPC: fs.inotify.max_user_watches is used up).
int cinotify_watch(const char *path);

/// Ends a watch; a folder that is gone already is no error.
void cinotify_unwatch(int wd);
