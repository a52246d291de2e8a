// What Swift can't see or can't name reliably of the C library: parts of posix_spawn that are declared only for _GNU_SOURCE, and
// `struct stat`, which Swift attributes to whichever module was imported first.
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <spawn.h>
#include <stdint.h>

// The flag by which the new process becomes the leader of a session of its own (POSIX_SPAWN_SETSID, glibc 2.26).
short cplatform_setsid_flag(void);

// Changes the new process's folder (posix_spawn_file_actions_addchdir_np, glibc 2.29). Returns 0 or an error number.
int cplatform_addchdir(posix_spawn_file_actions_t *actions, const char *folder);

// Closes every descriptor from `first` on in the new process (posix_spawn_file_actions_addclosefrom_np, glibc 2.34).
// Returns 0 or an error number.
int cplatform_addclosefrom(posix_spawn_file_actions_t *actions, int first);

// What lstat(2) says of a file.
typedef struct {
  uint32_t mode;
  uint32_t owner;
  int64_t size;
  uint64_t inode;
  // The last change to content or attributes.
  int64_t changed_seconds;
  int64_t changed_nanoseconds;
} cplatform_status;

// Returns 0, or -1 with errno set.
int cplatform_lstat(const char *path, cplatform_status *status);

#endif
