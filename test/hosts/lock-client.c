/*
 * lock-client LOCK LOG TURNS: takes a lock again and again, each time in a process of its own, and says in the log when it has it and when it lets go.
 * It gives back in turn: by an unlock, by KILL, by the end of a process that inherited it, and by that of one to which it was passed (SCM_RIGHTS).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int log_fd;
/* Of the grant, with its newline: read once, since a lock is a stream. */
static char token[32];

static _Noreturn void fail(const char *what) {
  perror(what);
  _exit(1);
}

/* Each line is one write to a file that all append to. */
static void say(const char *what) {
  char line[64];
  int length = snprintf(line, sizeof line, "%s %s", what, token);
  if (write(log_fd, line, (size_t)length) != length) fail("write");
}

static void take(int lock, int nonblocking) {
  while (flock(lock, nonblocking ? LOCK_EX | LOCK_NB : LOCK_EX) != 0) {
    if (errno != EWOULDBLOCK) fail("flock");
    usleep(5000);
  }
  if (read(lock, token, sizeof token - 1) <= 0) fail("read the token");
  say("begin");
  usleep(500);
}

static union {
  struct cmsghdr header;
  char space[CMSG_SPACE(sizeof(int))];
} control;
static struct iovec bytes = { token, sizeof token };
static struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };

static void pass(int socket, int lock) {
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof lock);
  memcpy(CMSG_DATA(header), &lock, sizeof lock);
  if (sendmsg(socket, &message, 0) != sizeof token) fail("sendmsg");
}

/* From here on it is held by this process as well. */
static void passed(int socket) {
  if (recvmsg(socket, &message, 0) != sizeof token) fail("recvmsg");
  if (CMSG_FIRSTHDR(&message) == NULL) fail("no descriptor was passed");
}

static void turn(const char *path, unsigned kind) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) fail("socketpair");
  if (kind == 3 && fork() == 0) {
    close(ends[0]);
    passed(ends[1]);
    usleep(2000);
    say("end");
    _exit(0);
  }
  int lock = open(path, O_RDWR);
  if (lock < 0) fail(path);
  take(lock, kind == 0);
  if (kind == 3) {
    pass(ends[0], lock);
    _exit(0);
  }
  if (kind == 2 && fork() != 0) _exit(0);
  if (kind == 2) usleep(2000);
  say("end");
  if (kind == 1) raise(SIGKILL);
  if (kind == 0 && flock(lock, LOCK_UN) != 0) fail("unlock");
  _exit(0);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  log_fd = open(argv[2], O_WRONLY | O_APPEND);
  if (log_fd < 0) fail(argv[2]);
  unsigned turns = (unsigned)atoi(argv[3]), failed = 0;
  for (unsigned i = 0; i < turns; i++) {
    int status = 0;
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) turn(argv[1], i % 4);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) failed++;
  }
  return failed == 0 ? 0 : 1;
}
