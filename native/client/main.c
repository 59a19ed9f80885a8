/*
 * client SCRIPT [WORD…]: the command line of `SCRIPT`, bin/circuit.cjs or what a package has in its place, by a server that runs already; else by Node, as
 * if this program were not there.
 */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* They need a process of their own; src/cli/options/own-server.ts has them too. */
static const char *const NEVER[] = { "start", "mount", "umount", "keygen", "lock", "take", "install-service", "doctor", "completion" };

/* The one that a package has beside the script, argv[1]; else that of $PATH. */
static int run_node(char **argv) {
  char packed[PATH_MAX];
  signal(SIGPIPE, SIG_DFL);
  if (beside(argv[1], "node", packed, sizeof packed)) {
    argv[0] = packed;
    execv(packed, argv);
  }
  argv[0] = "node";
  execvp(argv[0], argv);
  fprintf(stderr, "circuit: node cannot be run: %s\n", strerror(errno));
  return errno == ENOENT ? 127 : 126;
}

static bool needs_process(int argc, char **argv) {
  if (argc < 3) return true;
  for (size_t i = 0; i < sizeof NEVER / sizeof NEVER[0]; i++)
    if (strcmp(argv[2], NEVER[i]) == 0) return true;
  return false;
}

/* Descriptors that the shell has closed would be those of our own files. */
static void occupy_standard(void) {
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) _exit(126);
}

/* -1: no server is meant. */
static int run_by_server(int argc, char **argv) {
  struct found found = { .count = 0 };
  const char *id = named_server(argc, argv);
  find_sockets(id, &found);
  /* As run has it for a host that was lost. */
  int lost_status = strcmp(argv[2], "run") == 0 ? 255 : 1;
  for (size_t i = 0; i < found.count; i++) {
    int socket = connect_to(found.all[i].path, argv[1]);
    if (socket < 0) continue;
    int status = send_hello(socket, argc - 2, argv + 2, id != NULL) ? pump(socket, lost_status) : -1;
    if (status >= 0) return status;
    close(socket);
  }
  return -1;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  occupy_standard();
  int status = needs_process(argc, argv) ? -1 : run_by_server(argc, argv);
  return status < 0 ? run_node(argv) : status;
}
