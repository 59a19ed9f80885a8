/*
 * System calls that touch no memory but what they are given, as a child that shares its parent's has to make them: errno is the parent's as well.
 */
#ifndef CIRCUIT_LAUNCHER_RAW_H
#define CIRCUIT_LAUNCHER_RAW_H

#include <stdbool.h>

#if defined(__x86_64__)

static const bool RAW_SHARES = true;

static inline long raw_call(long number, long a, long b, long c, long d) {
  long result;
  register long fourth __asm__("r10") = d;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

static const bool RAW_SHARES = true;

static inline long raw_call(long number, long a, long b, long c, long d) {
  register long first __asm__("x0") = a;
  register long second __asm__("x1") = b, third __asm__("x2") = c, fourth __asm__("x3") = d, call __asm__("x8") = number;
  __asm__ volatile("svc 0" : "+r"(first) : "r"(second), "r"(third), "r"(fourth), "r"(call) : "memory");
  return first;
}

#else

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* With the errno of the C library: only for a child that has memory of its own. */
static const bool RAW_SHARES = false;

static inline long raw_call(long number, long a, long b, long c, long d) {
  long result = syscall(number, a, b, c, d);
  return result < 0 ? -errno : result;
}

#endif

#endif
