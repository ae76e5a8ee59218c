#pragma once
#include <stddef.h>
#include <stdint.h>

/// System calls that Glibc's Swift module lacks, because it is built without _GNU_SOURCE.
/// Every function returns 0 or a positive count on success and -errno on failure.

/// renameat2(2); `replace` 0 refuses to overwrite (RENAME_NOREPLACE). Falls back to a link-free check and
/// renameat where the file system has no such flag (EINVAL).
int clinux_rename(int from_dir, const char *from, int to_dir, const char *to, int replace);

/// Makes `to` share the blocks of `from` (ioctl FICLONE), or copies them in the kernel.
int clinux_clone_or_copy(int from, int to);

/// Takes and at once gives back a read lease (fcntl F_SETLEASE): 0 if nobody has the file open for writing,
/// -EAGAIN if somebody has, another -errno where the file system or the owner does not allow leases.
int clinux_probe_writer(int fd);

/// The type of the file system below `fd` (statfs f_type).
int clinux_filesystem(int fd, uint64_t *type);

/// A descriptor that becomes readable when the child `pid` ends (pidfd_open(2)); close-on-exec.
int clinux_pidfd(int pid);

/// memfd_create(2) with MFD_CLOEXEC: a file in memory without a name. -errno on failure.
int clinux_memory_file(const char *label);

/// prctl(PR_SET_NO_NEW_PRIVS): nothing that this process starts can gain rights.
int clinux_no_new_privileges(void);

/// eventfd(2) with EFD_CLOEXEC and EFD_NONBLOCK.
int clinux_eventfd(void);

/// Locks the whole file for this open description (F_OFD_SETLK): 0, or -EAGAIN while another holds it. The
/// kernel releases it with the last descriptor, however the process ends.
int clinux_lock(int fd);

/// Whether another open description holds that lock: 1 or 0. Takes nothing, so it disturbs nobody.
int clinux_is_locked(int fd);
