/* The table of processes and their reports; process.h says what it promises. */
#include "process.h"

#include <stdlib.h>

enum { BUCKETS = 4096 };

static struct process *by_id[BUCKETS], *by_pid[BUCKETS];
static unsigned count;
static struct process *first_queued, *last_queued;
static unsigned queued;

struct process *process_by_id(uint32_t id) {
  struct process *process = by_id[id % BUCKETS];
  while (process != NULL && process->id != id) process = process->next_by_id;
  return process;
}

struct process *process_by_pid(pid_t pid) {
  struct process *process = by_pid[(unsigned)pid % BUCKETS];
  while (process != NULL && process->pid != pid) process = process->next_by_pid;
  return process;
}

struct process *process_add(uint32_t id) {
  if (process_by_id(id) != NULL) return NULL;
  struct process *process = calloc(1, sizeof *process);
  if (process == NULL) return NULL;
  process->id = id;
  process->exec_pipe = -1;
  process->next_by_id = by_id[id % BUCKETS];
  by_id[id % BUCKETS] = process;
  count++;
  return process;
}

void process_set_pid(struct process *process, pid_t pid) {
  process->pid = pid;
  process->next_by_pid = by_pid[(unsigned)pid % BUCKETS];
  by_pid[(unsigned)pid % BUCKETS] = process;
}

unsigned process_count(void) {
  return count;
}

static bool is_finished(const struct process *process) {
  return process->phase == PHASE_ENDED && process->pid == 0 && !process->queued;
}

static void forget(struct process *process) {
  struct process **at = &by_id[process->id % BUCKETS];
  while (*at != process) at = &(*at)->next_by_id;
  *at = process->next_by_id;
  count--;
  free(process);
}

void process_reaped(struct process *process) {
  struct process **at = &by_pid[(unsigned)process->pid % BUCKETS];
  while (*at != process) at = &(*at)->next_by_pid;
  *at = process->next_by_pid;
  process->pid = 0;
  if (is_finished(process)) forget(process);
}

void process_report(struct process *process, enum report_type type, uint32_t value, uint32_t detail) {
  struct report_frame *slot = &process->end;
  if (type == REPORT_STARTED || type == REPORT_FAILED) slot = &process->start;
  else if (type == REPORT_STOPPED || type == REPORT_CONTINUED) slot = &process->state;
  *slot = (struct report_frame){ .length = sizeof *slot - sizeof slot->length, .type = type, .id = process->id, .value = value, .detail = detail };
  if (process->queued) return;
  process->queued = true;
  process->next_queued = NULL;
  if (first_queued == NULL) first_queued = process;
  else last_queued->next_queued = process;
  last_queued = process;
  queued++;
}

static bool take(struct report_frame *slot, struct report_frame *into) {
  if (slot->type == 0) return false;
  *into = *slot;
  slot->type = 0;
  return true;
}

bool process_next_report(struct report_frame *into) {
  while (first_queued != NULL) {
    struct process *process = first_queued;
    if (take(&process->start, into) || take(&process->state, into) || take(&process->end, into)) return true;
    first_queued = process->next_queued;
    process->queued = false;
    queued--;
    if (is_finished(process)) forget(process);
  }
  return false;
}

unsigned processes_with_reports(void) {
  return queued;
}
