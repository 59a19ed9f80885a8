/*
 * holder PROGRAM [ARG…]: runs a program for `circuit lock`, and ends as it does; with 128 and the number of a signal that ended it, 126 or 127 if it
 * cannot be run. Descriptor 3: a pipe. A byte on it that is the number of a signal is passed on to the program; a 't' asks it and all its descendants to
 * end; a 'k', or the end of the pipe, kills them: so nothing of it outlives a lost lock, nor the death of `circuit lock`.
 */
#include "../launcher/descendants.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ORDERS_FD = 3, KILL_AGAIN_MS = 10 };

/* What a terminal sends is for the program, which is in its foreground as well. */
static const int PASSED_OVER[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE };

static pid_t start(char **argv, pid_t self) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != self) _exit(126);
  execvp(argv[0], argv);
  int error = errno;
  fprintf(stderr, "circuit: %s: cannot be run: %s\n", argv[0], strerror(error));
  _exit(error == ENOENT ? 127 : 126);
}

/* Waits for those who have ended. False: nobody is left. */
static bool reap(pid_t program, int *status, bool *ended) {
  for (;;) {
    int how;
    pid_t pid = waitpid(-1, &how, WNOHANG);
    if (pid == program) {
      *ended = true;
      *status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
    }
    if (pid == 0) return true;
    if (pid < 0 && errno != EINTR) return false;
  }
}

/* What is asked for; 0: nothing. */
static char order(void) {
  char byte;
  ssize_t count = read(ORDERS_FD, &byte, 1);
  if (count < 0) return errno == EINTR || errno == EAGAIN ? 0 : 'k';
  return count == 0 ? 'k' : byte;
}

int main(int argc, char **argv) {
  if (argc < 2) return 126;
  pid_t self = getpid();
  int status = 126;
  bool ended = false, told = false, killing = false;
  sigset_t child;
  fcntl(ORDERS_FD, F_SETFD, FD_CLOEXEC);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  pid_t program = start(argv + 1, self);
  if (program < 0) return 126;
  for (size_t i = 0; i < sizeof PASSED_OVER / sizeof PASSED_OVER[0]; i++) signal(PASSED_OVER[i], SIG_IGN);
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  struct pollfd events[] = {
    { .fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), .events = POLLIN },
    { .fd = ORDERS_FD, .events = POLLIN },
  };
  /* Who outlives the program is let go, unless it was told to end. */
  while (reap(program, &status, &ended) && (!ended || told)) {
    struct signalfd_siginfo heard;
    if (killing) descendants_kill();
    if (poll(events, killing ? 1 : 2, killing ? KILL_AGAIN_MS : -1) < 0) continue;
    while (read(events[0].fd, &heard, sizeof heard) > 0);
    char asked = !killing && events[1].revents != 0 ? order() : 0;
    killing = killing || asked == 'k';
    told = told || killing || asked == 't';
    if (asked == 't') descendants_terminate();
    else if (asked > 0 && asked < NSIG && !ended) kill(program, asked);
  }
  return status;
}
