/* Finding and signalling descendants by /proc/PID/stat (proc(5)); descendants.h says what it promises. */
#include "descendants.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* How often descendants are collected before what still grows is taken as it is. */
enum { ROUNDS_MAX = 64 };

struct entry {
  pid_t pid, parent;
  unsigned long long start; /* when it was started, which tells it from a later process with its number */
  bool ours, stopped;
};

struct list {
  struct entry *entries;
  size_t count, capacity;
};

/* Reads parent and start of a living process; false: it is gone, or a zombie. One whose first thread alone has ended looks like a zombie, but lives. */
static bool read_stat(struct entry *entry) {
  char path[32], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)entry->pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t bytes = read(fd, text, sizeof text - 1);
  close(fd);
  if (bytes <= 0) return false;
  text[bytes] = '\0';
  const char *after_name = strrchr(text, ')'); /* the name itself may hold anything */
  char state;
  int number, threads;
  if (after_name == NULL) return false;
  /* state, ppid, … num_threads, the 20th field, and starttime, the 22nd */
  const char format[] = " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d %*d %llu";
  if (sscanf(after_name + 1, format, &state, &number, &threads, &entry->start) != 4) return false;
  entry->parent = number;
  return (state != 'Z' && state != 'X') || threads > 1;
}

static bool append(struct list *list, struct entry entry) {
  if (list->count == list->capacity) {
    size_t capacity = list->capacity == 0 ? 256 : 2 * list->capacity;
    struct entry *larger = realloc(list->entries, capacity * sizeof *larger);
    if (larger == NULL) return false;
    list->entries = larger;
    list->capacity = capacity;
  }
  list->entries[list->count++] = entry;
  return true;
}

static int by_pid(const void *left, const void *right) {
  pid_t a = ((const struct entry *)left)->pid, b = ((const struct entry *)right)->pid;
  return (a > b) - (a < b);
}

static struct entry *find(const struct list *list, pid_t pid) {
  struct entry key = { .pid = pid };
  return list->count == 0 ? NULL : bsearch(&key, list->entries, list->count, sizeof key, by_pid);
}

/* Every living process of the system, by pid. */
static struct list read_processes(void) {
  struct list list = { .entries = NULL };
  DIR *proc = opendir("/proc");
  if (proc == NULL) return list;
  struct dirent *item;
  while ((item = readdir(proc)) != NULL) {
    struct entry entry = { .pid = (pid_t)strtol(item->d_name, NULL, 10) };
    if (entry.pid > 0 && read_stat(&entry) && !append(&list, entry)) break;
  }
  closedir(proc);
  if (list.count > 0) qsort(list.entries, list.count, sizeof *list.entries, by_pid);
  return list;
}

/* Marks what descends from us: a pass for each generation, mostly one or two, since children mostly have higher numbers than their parents. */
static struct list read_descendants(void) {
  struct list list = read_processes();
  pid_t self = getpid();
  for (bool found = true; found;) {
    found = false;
    for (size_t i = 0; i < list.count; i++) {
      struct entry *entry = &list.entries[i];
      if (entry->ours) continue;
      const struct entry *parent = find(&list, entry->parent);
      if (entry->parent != self && (parent == NULL || !parent->ours)) continue;
      entry->ours = found = true;
    }
  }
  return list;
}

/*
 * Signals the very process that was read, by a descriptor of it (pidfd_open(2)): one that is not our child may be gone, and its number another's.
 * Our children keep their numbers until we reap them, and kernels before 5.3 have no such descriptors. Returns whether it was sent.
 */
static bool signal_entry(const struct entry *entry, int number) {
  if (entry->parent == getpid()) return kill(entry->pid, number) == 0;
  int fd = (int)syscall(SYS_pidfd_open, entry->pid, 0);
  if (fd < 0) return errno == ENOSYS && kill(entry->pid, number) == 0;
  struct entry now = { .pid = entry->pid };
  bool same = read_stat(&now) && now.start == entry->start;
  bool sent = same && syscall(SYS_pidfd_send_signal, fd, number, NULL, 0) == 0;
  close(fd);
  return sent;
}

/* Sends a signal to each of ours that is not `stopped` in `done`, and marks it so; returns how many took it. */
static unsigned signal_new(struct list *now, const struct list *done, int number) {
  unsigned reached = 0;
  for (size_t i = 0; i < now->count; i++) {
    struct entry *entry = &now->entries[i];
    if (!entry->ours) continue;
    const struct entry *before = find(done, entry->pid);
    entry->stopped = before != NULL && before->stopped && before->start == entry->start;
    if (entry->stopped || !signal_entry(entry, number)) continue;
    entry->stopped = true;
    reached++;
  }
  return reached;
}

void descendants_terminate(void) {
  struct list stopped = { .entries = NULL };
  for (int round = 0; round < ROUNDS_MAX; round++) {
    struct list now = read_descendants();
    unsigned found = signal_new(&now, &stopped, SIGSTOP);
    free(stopped.entries);
    stopped = now;
    if (found == 0) break;
  }
  for (size_t i = 0; i < stopped.count; i++) {
    if (stopped.entries[i].stopped) signal_entry(&stopped.entries[i], SIGTERM);
  }
  for (size_t i = 0; i < stopped.count; i++) {
    if (stopped.entries[i].stopped) signal_entry(&stopped.entries[i], SIGCONT);
  }
  free(stopped.entries);
}

unsigned descendants_kill(void) {
  const struct list none = { .entries = NULL };
  struct list now = read_descendants();
  unsigned reached = signal_new(&now, &none, SIGKILL);
  free(now.entries);
  return reached;
}
