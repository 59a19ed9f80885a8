/*
 * The resident launcher: starts programs for a server, reports how they fare, and ends all their descendants when the server goes.
 *
 * One for each server, started by it before it opens anything that a program must not inherit. A process of its own since it must outlive
 * the server, be the parent of what it starts, and fork in a fraction of the time that a process of Node's size takes.
 * Arguments: the grace time between TERM and KILL, in seconds. Descriptor 3: the socket to the server (protocol.h).
 */
#include "descendants.h"
#include "path.h"
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  EVENTS = 64,
  /* While more processes than this have unread reports, no request is read: the server has to take them first. */
  UNREAD_REPORTS_MAX = 16384,
  KILL_INTERVAL_MS = 20,
  /* How often in a row KILL may reach nobody before those who are left are given up: they belong to others (setuid programs). */
  UNREACHABLE_ROUNDS = 5,
  /* How long a server that has asked for the end may take to read the last reports. */
  LAST_REPORTS_MS = 2000,
};
static const double GRACE_DEFAULT_S = 5, GRACE_MAX_S = 86400;

static int epoll, child_signals;
static bool server_open = true;
static enum { SERVING, ENDING, LEAVING } course = SERVING;
static double deadline_ms, grace_ms;

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* --- starting --- */

static void conclude_start(struct process *process) {
  struct start_failure failure;
  if (process->phase != PHASE_STARTING || !start_outcome(process, &failure)) return;
  /* By name, since closing it is not enough: children that have not reached their exec still hold a copy of the pipe. */
  epoll_ctl(epoll, EPOLL_CTL_DEL, process->exec_pipe, NULL);
  close(process->exec_pipe);
  process->exec_pipe = -1;
  process->phase = failure.stage == 0 ? PHASE_RUNNING : PHASE_ENDED;
  if (failure.stage == 0) start_forget(process); /* else it is still on its way out */
  if (failure.stage == 0) process_report(process, REPORT_STARTED, (uint32_t)process->pid, 0);
  else process_report(process, REPORT_FAILED, (uint32_t)failure.error, failure.stage);
}

static void refuse_start(uint32_t id, int error, enum stage stage) {
  struct process *process = process_add(id);
  if (process == NULL) return; /* an ID that is in use: nothing to answer without confusing the two */
  process->phase = PHASE_ENDED;
  process_report(process, REPORT_FAILED, (uint32_t)error, stage);
}

static void on_start(struct start_request *request) {
  int refusal = course != SERVING ? ECANCELED : process_count() >= PROCESSES_MAX ? EAGAIN : 0;
  if (refusal != 0) refuse_start(request->id, refusal, STAGE_FORK);
  struct process *process = refusal != 0 ? NULL : process_add(request->id);
  if (process == NULL) return start_request_free(request);
  int error = start_program(process, request);
  if (error != 0) {
    process->phase = PHASE_ENDED;
    process_report(process, REPORT_FAILED, (uint32_t)error, STAGE_FORK);
    return;
  }
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = process };
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, process->exec_pipe, &event) != 0) kill(process->pid, SIGKILL);
}

static void on_refuse(uint32_t id, int error) {
  refuse_start(id, error, STAGE_REQUEST);
}

static void on_signal(uint32_t id, uint32_t number) {
  const struct process *process = process_by_id(id);
  if (process != NULL && process->pid > 0 && process->phase == PHASE_RUNNING && number < NSIG) kill(-process->pid, (int)number);
}

/* --- what becomes of them --- */

static void report_change(struct process *process, int status) {
  if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
    /* Those that the end itself causes are no news. */
    if (course != SERVING || process->phase != PHASE_RUNNING) return;
    if (WIFSTOPPED(status)) process_report(process, REPORT_STOPPED, (uint32_t)WSTOPSIG(status), 0);
    else process_report(process, REPORT_CONTINUED, 0, 0);
    return;
  }
  conclude_start(process); /* the pipe has its word by now: the child is dead */
  if (process->phase == PHASE_RUNNING) {
    process->phase = PHASE_ENDED;
    if (WIFEXITED(status)) process_report(process, REPORT_EXITED, (uint32_t)WEXITSTATUS(status), 0);
    else process_report(process, REPORT_KILLED, (uint32_t)WTERMSIG(status), WCOREDUMP(status) ? 1 : 0);
  }
  start_forget(process);
  process_reaped(process);
}

/* Takes every change that there is; false when no child is left, which, for a subreaper, means no descendant. */
static bool reap(void) {
  struct signalfd_siginfo info;
  while (read(child_signals, &info, sizeof info) > 0) continue;
  for (;;) {
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED);
    if (pid < 0) return errno != ECHILD;
    if (pid == 0) return true;
    struct process *process = process_by_pid(pid);
    if (process != NULL) report_change(process, status); /* else an orphan that was left to us */
  }
}

/* --- the end --- */

static void on_stop(void) {
  if (course != SERVING) return;
  course = ENDING;
  deadline_ms = now_ms() + grace_ms;
  if (grace_ms > 0) descendants_terminate();
}

static void on_server_gone(void) {
  server_open = false;
  server_lost();
  epoll_ctl(epoll, EPOLL_CTL_DEL, SERVER_FD, NULL);
  close(SERVER_FD);
  on_stop();
}

static bool enough_killed(void) {
  static int rounds;
  rounds = descendants_kill() > 0 ? 0 : rounds + 1;
  return rounds == UNREACHABLE_ROUNDS;
}

/* Goes on with the end as far as time and children allow. False: it is done. */
static bool advance(bool children) {
  if (course == SERVING) return true;
  bool due = now_ms() >= deadline_ms;
  if (course == LEAVING) return server_has_reports() && !due;
  if (!children || (due && enough_killed())) {
    course = LEAVING;
    deadline_ms = now_ms() + LAST_REPORTS_MS;
    return server_has_reports();
  }
  if (due) deadline_ms = now_ms() + KILL_INTERVAL_MS;
  return true;
}

static int wait_ms(void) {
  if (course == SERVING) return -1;
  double left_ms = deadline_ms - now_ms();
  return left_ms > 0 ? (int)left_ms + 1 : 0;
}

/* --- setting up, and the loop --- */

static void watch_server(void) {
  static uint32_t watched;
  if (!server_open) return;
  uint32_t events = (server_has_reports() ? EPOLLOUT : 0) | (processes_with_reports() <= UNREAD_REPORTS_MAX ? EPOLLIN : 0);
  if (events == watched) return;
  struct epoll_event event = { .events = events, .data.ptr = &server_open };
  if (epoll_ctl(epoll, watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, SERVER_FD, &event) == 0) watched = events;
}

static void set_up(const char *grace) {
  char *end;
  double seconds = grace == NULL ? GRACE_DEFAULT_S : strtod(grace, &end);
  grace_ms = 1e3 * (seconds >= 0 && seconds <= GRACE_MAX_S ? seconds : GRACE_DEFAULT_S);

  path_restore();
  fcntl(SERVER_FD, F_SETFD, FD_CLOEXEC);
  syscall(SYS_close_range, SERVER_FD + 1, ~0u, 0); /* glibc has a function for it since 2.34 */
  for (int fd = open("/dev/null", O_RDWR); fd >= 0 && fd < SERVER_FD;) fd = dup(fd); /* so that 0 to 2 are never a program's pipe; see dup2 in start.c */
  syscall(SYS_close_range, SERVER_FD + 1, ~0u, 0);

  /* What a terminal or an administrator sends to the server's group is the server's business. */
  const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGALRM };
  for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) signal(ignored[i], SIG_IGN);
  signal(SIGCHLD, SIG_DFL); /* ignored, it would reap by itself */
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_SETMASK, &children, NULL);
  child_signals = signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = &child_signals };
  bool failed = child_signals < 0 || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, child_signals, &event) != 0;
  if (failed || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || chdir("/") != 0) {
    perror("circuit launcher");
    exit(1);
  }
  prctl(PR_SET_NAME, "circuit-launch");
}

int main(int argc, char **argv) {
  static const struct request_handlers handlers = { .start = on_start, .refuse = on_refuse, .signal = on_signal, .stop = on_stop };
  set_up(argc > 1 ? argv[1] : NULL);
  bool children = true;
  do {
    watch_server();
    struct epoll_event events[EVENTS];
    int count = epoll_wait(epoll, events, EVENTS, wait_ms());
    bool server_ready = false, changed = false;
    /* Starts are concluded before children are reaped: a process that is forgotten must not be in a later event of this round. */
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr == &server_open) server_ready = (events[i].events & ~(uint32_t)EPOLLOUT) != 0;
      else if (events[i].data.ptr == &child_signals) changed = true;
      else conclude_start(events[i].data.ptr);
    }
    if (server_ready && server_open && !server_receive(&handlers)) on_server_gone();
    if (changed || course != SERVING) children = reap();
    server_send_reports();
  } while (advance(children));
  return 0;
}
