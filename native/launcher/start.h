/* Starting one program: a fork, and a child that turns itself into the program. */
#ifndef CIRCUIT_LAUNCHER_START_H
#define CIRCUIT_LAUNCHER_START_H

#include "process.h"

/* A START request; all texts lie in the request's frame. */
struct start_request {
  uint32_t id;
  char *path, *dir, *user, *group;
  char **argv; /* with argv[0] and the final NULL */
  char **env;  /* with the final NULL */
  int stdio[STDIO_COUNT];
};

/* What the child sends through its pipe when it cannot become the program. */
struct start_failure {
  int error;
  enum stage stage;
};

/*
 * Forks. Returns 0, and the process has its `exec_pipe`; or the errno, and nothing was started.
 * It never waits for the program: that, or its directory, may lie on the very mount that our server serves.
 */
int start_program(struct process *process, const struct start_request *request);

/* Reads the answer of a child from its pipe, without waiting: false if there is none yet. A `stage` of 0 means that the program runs. */
bool start_outcome(const struct process *process, struct start_failure *failure);

#endif
