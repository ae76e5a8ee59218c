#include "cinotifytools.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <unistd.h>

#include <inotifytools/inotifytools.h>

const uint32_t CINOTIFY_MASK = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF |
                               IN_MOVE_SELF | IN_ONLYDIR;

/// The library's own descriptor, once it is open.
static int library_fd = -1;

/// The highest descriptor that is an inotify instance, or -1.
static int newest_inotify(int below[], int count) {
  DIR *folder = opendir("/proc/self/fd");
  if (!folder) return -1;
  int found = -1;
  for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
    char path[300], target[64];
    snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length <= 0) continue;
    target[length] = 0;
    if (strcmp(target, "anon_inode:inotify") != 0) continue;
    int fd = atoi(entry->d_name);
    int known = 0;
    for (int index = 0; index < count; index++) known |= below[index] == fd;
    if (!known) found = fd;
  }
  closedir(folder);
  return found;
}

int cinotify_open(void) {
  static int opened = 0;
  if (opened) return -EALREADY;
  int before[64];
  int count = 0;
  for (int fd; count < 64 && (fd = newest_inotify(before, count)) >= 0;) before[count++] = fd;
  if (!inotifytools_initialize()) return inotifytools_error() ? -inotifytools_error() : -EMFILE;
  opened = 1;
  int fd = newest_inotify(before, count);
  if (fd < 0) return -ENOENT;
  // The library waits with select(), whose sets end there.
  if (fd >= FD_SETSIZE) return -EMFILE;
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  library_fd = fd;
  return fd;
}

int cinotify_wait(int fd, int wake_fd, int timeout_ms) {
  struct pollfd both[2] = {{.fd = fd, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
  int ready = poll(both, 2, timeout_ms);
  if (ready < 0) return errno == EINTR ? 0 : -errno;
  return (both[0].revents ? 1 : 0) | (both[1].revents ? 2 : 0);
}

void cinotify_drain(int wake_fd) {
  uint64_t count;
  while (read(wake_fd, &count, sizeof count) > 0) {
  }
}

int cinotify_next(cinotify_event *out) {
  // Time-out 0 with one event polls; next_event(0) would wait for ever, and more than one would spin.
  struct inotify_event *event = inotifytools_next_events(0, 1);
  if (!event) {
    int error = inotifytools_error();
    return error == 0 || error == EINTR || error == EAGAIN ? 0 : -error;
  }
  out->wd = event->wd;
  out->mask = event->mask;
  out->name[0] = 0;
  if (event->len > 0) {
    strncpy(out->name, event->name, sizeof out->name - 1);
    out->name[sizeof out->name - 1] = 0;
  }
  return 1;
}

int cinotify_watch(const char *path) {
  // Asked of the kernel, which answers with the same number for the same folder: the library's own table names
  // a dead watch after a folder was removed and made again, and grows by an entry with every repeated call.
  int wd = inotify_add_watch(library_fd, path, CINOTIFY_MASK);
  if (wd < 0) return -errno;
  const char *known = inotifytools_filename_from_wd(wd);
  if ((!known || !*known) && !inotifytools_watch_file(path, (int)CINOTIFY_MASK)) {
    int error = inotifytools_error();
    return error ? -error : -EINVAL;
  }
  return wd;
}

void cinotify_unwatch(int wd) {
  // For a dead watch the library complains on stderr and keeps its entry; an entry with no name is a dead one.
  inotifytools_remove_watch_by_wd(wd);
}
