/* Whole pieces over the socket, before anything else goes on there. */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

uint32_t get_u32(const uint8_t *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

void put_u32(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (8 * i));
}

void put_header(uint8_t *at, size_t length, enum frame type, int fd) {
  put_u32(at, (uint32_t)length);
  at[4] = (uint8_t)type;
  at[5] = (uint8_t)fd;
  at[6] = at[7] = 0;
}

bool receive_all(int socket, uint8_t *bytes, size_t length, int limit_ms) {
  while (length > 0) {
    struct pollfd ready = { .fd = socket, .events = POLLIN };
    int count = poll(&ready, 1, limit_ms);
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

bool send_all(int socket, const uint8_t *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = send(socket, bytes, length, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    length -= (size_t)sent;
  }
  return true;
}
