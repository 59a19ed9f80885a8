/*
 * The processes that were started for the server: found by the server's ID and by process ID, and the reports that wait for each.
 *
 * A process stays until it is reaped and its last report has been taken. What waits for a report is a level a process, no queue of events:
 * so a server that does not read costs no more memory than it has processes.
 */
#ifndef CIRCUIT_LAUNCHER_PROCESS_H
#define CIRCUIT_LAUNCHER_PROCESS_H

#include "protocol.h"
#include <stdbool.h>
#include <sys/types.h>

enum process_phase { PHASE_STARTING, PHASE_RUNNING, PHASE_ENDED };

struct process {
  uint32_t id;
  pid_t pid;     /* 0 once reaped: the number may be another's then */
  int exec_pipe; /* readable when the start has succeeded (end-of-file) or failed; -1 after that */
  enum process_phase phase;
  struct birth *birth; /* what the child has in common with us until it runs its program; start.c */

  /* Reports that wait, in this order; type 0 means none. */
  struct report_frame start, state, end;
  bool queued;
  struct process *next_queued;
  struct process *next_by_id, *next_by_pid;
};

/* NULL if the ID is taken or there is no memory. */
struct process *process_add(uint32_t id);
unsigned process_count(void);
void process_set_pid(struct process *process, pid_t pid);
struct process *process_by_id(uint32_t id);
struct process *process_by_pid(pid_t pid);
/* Its process ID is free again. */
void process_reaped(struct process *process);

/* Has a report made, which replaces an older one about the same; the process is forgotten when the last of an ended one has been taken. */
void process_report(struct process *process, enum report_type type, uint32_t value, uint32_t detail);
/* The next report that waits, in the order in which processes had something to report; false: none. */
bool process_next_report(struct report_frame *into);
/* How many processes have reports that wait. */
unsigned processes_with_reports(void);

#endif
