/* Which sockets there are, and whether a server of ours listens at one: of our user, our build and our network. */
#include "client.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ID_LENGTH = 17, BUILD_MAX = 64 };

/* X and 16 hex digits. */
static bool is_id(const char *text, size_t length) {
  return length == ID_LENGTH && text[0] == 'X' && strspn(text + 1, "0123456789abcdef") >= ID_LENGTH - 1;
}

struct candidate {
  char path[108];
  struct timespec made;
};

static int newer_first(const void *a, const void *b) {
  const struct timespec *one = &((const struct candidate *)a)->made, *other = &((const struct candidate *)b)->made;
  if (one->tv_sec != other->tv_sec) return one->tv_sec > other->tv_sec ? -1 : 1;
  return one->tv_nsec > other->tv_nsec ? -1 : one->tv_nsec < other->tv_nsec;
}

/* Keeps it if it is a socket of ours or of root's; of too many the oldest go. */
static void consider(const char *directory, const char *name, struct candidate *all, size_t *count, size_t max) {
  struct candidate one;
  struct stat stats;
  if ((size_t)snprintf(one.path, sizeof one.path, "%s/%s", directory, name) >= sizeof one.path) return;
  if (lstat(one.path, &stats) != 0 || !S_ISSOCK(stats.st_mode) || (stats.st_uid != geteuid() && stats.st_uid != 0)) return;
  one.made = stats.st_mtim;
  if (*count == max) {
    if (newer_first(&one, &all[max - 1]) >= 0) return;
    (*count)--;
  }
  all[(*count)++] = one;
  qsort(all, *count, sizeof *all, newer_first);
}

static void look_into(const char *path, const struct wanted *wanted, struct candidate *all, size_t *count, size_t max) {
  char name[ID_LENGTH + sizeof ".sock"];
  if (wanted->id != NULL) {
    snprintf(name, sizeof name, "%.*s.sock", (int)wanted->id_length, wanted->id);
    consider(path, name, all, count, max);
    return;
  }
  DIR *directory = opendir(path);
  if (directory == NULL) return;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (strlen(entry->d_name) == ID_LENGTH + 5 && is_id(entry->d_name, ID_LENGTH) && strcmp(entry->d_name + ID_LENGTH, ".sock") == 0)
      consider(path, entry->d_name, all, count, max);
  }
  closedir(directory);
}

void find_sockets(const struct wanted *wanted, struct found *found) {
  enum { MAX = sizeof found->paths / sizeof found->paths[0] };
  struct candidate all[MAX];
  found->count = 0;
  if (wanted->id != NULL && !is_id(wanted->id, wanted->id_length)) return;
  const char *runtime = getenv("XDG_RUNTIME_DIR");
  char own[sizeof all[0].path];
  if (runtime != NULL && runtime[0] == '/' && (size_t)snprintf(own, sizeof own, "%s/circuit-console", runtime) < sizeof own)
    look_into(own, wanted, all, &found->count, MAX);
  look_into("/run/circuit", wanted, all, &found->count, MAX);
  for (size_t i = 0; i < found->count; i++) memcpy(found->paths[i], all[i].path, sizeof all[i].path);
}

/* What the build has written, as src/console/build.ts says it. */
static void own_build(const char *script, char *build, size_t size) {
  static const char *const written[] = { "dist/.tsbuildinfo", "dist/bundle/circuit.cjs" };
  const char *slash = strrchr(script, '/');
  build[0] = '\0';
  for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
    char path[4096];
    struct stat stats;
    int folder = slash == NULL ? 0 : (int)(slash + 1 - script);
    if ((size_t)snprintf(path, sizeof path, "%.*s../%s", folder, script, written[i]) >= sizeof path || stat(path, &stats) != 0) continue;
    long long seconds = stats.st_mtim.tv_sec;
    snprintf(build, size, "%lld-%lld", seconds * 1000000000LL + stats.st_mtim.tv_nsec, (long long)stats.st_size);
    return;
  }
}

static bool is_welcome(int socket, const char *script) {
  uint8_t header[HEADER_SIZE], payload[8 + BUILD_MAX];
  char build[BUILD_MAX];
  struct stat network;
  if (!receive_all(socket, header, sizeof header, WELCOME_MS)) return false;
  size_t length = get_u32(header);
  if (header[4] != FRAME_WELCOME || length < 8 || length > sizeof payload || !receive_all(socket, payload, length, WELCOME_MS)) return false;
  uint64_t number = get_u32(payload) | (uint64_t)get_u32(payload + 4) << 32;
  if (stat("/proc/self/ns/net", &network) == 0 && number != network.st_ino) return false;
  own_build(script, build, sizeof build);
  return strlen(build) == length - 8 && memcmp(build, payload + 8, length - 8) == 0;
}

int connect_to(const char *path, const struct wanted *wanted) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct timeval patience = { .tv_sec = WELCOME_MS / 1000 };
  struct ucred peer;
  socklen_t size = sizeof peer;
  memcpy(address.sun_path, path, strlen(path));
  int found = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (found < 0) return -1;
  setsockopt(found, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); /* for connect(2), too: a frozen server's queue may be full */
  if (connect(found, (struct sockaddr *)&address, sizeof address) == 0 && getsockopt(found, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
      (peer.uid == geteuid() || peer.uid == 0) && is_welcome(found, wanted->script))
    return found;
  close(found);
  return -1;
}
