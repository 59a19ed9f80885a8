/* Running fusermount3; fusermount.h says what it promises. posix_spawn, since a fork of a process of Node's size takes milliseconds. */
#include "fusermount.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Where the helper finds the socket: the first descriptor after stdio. */
enum { COMM_FD = 3 };
static const char COMM_VARIABLE[] = "_FUSE_COMMFD=";

/* Our environment, with the variable that names the socket; the caller frees it. */
static char **environment_with(char *variable) {
  size_t count = 0;
  while (environ[count] != NULL) count++;
  char **copy = malloc((count + 2) * sizeof *copy);
  if (copy == NULL) return NULL;
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    if (strncmp(environ[i], COMM_VARIABLE, strlen(COMM_VARIABLE)) != 0) copy[kept++] = environ[i];
  }
  copy[kept++] = variable;
  copy[kept] = NULL;
  return copy;
}

static int spawn(pid_t *pid, char *const arguments[], int comm, int complaints) {
  char variable[32];
  snprintf(variable, sizeof variable, "%s%d", COMM_VARIABLE, COMM_FD);
  char **environment = environment_with(variable);
  if (environment == NULL) return ENOMEM;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO);
  if (comm >= 0) posix_spawn_file_actions_adddup2(&actions, comm, COMM_FD);
  /* Node ignores SIGPIPE and may block signals: neither is for the helper. */
  sigset_t set;
  sigfillset(&set);
  posix_spawnattr_setsigdefault(&attributes, &set);
  sigemptyset(&set);
  posix_spawnattr_setsigmask(&attributes, &set);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  int failure = posix_spawnp(pid, arguments[0], &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  free(environment);
  return failure;
}

/* Everything up to end-of-file; what exceeds `size` is dropped. */
static void read_text(int fd, char *into, size_t size) {
  char rest[512];
  size_t length = 0;
  for (;;) {
    bool full = length + 1 >= size;
    ssize_t bytes = full ? read(fd, rest, sizeof rest) : read(fd, into + length, size - 1 - length);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) break;
    if (!full) length += (size_t)bytes;
  }
  while (length > 0 && into[length - 1] == '\n') length--;
  into[length] = '\0';
}

int run_fusermount(char *const arguments[], int comm, char *said, size_t size) {
  int complaints[2];
  said[0] = '\0';
  if (pipe2(complaints, O_CLOEXEC) != 0) return -errno;
  pid_t pid;
  int failure = spawn(&pid, arguments, comm, complaints[1]);
  close(complaints[1]);
  if (failure == 0) read_text(complaints[0], said, size);
  close(complaints[0]);
  if (failure != 0) return -failure;

  int status;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -errno;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}
