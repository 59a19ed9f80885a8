/* What the server has to know of the caller, and how numbers are written. */
#include "client.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

extern char **environ;

enum { FIXED_SIZE = 16, FLAG_BY_URL = 8 };

/* Those that commands read, by how they begin. */
static const char *const VARIABLES[] = { "CIRCUIT", "XDG_", "HOME=", "TERM=", "COLUMNS=", "LINES=", "NO_COLOR=" };

uint32_t get_u32(const uint8_t *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

void put_u32(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (8 * i));
}

void put_header(uint8_t *at, size_t length, int type, int fd) {
  put_u32(at, (uint32_t)length);
  at[4] = (uint8_t)type;
  at[5] = (uint8_t)fd;
  at[6] = at[7] = 0;
}

static bool is_read(const char *variable) {
  for (size_t i = 0; i < sizeof VARIABLES / sizeof VARIABLES[0]; i++)
    if (strncmp(variable, VARIABLES[i], strlen(VARIABLES[i])) == 0) return true;
  return false;
}

/* What stands behind the last slash of circuit://HOST:PORT/PID/ID; NULL if it is no such URL. */
static const char *id_in(const char *url) {
  static const char scheme[] = "circuit://";
  return strncmp(url, scheme, sizeof scheme - 1) == 0 ? strrchr(url, '/') + 1 : NULL;
}

/* It need not be exact: the server has understood all words, and says when it is not the one that is meant. */
const char *named_server(int argc, char **argv) {
  for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
    const char *word = argv[i];
    if (word[0] != '-') continue;
    word += 1 + (word[1] == '-');
    if (word[0] != 'd') continue;
    word += strncmp(word, "dial", 4) == 0 ? 4 : 1;
    const char *value = word[0] == '\0' && i + 1 < argc ? argv[i + 1] : word + (word[0] == '=');
    const char *id = id_in(value);
    if (id != NULL) return id;
  }
  const char *named = getenv("CIRCUIT");
  return named == NULL ? NULL : id_in(named);
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

void window_size(uint32_t *columns, uint32_t *rows) {
  static const int order[] = { 1, 2, 0 };
  struct winsize size;
  *columns = *rows = 0;
  for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
    if (ioctl(order[i], TIOCGWINSZ, &size) != 0) continue;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return;
  }
}

bool send_hello(int socket, int argc, char **argv, bool by_url) {
  char directory[PATH_MAX];
  uint32_t columns, rows, flags = by_url ? FLAG_BY_URL : 0;
  if (getcwd(directory, sizeof directory) == NULL) return false;
  size_t size = append_all(NULL, FIXED_SIZE, directory, argc, argv);
  uint8_t *frame = size > HELLO_MAX ? NULL : malloc(HEADER_SIZE + size);
  if (frame == NULL) return false;
  for (int fd = 0; fd < 3; fd++)
    if (isatty(fd)) flags |= 1u << fd;
  window_size(&columns, &rows);
  put_header(frame, size, FRAME_HELLO, 0);
  uint32_t fixed[] = { flags, columns, rows, (uint32_t)argc };
  for (int i = 0; i < 4; i++) put_u32(frame + HEADER_SIZE + 4 * i, fixed[i]);
  append_all(frame + HEADER_SIZE, FIXED_SIZE, directory, argc, argv);
  size_t at = 0;
  for (ssize_t sent; at < HEADER_SIZE + size; at += (size_t)sent)
    if ((sent = send(socket, frame + at, HEADER_SIZE + size - at, MSG_NOSIGNAL)) <= 0) break;
  free(frame);
  return at == HEADER_SIZE + size;
}
