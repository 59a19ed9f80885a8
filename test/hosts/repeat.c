/*
 * Sends or receives small messages while a signal with a handler comes again and again, and repeats each call that it interrupts, as Go, Rust and
 * Perl do. Notes what it does as the workers of the soak do (test/soak/journal.ts), whose judge reads it.
 *
 * repeat send|recv FILE NAME JOURNAL MOST SIGNAL_MS
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define SIZE 100

static const char *name;
static FILE *journal;

static void ignore(int signal) { (void)signal; }

static void begin_signals(int every_ms) {
  struct sigaction action = {.sa_handler = ignore};
  struct itimerval timer = {{0, every_ms * 1000}, {0, every_ms * 1000}};
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &timer, NULL);
}

/* The rest of the line, and its end, are the caller's. */
static void begin_note(const char *op) {
  struct timeval now;
  gettimeofday(&now, NULL);
  fprintf(journal, "{\"at_ms\":%lld,\"worker\":\"%s\",\"op\":\"%s\",", now.tv_sec * 1000LL + now.tv_usec / 1000, name, op);
}

static void message(char *text, const char *id) {
  int head = snprintf(text, SIZE + 1, "%s %d ", id, SIZE);
  memset(text + head, '.', SIZE - 1 - head);
  text[SIZE - 1] = '\n';
}

static int open_repeatedly(const char *file, int flags) {
  int descriptor;
  do descriptor = open(file, flags);
  while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

static const char *result(int failed) { return failed ? strerrorname_np(errno) : "ok"; }

static void send_one(const char *file, int number) {
  char id[64], text[SIZE + 1];
  snprintf(id, sizeof id, "%s.%d", name, number);
  message(text, id);
  begin_note("send begun");
  fprintf(journal, "\"id\":\"%s\"}\n", id);
  int descriptor = open_repeatedly(file, O_WRONLY | O_TRUNC), failed = descriptor < 0;
  ssize_t count = 0;
  for (size_t done = 0; !failed && done < SIZE; done += count > 0 ? count : 0) {
    count = write(descriptor, text + done, SIZE - done);
    failed = count < 0 && errno != EINTR;
  }
  const char *said = result(failed);
  if (descriptor >= 0) close(descriptor);
  begin_note("sent");
  fprintf(journal, "\"id\":\"%s\",\"calls\":1,\"result\":\"%s\"}\n", id, said);
}

/* Returns 0 when the channel is closed. */
static int receive_one(const char *file) {
  char text[65536] = "", expected[SIZE + 1] = "", id[64] = "";
  size_t length = 0;
  int descriptor = open_repeatedly(file, O_RDONLY), failed = descriptor < 0;
  for (ssize_t count = 1; !failed && count != 0 && length < sizeof text;) {
    count = read(descriptor, text + length, sizeof text - length);
    failed = count < 0 && errno != EINTR;
    length += count > 0 ? count : 0;
  }
  const char *said = result(failed);
  if (descriptor >= 0) close(descriptor);
  size_t end = strcspn(text, " ");
  if (length > 0 && end < sizeof id && end < length) memcpy(id, text, end);
  if (*id) message(expected, id);
  begin_note("received");
  fprintf(journal, "\"result\":\"%s\",\"bytes\":%zu,\"id\":\"%s\",\"whole\":%s}\n", said, length, id,
          length == SIZE && memcmp(text, expected, SIZE) == 0 ? "true" : "false");
  return strcmp(said, "ENODATA") != 0;
}

int main(int argc, char **argv) {
  if (argc != 7 || !(journal = fopen(argv[4], "a"))) return 2;
  setlinebuf(journal);
  name = argv[3];
  begin_signals(atoi(argv[6]));
  if (strcmp(argv[1], "send") == 0) {
    for (int number = 1; number <= atoi(argv[5]); number++) send_one(argv[2], number);
  } else {
    while (receive_one(argv[2])) continue;
  }
  return 0;
}
