/* Aborting and detaching a mount; mount.h says what it promises. */
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { POINT_MAX = 4096 * 4 }; /* PATH_MAX with every byte as \ooo */

/* Takes back what mountinfo makes of blanks and backslashes: a backslash and three octal digits. */
static void unescape(char *path) {
  char *to = path;
  for (const char *from = path; *from != '\0'; to++) {
    unsigned code;
    if (from[0] == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
      *to = (char)code;
      from += 4;
    } else {
      *to = *from++;
    }
  }
  *to = '\0';
}

/*
 * Where our mount is, if it is the last one made there; else NULL. Each mount has a line in mountinfo (proc(5)), in the order in which they were made.
 * What we were told at the start does not say it: a directory above may have been renamed since, and a symlink to another mount put in its place.
 */
static const char *find_topmost(const struct mount *mount) {
  static char line[POINT_MAX * 2], point[POINT_MAX], ours[POINT_MAX];
  bool topmost = false;
  FILE *file = fopen("/proc/self/mountinfo", "re");
  if (file == NULL) return NULL;
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
  unescape(ours);
  return topmost ? ours : NULL;
}

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
  const char *directory = find_topmost(mount);
  return directory != NULL && (umount2(directory, MNT_FORCE | UMOUNT_NOFOLLOW) == 0 || errno == EBUSY);
}

void mount_detach(const struct mount *mount) {
  const char *directory = find_topmost(mount);
  if (directory == NULL) return;
  if (umount2(directory, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno != EPERM) return;
  execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", directory, (char *)NULL); /* our last deed anyway */
}
