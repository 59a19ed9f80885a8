/*
 * What the watchdog can do about a mount. None of these looks at the mounted tree, which would wait for the very server that is stuck.
 */
#ifndef CIRCUIT_WATCHDOG_MOUNT_H
#define CIRCUIT_WATCHDOG_MOUNT_H

#include <stdbool.h>

/* A mount, by its connection (the minor device number, a directory in /sys/fs/fuse/connections) and where it is. */
struct mount {
  unsigned connection;
  const char *directory;
};

/* Cuts the connection: everybody who waits in the mount gets an error, now and from now on. */
bool mount_abort(const struct mount *mount);
/* Takes the mount out of the tree, if it is still there and nothing was mounted over it. */
void mount_detach(const struct mount *mount);

#endif
