/*
 * What the load generators share: the clock, and the way they fail. A generator that meets an error says which call and ends with 1:
 * a figure made of failed calls would be worse than none.
 */
#ifndef LOAD_H
#define LOAD_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline void sleep_s(double seconds)
{
	struct timespec time = { .tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) };

	while (nanosleep(&time, &time) < 0 && errno == EINTR)
		;
}

static inline _Noreturn void fail(const char *call, const char *path)
{
	fprintf(stderr, "%s %s: %s\n", call, path, strerror(errno));
	exit(1);
}

/* A positive number from the command line. */
static inline double number(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0' || value <= 0) {
		fprintf(stderr, "\"%s\" is not a positive number\n", text);
		exit(1);
	}
	return value;
}

#endif
