/* What the server has to know of the caller. */
#include "client.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

enum { FIXED_SIZE = 16, FLAG_BY_URL = 8 };

/* Those that commands read, by how they begin. */
static const char *const VARIABLES[] = { "CIRCUIT", "XDG_", "HOME=", "TERM=", "COLUMNS=", "LINES=" };

static bool is_read(const char *variable) {
  for (size_t i = 0; i < sizeof VARIABLES / sizeof VARIABLES[0]; i++)
    if (strncmp(variable, VARIABLES[i], strlen(VARIABLES[i])) == 0) return true;
  return false;
}

/* What stands behind the last slash of circuit://HOST:PORT/PID/ID; NULL if it is no such URL. */
static const char *id_in(const char *url, size_t *length) {
  static const char scheme[] = "circuit://";
  if (strncmp(url, scheme, sizeof scheme - 1) != 0) return NULL;
  const char *id = strrchr(url, '/') + 1;
  *length = strlen(id);
  return id;
}

/* It need not be exact: the server has understood all words, and says when it is not the one that is meant. */
const char *named_server(int argc, char **argv, size_t *length) {
  for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
    const char *word = argv[i];
    if (word[0] != '-') continue;
    word += 1 + (word[1] == '-');
    if (word[0] != 'd') continue;
    word += strncmp(word, "dial", 4) == 0 ? 4 : 1;
    const char *value = word[0] == '\0' && i + 1 < argc ? argv[i + 1] : word + (word[0] == '=');
    const char *id = id_in(value, length);
    if (id != NULL) return id;
  }
  const char *named = getenv("CIRCUIT");
  return named == NULL ? NULL : id_in(named, length);
}

static size_t append(uint8_t *bytes, size_t at, const char *text) {
  size_t length = strlen(text) + 1;
  if (bytes != NULL) memcpy(bytes + at, text, length);
  return at + length;
}

/* With NULL it only counts. */
static size_t append_all(uint8_t *bytes, size_t at, const char *directory, int argc, char **argv) {
  at = append(bytes, at, directory);
  for (int i = 0; i < argc; i++) at = append(bytes, at, argv[i]);
  for (char **variable = environ; *variable != NULL; variable++)
    if (is_read(*variable)) at = append(bytes, at, *variable);
  return at;
}

bool make_hello(int argc, char **argv, bool by_url, uint8_t **bytes, size_t *length) {
  char directory[PATH_MAX];
  uint32_t columns, rows, flags = by_url ? FLAG_BY_URL : 0;
  if (getcwd(directory, sizeof directory) == NULL) return false;
  size_t size = append_all(NULL, FIXED_SIZE, directory, argc, argv);
  if (size > HELLO_MAX || (*bytes = malloc(HEADER_SIZE + size)) == NULL) return false;
  for (int fd = 0; fd < 3; fd++)
    if (isatty(fd)) flags |= 1u << fd;
  window_size(&columns, &rows);
  uint8_t *payload = *bytes + HEADER_SIZE;
  put_header(*bytes, size, FRAME_HELLO, 0);
  put_u32(payload, flags);
  put_u32(payload + 4, columns);
  put_u32(payload + 8, rows);
  put_u32(payload + 12, (uint32_t)argc);
  append_all(payload, FIXED_SIZE, directory, argc, argv);
  *length = HEADER_SIZE + size;
  return true;
}
