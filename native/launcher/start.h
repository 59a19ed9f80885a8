/*
 * Starting one program: a child that turns itself into the program.
 *
 * It shares our memory until then, as after vfork(2), which saves copying what describes that; but we go on meanwhile. So it has a stack of its own,
 * makes raw system calls only, and what it reads stays as it is until it has let go. A child that becomes another user asks the user database: it
 * is forked.
 */
#ifndef CIRCUIT_LAUNCHER_START_H
#define CIRCUIT_LAUNCHER_START_H

#include "process.h"

/* A START request; all texts lie in `frame`. Made and freed as a whole. */
struct start_request {
  uint32_t id;
  char *path, *dir, *user, *group;
  char **argv; /* with argv[0] and the final NULL */
  char **env;  /* with the final NULL */
  int stdio[STDIO_COUNT];
  uint8_t *frame;
};

void start_request_free(struct start_request *request);

/* What the child sends through its pipe when it cannot become the program. */
struct start_failure {
  int error;
  enum stage stage;
};

/*
 * Returns 0, and the process has its `exec_pipe`; or the errno, and nothing was started. The request is taken over in either case.
 * It never waits for the program: that, or its directory, may lie on the very mount that our server serves.
 */
int start_program(struct process *process, struct start_request *request);

/* The child runs its program, or is gone: what it shared with us is freed. */
void start_forget(struct process *process);

/* Reads the answer of a child from its pipe, without waiting: false if there is none yet. A `stage` of 0 means that the program runs. */
bool start_outcome(const struct process *process, struct start_failure *failure);

#endif
