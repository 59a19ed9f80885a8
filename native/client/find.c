/* Which sockets there are, and whether a server of ours listens at one: of our user, our build and our network. */
#include "client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ID_LENGTH = 17, NAME_LENGTH = ID_LENGTH + 5, BUILD_MAX = 64 };

/* X and 16 hex digits. */
static bool is_id(const char *text) {
  return text[0] == 'X' && strspn(text + 1, "0123456789abcdef") == ID_LENGTH - 1;
}

static long long made_at(const struct stat *stats) {
  return stats->st_mtim.tv_sec * 1000000000LL + stats->st_mtim.tv_nsec;
}

/* Puts it where it belongs if it is a socket of ours or of root's; of too many the oldest go. */
static void consider(const char *path, struct found *found) {
  enum { MAX = sizeof found->all / sizeof found->all[0] };
  struct stat stats;
  if (lstat(path, &stats) != 0 || !S_ISSOCK(stats.st_mode) || (stats.st_uid != geteuid() && stats.st_uid != 0)) return;
  size_t at = found->count < MAX ? found->count++ : MAX - 1;
  if (found->all[at].made >= made_at(&stats)) return;
  for (; at > 0 && made_at(&stats) > found->all[at - 1].made; at--) found->all[at] = found->all[at - 1];
  strcpy(found->all[at].path, path);
  found->all[at].made = made_at(&stats);
}

static void look_into(const char *parent, const char *child, const char *id, struct found *found) {
  char path[sizeof found->all[0].path];
  int length = snprintf(path, sizeof path, "%s/%s", parent, child);
  if (length < 0 || (size_t)length + 1 + NAME_LENGTH >= sizeof path) return;
  if (id != NULL) {
    sprintf(path + length, "/%.*s.sock", ID_LENGTH, id);
    consider(path, found);
    return;
  }
  DIR *directory = opendir(path);
  if (directory == NULL) return;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (strlen(entry->d_name) != NAME_LENGTH || strcmp(entry->d_name + ID_LENGTH, ".sock") != 0) continue;
    sprintf(path + length, "/%.*s", NAME_LENGTH, entry->d_name);
    consider(path, found);
  }
  closedir(directory);
}

void find_sockets(const char *id, struct found *found) {
  const char *runtime = getenv("XDG_RUNTIME_DIR");
  if (id != NULL && !is_id(id)) return;
  if (runtime != NULL && runtime[0] == '/') look_into(runtime, "circuit-console", id, found);
  look_into("/run", "circuit", id, found);
}

bool beside(const char *script, const char *name, char *path, size_t size) {
  const char *slash = strrchr(script, '/');
  int folder = slash == NULL ? 0 : (int)(slash + 1 - script);
  return (size_t)snprintf(path, size, "%.*s%s", folder, script, name) < size;
}

/* What the build has written, as src/console/build.ts says it: a checkout by its time and size, a package by its name. */
static void own_build(const char *script, char *build, size_t size) {
  char path[PATH_MAX];
  struct stat stats;
  build[0] = '\0';
  if (beside(script, "../dist/.tsbuildinfo", path, sizeof path) && stat(path, &stats) == 0) {
    snprintf(build, size, "%lld-%lld", made_at(&stats), (long long)stats.st_size);
    return;
  }
  int file = beside(script, "../dist/bundle/build", path, sizeof path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  ssize_t length = read(file, build, size - 1);
  build[length < 0 ? 0 : length] = '\0';
  close(file);
}

static bool receive_all(int socket, uint8_t *bytes, size_t length) {
  while (length > 0) {
    struct pollfd ready = { .fd = socket, .events = POLLIN };
    int count = poll(&ready, 1, WELCOME_MS);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    ssize_t got = recv(socket, bytes, length, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    length -= (size_t)got;
  }
  return true;
}

static bool is_welcome(int socket, const char *script) {
  uint8_t header[HEADER_SIZE], payload[8 + BUILD_MAX];
  char build[BUILD_MAX];
  struct stat network;
  if (!receive_all(socket, header, sizeof header)) return false;
  size_t length = get_u32(header);
  if (header[4] != FRAME_WELCOME || length < 8 || length > sizeof payload || !receive_all(socket, payload, length)) return false;
  uint64_t number = get_u32(payload) | (uint64_t)get_u32(payload + 4) << 32;
  if (stat("/proc/self/ns/net", &network) == 0 && number != network.st_ino) return false;
  own_build(script, build, sizeof build);
  return strlen(build) == length - 8 && memcmp(build, payload + 8, length - 8) == 0;
}

int connect_to(const char *path, const char *script) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct timeval patience = { .tv_sec = WELCOME_MS / 1000 };
  struct ucred peer;
  socklen_t size = sizeof peer;
  memcpy(address.sun_path, path, strlen(path));
  int found = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (found < 0) return -1;
  setsockopt(found, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); /* for connect(2), too: a frozen server's queue may be full */
  if (connect(found, (struct sockaddr *)&address, sizeof address) == 0 && getsockopt(found, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
      (peer.uid == geteuid() || peer.uid == 0) && is_welcome(found, script))
    return found;
  close(found);
  return -1;
}
