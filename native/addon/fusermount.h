/* Runs fusermount3(1), the setuid program that mounts and unmounts for ordinary users. */
#ifndef CIRCUIT_FUSERMOUNT_H
#define CIRCUIT_FUSERMOUNT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Runs it with `arguments` (NULL at the end, the first is its name) to its end. `comm` is the socket over which it sends the device, -1 for none.
 * What it says on stderr goes to `said`, without the final newline. Returns 0 if it went well, -errno if it could not be run, 1 if it failed.
 */
int run_fusermount(char *const arguments[], int comm, char *said, size_t size);

#endif
