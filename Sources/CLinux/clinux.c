#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

int clinux_rename(int from_dir, const char *from, int to_dir, const char *to, int replace) {
  if (renameat2(from_dir, from, to_dir, to, replace ? 0 : RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL || replace) return -errno;
  struct stat info;
  if (fstatat(to_dir, to, &info, AT_SYMLINK_NOFOLLOW) == 0) return -EEXIST;
  return renameat(from_dir, from, to_dir, to) == 0 ? 0 : -errno;
}

static int copy_by_hand(int from, int to) {
  char buffer[1 << 16];
  if (lseek(from, 0, SEEK_SET) < 0 || lseek(to, 0, SEEK_SET) < 0) return -errno;
  for (;;) {
    ssize_t got = read(from, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -errno;
    if (got == 0) return 0;
    for (ssize_t done = 0; done < got;) {
      ssize_t put = write(to, buffer + done, (size_t)(got - done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return -errno;
      done += put;
    }
  }
}

int clinux_clone_or_copy(int from, int to) {
  if (ioctl(to, FICLONE, from) == 0) return 0;
  for (;;) {
    ssize_t copied = copy_file_range(from, NULL, to, NULL, (size_t)1 << 30, 0);
    if (copied == 0) return 0;
    if (copied > 0 || errno == EINTR) continue;
    if (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) return copy_by_hand(from, to);
    return -errno;
  }
}

int clinux_probe_writer(int fd) {
  if (fcntl(fd, F_SETLEASE, F_RDLCK) != 0) return -errno;
  fcntl(fd, F_SETLEASE, F_UNLCK);
  return 0;
}

int clinux_filesystem(int fd, uint64_t *type) {
  struct statfs info;
  if (fstatfs(fd, &info) != 0) return -errno;
  *type = (uint64_t)info.f_type;
  return 0;
}

int clinux_pidfd(int pid) {
  // Glibc has a wrapper since 2.36, which not all of our systems have.
  int fd = (int)syscall(SYS_pidfd_open, pid, 0);
  return fd < 0 ? -errno : fd;
}


int clinux_memory_file(const char *label) {
  int fd = memfd_create(label, MFD_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int clinux_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : -errno; }

int clinux_eventfd(void) {
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

int clinux_lock(int fd) {
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  return fcntl(fd, F_OFD_SETLK, &whole) == 0 ? 0 : -errno;
}

int clinux_is_locked(int fd) {
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(fd, F_OFD_GETLK, &whole) != 0) return -errno;
  return whole.l_type != F_UNLCK;
}
