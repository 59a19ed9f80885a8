/*
 * The watchdog: frees those who wait in a mount when the server behind it is stopped or stuck, and takes the mount away when it was killed.
 *
 * A process of its own since the server cannot do this for itself, and since a request that a stopped server has read holds its caller in
 * uninterruptible sleep. Arguments: connection number, mount point, seconds. Descriptor 3: a pipe; any byte on it is a sign of life,
 * a last 'q' says that the server goes in order.
 */
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
  BEAT_FD = 3,
  /* The time is counted in parts: a machine that was paused as a whole loses one part, not the connection. */
  PARTS = 6,
};
static const double STALL_MIN_S = 0.05, STALL_MAX_S = 86400;

enum beat { BEAT, SILENCE, ORDERLY_END, SUDDEN_END };

/* What the pipe says within the time. */
static enum beat listen_for(int part_ms) {
  struct pollfd beats = { .fd = BEAT_FD, .events = POLLIN };
  int ready = poll(&beats, 1, part_ms);
  if (ready == 0) return SILENCE;
  if (ready < 0) return errno == EINTR ? BEAT : SUDDEN_END;
  char bytes[256];
  ssize_t count = read(BEAT_FD, bytes, sizeof bytes);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? BEAT : SUDDEN_END;
  if (count == 0) return SUDDEN_END;
  return bytes[count - 1] == 'q' ? ORDERLY_END : BEAT;
}

static int set_up(int argc, char **argv, struct mount *mount) {
  char *end_of_number = "", *end_of_seconds = "";
  double seconds = argc == 4 ? strtod(argv[3], &end_of_seconds) : 0;
  unsigned long number = argc == 4 ? strtoul(argv[1], &end_of_number, 10) : 0;
  if (*end_of_number != '\0' || *end_of_seconds != '\0' || !(seconds >= STALL_MIN_S && seconds <= STALL_MAX_S)) {
    fprintf(stderr, "usage: watchdog CONNECTION DIRECTORY SECONDS 3<PIPE\n");
    exit(2);
  }
  *mount = (struct mount){ .connection = (unsigned)number, .directory = argv[2] };
  syscall(SYS_close_range, BEAT_FD + 1, ~0u, 0); /* glibc has a function for it since 2.34 */
  /* What a terminal or an administrator sends to the server's group is not for us: we end with the pipe. */
  const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGALRM };
  for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) signal(ignored[i], SIG_IGN);
  prctl(PR_SET_NAME, "circuit-watchdg");
  if (chdir("/") != 0) exit(1);
  return (int)(seconds * 1e3 / PARTS) + 1;
}

int main(int argc, char **argv) {
  struct mount mount;
  int part_ms = set_up(argc, argv, &mount);
  bool aborted = false;
  for (int silent_parts = 0;;) {
    enum beat beat = listen_for(aborted ? -1 : part_ms);
    if (beat == ORDERLY_END) return 0;
    if (beat == SUDDEN_END) break;
    silent_parts = beat == SILENCE ? silent_parts + 1 : 0;
    if (silent_parts < PARTS) continue;
    aborted = true;
    bool done = mount_abort(&mount);
    fprintf(stderr, "circuit: no sign of life from the server for %s s: %s %s\n", argv[3], mount.directory,
            done ? "is cut off, so that nobody waits there for ever" : "could not be cut off; end the server, then whoever waits there goes on");
  }
  mount_detach(&mount);
  return 0;
}
