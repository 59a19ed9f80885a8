/* Starting one program; start.h says what it promises. */
#include "start.h"
#include "raw.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  /* For the few frames of a child that makes system calls only. */
  STACK_BYTES = 16 * 1024,
  SIGSET_BYTES = _NSIG / 8,
};
static const char PATH_DEFAULT[] = "/bin:/usr/bin"; /* as execvp(3) has it */
static char SHELL[] = "/bin/sh";

/* All that the child needs: it reads this, and writes nothing but its stack and the program's name for a shell. */
struct birth {
  struct start_request *request;
  int exec_pipe;
  pid_t launcher;
  char **candidates;  /* where the program may be, in order, with the final NULL */
  char **script_argv; /* as execvp(3) has it: for a shell that runs a file which no kernel can */
  _Alignas(16) char stack[STACK_BYTES];
};

static int exec_pipe; /* of the forked child that we are */

static _Noreturn void report_failure(int pipe, enum stage stage, int error) {
  struct start_failure failure = { .error = error, .stage = stage };
  raw_call(SYS_write, pipe, (long)&failure, sizeof failure, 0); /* nobody to tell if this fails */
  for (;;) raw_call(SYS_exit_group, 127, 0, 0, 0);
}

static _Noreturn void fail(enum stage stage, int error) {
  report_failure(exec_pipe, stage, error);
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

/* --- the child; what follows may run in its parent's memory --- */

/* As a new program finds them: nothing ignored, nothing blocked. */
static void reset_signals(void) {
  const long nothing[8] = { 0 }; /* SIG_DFL in a kernel's struct sigaction, an empty set */
  for (int number = 1; number < _NSIG; number++) raw_call(SYS_rt_sigaction, number, (long)nothing, 0, SIGSET_BYTES);
  raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)nothing, 0, SIGSET_BYTES);
}

/* Tries all candidates, as execvp(3) does. Returns the errno. */
static int run_program(const struct birth *birth) {
  char **argv = birth->request->argv, **env = birth->request->env;
  bool denied = false;
  long error = ENOENT;
  for (char **candidate = birth->candidates; *candidate != NULL; candidate++) {
    error = -raw_call(SYS_execve, (long)*candidate, (long)argv, (long)env, 0);
    if (error == ENOEXEC) {
      birth->script_argv[1] = *candidate;
      error = -raw_call(SYS_execve, (long)SHELL, (long)birth->script_argv, (long)env, 0);
    }
    if (error == EACCES) denied = true;
    else if (error != ENOENT && error != ENOTDIR && error != ESTALE && error != ENODEV && error != ETIMEDOUT) return (int)error;
  }
  return denied ? EACCES : (int)error;
}

static int become_program(void *data) {
  const struct birth *birth = data;
  const struct start_request *request = birth->request;
  raw_call(SYS_setsid, 0, 0, 0, 0);
  reset_signals();
  for (int i = 0; i < STDIO_COUNT; i++) {
    long failed = raw_call(SYS_dup3, request->stdio[i], i, 0, 0);
    if (failed < 0) report_failure(birth->exec_pipe, STAGE_STDIO, (int)-failed);
  }
  if (request->user[0] != '\0' || request->group[0] != '\0') become(request->user, request->group); /* forked, then */
  /* After the change of user, which clears it; and if the launcher was faster in dying, there is nothing to start any more. */
  raw_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0);
  if (raw_call(SYS_getppid, 0, 0, 0, 0) != birth->launcher) raw_call(SYS_exit_group, 127, 0, 0, 0);
  long failed = request->dir[0] == '\0' ? 0 : raw_call(SYS_chdir, (long)request->dir, 0, 0, 0);
  if (failed < 0) report_failure(birth->exec_pipe, STAGE_DIR, (int)-failed);
  int error = run_program(birth);
  bool direct = birth->candidates[0] == request->path;
  bool there = error == ENOENT && direct && raw_call(SYS_faccessat, AT_FDCWD, (long)request->path, F_OK, 0) == 0;
  report_failure(birth->exec_pipe, there ? STAGE_INTERPRETER : STAGE_EXEC, error);
}

/* --- the parent --- */

/* Where execvp(3) would look: in our own PATH, which is the server's. NULL: no memory. */
static char **find_candidates(char *path) {
  const char *searched = getenv("PATH");
  if (searched == NULL) searched = PATH_DEFAULT;
  bool direct = strchr(path, '/') != NULL; /* then it is the path itself */
  size_t count = 1, room = 0;
  for (const char *at = searched; !direct && *at != '\0'; at++) count += *at == ':';
  if (!direct) room = strlen(searched) + 1 + count * (strlen(path) + 2);
  char **candidates = malloc((count + 1) * sizeof *candidates + room);
  if (candidates == NULL) return NULL;
  candidates[0] = path;
  candidates[direct ? 1 : 0] = NULL;
  char *text = (char *)(candidates + count + 1);
  for (size_t i = 0; !direct && i < count; i++) {
    size_t length = strcspn(searched, ":");
    candidates[i] = text;
    candidates[i + 1] = NULL;
    text += sprintf(text, "%.*s%s%s", (int)length, searched, length == 0 ? "" : "/", path) + 1;
    searched += length + (searched[length] == ':');
  }
  return candidates;
}

static void birth_free(struct birth *birth) {
  if (birth == NULL) return;
  start_request_free(birth->request);
  free(birth->candidates);
  free(birth->script_argv);
  free(birth);
}

static struct birth *prepare(struct start_request *request, int pipe) {
  struct birth *birth = malloc(sizeof *birth);
  if (birth == NULL) return start_request_free(request), NULL;
  size_t count = 0;
  while (request->argv[count] != NULL) count++;
  birth->request = request;
  birth->exec_pipe = pipe;
  birth->launcher = getpid();
  birth->candidates = find_candidates(request->path);
  birth->script_argv = malloc((count + 2) * sizeof(char *));
  if (birth->candidates == NULL || birth->script_argv == NULL) return birth_free(birth), NULL;
  birth->script_argv[0] = SHELL;
  memcpy(birth->script_argv + 1, request->argv, (count + 1) * sizeof(char *)); /* its first is replaced */
  return birth;
}

static pid_t bear(struct birth *birth) {
  bool other = birth->request->user[0] != '\0' || birth->request->group[0] != '\0';
  if (!other && RAW_SHARES) return clone(become_program, birth->stack + STACK_BYTES, CLONE_VM | SIGCHLD, birth);
  pid_t pid = fork();
  if (pid != 0) return pid;
  exec_pipe = birth->exec_pipe;
  become_program(birth);
  _exit(127);
}

int start_program(struct process *process, struct start_request *request) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    int error = errno;
    start_request_free(request);
    return error;
  }
  struct birth *birth = prepare(request, ends[1]);
  pid_t pid = birth == NULL ? -1 : bear(birth);
  int error = birth == NULL ? ENOMEM : errno;
  close(ends[1]);
  if (pid < 0) {
    birth_free(birth);
    close(ends[0]);
    return error;
  }
  process->phase = PHASE_STARTING;
  process->exec_pipe = ends[0];
  process->birth = birth;
  process_set_pid(process, pid);
  return 0;
}

void start_forget(struct process *process) {
  birth_free(process->birth);
  process->birth = NULL;
}

void start_request_free(struct start_request *request) {
  free(request->argv);
  free(request->env);
  free(request->frame);
  free(request);
}

bool start_outcome(const struct process *process, struct start_failure *failure) {
  memset(failure, 0, sizeof *failure);
  ssize_t bytes = read(process->exec_pipe, failure, sizeof *failure);
  return bytes >= 0 || (errno != EAGAIN && errno != EINTR);
}
