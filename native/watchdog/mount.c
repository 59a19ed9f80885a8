/* Aborting and detaching a mount; mount.h says what it promises. */
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { POINT_MAX = 4096 * 4 }; /* PATH_MAX with every byte as \ooo */

bool mount_abort(const struct mount *mount) {
  char path[64];
  snprintf(path, sizeof path, "/sys/fs/fuse/connections/%u/abort", mount->connection);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd >= 0) {
    bool aborted = write(fd, "1", 1) == 1;
    close(fd);
    if (aborted) return true;
  }
  /* fusectl is not mounted everywhere. MNT_FORCE aborts first; that the mount itself stays while it is in use (EBUSY) does not matter. */
  return umount2(mount->directory, MNT_FORCE) == 0 || errno == EBUSY;
}

/* Whether the last mount made where ours is, is ours: each mount has a line in mountinfo (proc(5)), in the order in which they were made. */
static bool is_topmost(const struct mount *mount) {
  static char line[POINT_MAX * 2], point[POINT_MAX], ours[POINT_MAX];
  bool topmost = false;
  FILE *file = fopen("/proc/self/mountinfo", "re");
  if (file == NULL) return false;
  while (fgets(line, sizeof line, file) != NULL) {
    unsigned major, minor;
    if (sscanf(line, "%*u %*u %u:%u %*s %16383s", &major, &minor, point) != 3) continue;
    if (major == 0 && minor == mount->connection) {
      strcpy(ours, point);
      topmost = true;
    } else if (topmost && strcmp(point, ours) == 0) {
      topmost = false;
    }
  }
  fclose(file);
  return topmost;
}

void mount_detach(const struct mount *mount) {
  if (!is_topmost(mount)) return;
  if (umount2(mount->directory, MNT_DETACH) == 0 || errno != EPERM) return;
  execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", mount->directory, (char *)NULL); /* our last deed anyway */
}
