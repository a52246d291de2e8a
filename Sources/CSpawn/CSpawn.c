#define _GNU_SOURCE
#include "CSpawn.h"

short cspawn_setsid_flag(void) { return POSIX_SPAWN_SETSID; }

int cspawn_addchdir(posix_spawn_file_actions_t *actions, const char *folder) {
  return posix_spawn_file_actions_addchdir_np(actions, folder);
}

int cspawn_addclosefrom(posix_spawn_file_actions_t *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
