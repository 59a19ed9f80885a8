/*
 * client SCRIPT [WORD…]: the command line of `SCRIPT`, bin/circuit, by a server that runs already; else by Node, as if this program were not there.
 */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* They need a process of their own; src/cli/options/own-server.ts has them too. */
static const char *const NEVER[] = { "start", "mount", "umount", "keygen", "doctor", "completion" };

static int run_node(char **argv) {
  signal(SIGPIPE, SIG_DFL);
  argv[0] = "node"; /* argv[1] is the script */
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
  struct wanted wanted = { .script = argv[1] };
  struct found found;
  wanted.id = named_server(argc, argv, &wanted.id_length);
  find_sockets(&wanted, &found);
  /* As run has it for a host that was lost. */
  int lost_status = strcmp(argv[2], "run") == 0 ? 255 : 1;
  for (size_t i = 0; i < found.count; i++) {
    uint8_t *hello;
    size_t length;
    int socket = connect_to(found.paths[i], &wanted);
    if (socket < 0) continue;
    if (!make_hello(argc - 2, argv + 2, wanted.id != NULL, &hello, &length)) return -1;
    bool sent = send_all(socket, hello, length);
    free(hello);
    int status = sent ? pump(socket, lost_status) : -1;
    if (status >= 0) return status;
    close(socket);
  }
  return -1;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  occupy_standard();
  int status = needs_process(argc, argv) ? -1 : run_by_server(argc, argv);
  if (status < 0) return run_node(argv);
  set_raw(false);
  return status;
}
