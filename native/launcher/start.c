/* Starting one program; start.h says what it promises. */
#include "start.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int exec_pipe; /* of the child that we are */

static _Noreturn void fail(enum stage stage, int error) {
  struct start_failure failure = { .error = error, .stage = stage };
  ssize_t written = write(exec_pipe, &failure, sizeof failure);
  (void)written; /* nobody to tell if this fails */
  _exit(127);
}

/* A number that is all of `text`, or -1. */
static long as_number(const char *text) {
  if (!isdigit((unsigned char)text[0])) return -1;
  char *end;
  errno = 0;
  unsigned long number = strtoul(text, &end, 10);
  return *end != '\0' || errno != 0 || number >= UINT_MAX ? -1 : (long)number;
}

static gid_t find_group(const char *name) {
  const struct group *entry = getgrnam(name);
  if (entry != NULL) return entry->gr_gid;
  long number = as_number(name);
  if (number < 0) fail(STAGE_GROUP, EINVAL);
  return (gid_t)number;
}

/* The pipes of its standard streams are the user's own, since opening /dev/stdout opens them anew; anything else belongs to somebody already. */
static void own_streams(uid_t uid) {
  for (int i = 0; i < STDIO_COUNT; i++) {
    struct stat stat;
    if (fstat(i, &stat) == 0 && S_ISFIFO(stat.st_mode) && fchown(i, uid, (gid_t)-1) != 0) fail(STAGE_STDIO, errno);
  }
}

/* Takes the user's and the group's rights, as login(1) would: the user's own groups, unless only a group was asked for. */
static void become(const char *user, const char *group) {
  bool has_user = user[0] != '\0', has_group = group[0] != '\0';
  if (!has_user && !has_group) return;
  if (geteuid() != 0) fail(has_user ? STAGE_USER : STAGE_GROUP, EPERM);
  gid_t gid = has_group ? find_group(group) : 0;
  if (!has_user) {
    if (setgroups(1, &gid) != 0 || setgid(gid) != 0) fail(STAGE_GROUP, errno);
    return;
  }
  long number = as_number(user);
  const struct passwd *entry = getpwnam(user);
  if (entry == NULL && number >= 0) entry = getpwuid((uid_t)number);
  if (entry == NULL && number < 0) fail(STAGE_USER, EINVAL);
  uid_t uid = entry != NULL ? entry->pw_uid : (uid_t)number;
  if (!has_group) gid = entry != NULL ? entry->pw_gid : (gid_t)number; /* a user who is in no table has a group of the same number */
  own_streams(uid);
  int failed = entry != NULL ? initgroups(entry->pw_name, gid) : setgroups(1, &gid);
  if (failed != 0 || setgid(gid) != 0) fail(STAGE_GROUP, errno);
  if (setuid(uid) != 0) fail(STAGE_USER, errno);
}

/* As a new program finds them: nothing ignored, nothing blocked. */
static void reset_signals(void) {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become_program(const struct start_request *request, pid_t launcher) {
  setsid();
  reset_signals();
  for (int i = 0; i < STDIO_COUNT; i++) {
    if (dup2(request->stdio[i], i) < 0) fail(STAGE_STDIO, errno);
  }
  become(request->user, request->group);
  /* After the change of user, which clears it; and if the launcher was faster in dying, there is nothing to start any more. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != launcher) _exit(127);
  if (request->dir[0] != '\0' && chdir(request->dir) != 0) fail(STAGE_DIR, errno);
  execvpe(request->path, request->argv, request->env); /* looks in our own PATH, which is the server's */
  int error = errno;
  bool there = error == ENOENT && strchr(request->path, '/') != NULL && access(request->path, F_OK) == 0;
  fail(there ? STAGE_INTERPRETER : STAGE_EXEC, error);
}

int start_program(struct process *process, const struct start_request *request) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return errno;
  pid_t launcher = getpid(), pid = fork();
  if (pid == 0) {
    exec_pipe = ends[1];
    become_program(request, launcher);
  }
  int error = errno;
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return error;
  }
  process->phase = PHASE_STARTING;
  process->exec_pipe = ends[0];
  process_set_pid(process, pid);
  return 0;
}

bool start_outcome(const struct process *process, struct start_failure *failure) {
  memset(failure, 0, sizeof *failure);
  ssize_t bytes = read(process->exec_pipe, failure, sizeof *failure);
  return bytes >= 0 || (errno != EAGAIN && errno != EINTR);
}
