/*
 * Prints a file in one of the ways in which programs in C, Go and Rust read: `copy read|getline|copy FILE`. `copy` tries what spares a copy through
 * the program first, as the standard libraries of Go and Rust do, and reads where that is refused or gives nothing.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

enum { PART = 100000 };

static void print(const char *bytes, ssize_t count) {
  for (ssize_t written; count > 0; bytes += written, count -= written)
    if ((written = write(1, bytes, count)) < 0) err(1, "write");
}

static void read_all(int file) {
  static char part[PART];
  ssize_t count;
  while ((count = read(file, part, sizeof part)) > 0) print(part, count);
  if (count < 0) err(1, "read");
}

static void get_lines(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) err(1, "%s", path);
  char *line = NULL;
  size_t size = 0;
  for (ssize_t count; (count = getline(&line, &size, file)) > 0;) print(line, count);
  if (ferror(file)) err(1, "%s", path);
}

static ssize_t by_range(int file) { return copy_file_range(file, NULL, 1, NULL, PART, 0); }
static ssize_t by_sendfile(int file) { return sendfile(1, file, NULL, PART); }
static ssize_t by_splice(int file) {
  static int ends[2];
  if (ends[1] == 0 && pipe(ends) < 0) err(1, "pipe");
  const ssize_t count = splice(file, NULL, ends[1], NULL, 65536, 0);
  for (ssize_t left = count, moved; left > 0; left -= moved)
    if ((moved = splice(ends[0], NULL, 1, NULL, left, 0)) <= 0) err(1, "splice to the output");
  return count;
}

/* A way that has once moved something is taken to the end; 0 at its first call may be a size of 0. */
static int moves_all(ssize_t (*way)(int), int file) {
  ssize_t count;
  int any = 0;
  while ((count = way(file)) > 0) any = 1;
  if (count < 0 && any) err(1, "in the middle");
  if (count < 0 && errno != EINVAL && errno != EXDEV && errno != ENOSYS && errno != EOPNOTSUPP) err(1, "not to be helped");
  return any && count == 0;
}

int main(int argc, char **argv) {
  if (argc != 3) errx(2, "usage: copy read|getline|copy FILE");
  if (strcmp(argv[1], "getline") == 0) {
    get_lines(argv[2]);
    return 0;
  }
  const int file = open(argv[2], O_RDONLY);
  if (file < 0) err(1, "%s", argv[2]);
  if (strcmp(argv[1], "copy") == 0 && (moves_all(by_range, file) || moves_all(by_sendfile, file) || moves_all(by_splice, file))) return 0;
  read_all(file);
}
