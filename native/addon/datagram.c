/* One datagram to a UNIX socket, as sd_notify(3) sends it. */
#include "addon.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { TEXT_MAX = 4096 };

/* sendDatagram(path, text); '@' in front of the path means the abstract namespace (unix(7)) */
napi_value send_datagram(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  char text[TEXT_MAX];
  if (!take_arguments(env, info, 2, values, NULL)) return NULL;
  if (!take_string(env, values[0], address.sun_path, sizeof address.sun_path) || !take_string(env, values[1], text, sizeof text)) return NULL;
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(address.sun_path));
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return throw_errno(env, errno, "socket", NULL);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  ssize_t sent = sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, length);
  int error = errno;
  close(fd);
  return sent < 0 ? throw_errno(env, error, "sendto", NULL) : NULL;
}
