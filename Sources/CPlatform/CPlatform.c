#define _GNU_SOURCE
#include "CPlatform.h"

#include <sys/stat.h>

short cplatform_setsid_flag(void) { return POSIX_SPAWN_SETSID; }

int cplatform_addchdir(posix_spawn_file_actions_t *actions, const char *folder) {
  return posix_spawn_file_actions_addchdir_np(actions, folder);
}

int cplatform_addclosefrom(posix_spawn_file_actions_t *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int cplatform_lstat(const char *path, cplatform_status *status) {
  struct stat found;
  if (lstat(path, &found) != 0) return -1;
  *status = (cplatform_status){
      .mode = found.st_mode,
      .owner = found.st_uid,
      .size = found.st_size,
      .inode = found.st_ino,
      .changed_seconds = found.st_ctim.tv_sec,
      .changed_nanoseconds = found.st_ctim.tv_nsec,
  };
  return 0;
}
