// Parts of posix_spawn that the C library declares only for _GNU_SOURCE, which Swift's view of it leaves out.
#ifndef CSPAWN_H
#define CSPAWN_H

#include <spawn.h>

// The flag by which the new process becomes the leader of a session of its own (POSIX_SPAWN_SETSID, glibc 2.26).
short cspawn_setsid_flag(void);

// Changes the new process's folder (posix_spawn_file_actions_addchdir_np, glibc 2.29). Returns 0 or an error number.
int cspawn_addchdir(posix_spawn_file_actions_t *actions, const char *folder);

// Closes every descriptor from `first` on in the new process (posix_spawn_file_actions_addclosefrom_np, glibc 2.34).
// Returns 0 or an error number.
int cspawn_addclosefrom(posix_spawn_file_actions_t *actions, int first);

#endif
