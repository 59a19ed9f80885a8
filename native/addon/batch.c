/*
 * Datagrams in batches (recvmmsg(2), sendmmsg(2)): two system calls for up to 32 questions and their answers, where Node makes two for each.
 *
 * A batch lies in arrays of JavaScript: datagram i in slot i of `bytes`, its length in `sizes`, its peer in slot i of `peers`. Nothing is kept here.
 */
#include "addon.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 32, ADDRESS_BYTES = 64, PEER_BYTES = sizeof(struct sockaddr_in6) };

struct batch {
  int fd;
  unsigned count;
  uint32_t *sizes;
  size_t slot_bytes;
  struct iovec parts[BATCH];
  struct mmsghdr messages[BATCH];
};

/* bindDatagrams(address, port, receiveBytes): a non-blocking UDP socket */
napi_value bind_datagrams(napi_env env, napi_callback_info info) {
  napi_value values[3];
  char address[ADDRESS_BYTES], service[8];
  int port, receive_bytes;
  if (!take_arguments(env, info, 3, values, NULL) || !take_string(env, values[0], address, sizeof address)) return NULL;
  if (!take_int(env, values[1], &port) || !take_int(env, values[2], &receive_bytes)) return NULL;
  snprintf(service, sizeof service, "%u", (unsigned)port & 0xffff);
  struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_DGRAM }, *found;
  if (getaddrinfo(address, service, &hints, &found) != 0) return throw_errno(env, EADDRNOTAVAIL, "getaddrinfo", address);
  int fd = socket(found->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int failed = fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) != 0 ? errno : 0;
  freeaddrinfo(found);
  if (failed == 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes); /* less where the system allows less */
    return from_int(env, fd);
  }
  if (fd >= 0) close(fd);
  return throw_errno(env, failed, "bind", address);
}

/* Takes (fd, bytes, slotBytes, sizes, peers); false without an exception: arrays that are too short. */
static bool take_batch(napi_env env, const napi_value *values, struct batch *batch) {
  napi_typedarray_type types[3];
  size_t bytes_length, slots, peers_length;
  void *bytes, *sizes, *peers;
  int slot_bytes;
  if (!take_int(env, values[0], &batch->fd) || !take_int(env, values[2], &slot_bytes)) return false;
  if (napi_get_typedarray_info(env, values[1], &types[0], &bytes_length, &bytes, NULL, NULL) != napi_ok ||
      napi_get_typedarray_info(env, values[3], &types[1], &slots, &sizes, NULL, NULL) != napi_ok ||
      napi_get_typedarray_info(env, values[4], &types[2], &peers_length, &peers, NULL, NULL) != napi_ok ||
      types[0] != napi_uint8_array || types[1] != napi_uint32_array || types[2] != napi_uint8_array) {
    throw_type_error(env, "a Uint8Array, a Uint32Array and a Uint8Array were expected");
    return false;
  }
  if (slots > BATCH || slot_bytes <= 0 || bytes_length / (size_t)slot_bytes < slots || peers_length / PEER_BYTES < slots) return false;
  batch->count = (unsigned)slots;
  batch->sizes = sizes;
  batch->slot_bytes = (size_t)slot_bytes;
  for (size_t i = 0; i < slots; i++) {
    batch->parts[i] = (struct iovec){ .iov_base = (uint8_t *)bytes + i * (size_t)slot_bytes, .iov_len = (size_t)slot_bytes };
    batch->messages[i].msg_hdr = (struct msghdr){
      .msg_name = (uint8_t *)peers + i * PEER_BYTES, .msg_namelen = PEER_BYTES, .msg_iov = &batch->parts[i], .msg_iovlen = 1
    };
  }
  return true;
}

static napi_value fail_batch(napi_env env) {
  bool pending = false;
  return napi_is_exception_pending(env, &pending) == napi_ok && pending ? NULL : from_int(env, -EINVAL);
}

/* receiveBatch(fd, bytes, slotBytes, sizes, peers): datagrams or -errno; what is longer than its slot is cut off */
napi_value receive_batch(napi_env env, napi_callback_info info) {
  napi_value values[5];
  struct batch batch;
  if (!take_arguments(env, info, 5, values, NULL)) return NULL;
  if (!take_batch(env, values, &batch)) return fail_batch(env);
  int count;
  do count = recvmmsg(batch.fd, batch.messages, batch.count, MSG_DONTWAIT, NULL);
  while (count < 0 && errno == EINTR);
  for (int i = 0; i < count; i++) batch.sizes[i] = batch.messages[i].msg_len;
  return from_int(env, count < 0 ? -errno : count);
}

/*
 * sendBatch(fd, bytes, slotBytes, sizes, peers, count): of the first `count` slots those that are not empty, each to its peer. One that cannot be sent
 * is passed over, and all that are left when the socket takes no more. Returns how many were sent, or -errno if that is none.
 */
napi_value send_batch(napi_env env, napi_callback_info info) {
  napi_value values[6];
  struct batch batch;
  int count, error = 0;
  if (!take_arguments(env, info, 6, values, NULL)) return NULL;
  if (!take_batch(env, values, &batch) || !take_int(env, values[5], &count)) return fail_batch(env);
  if (count < 0 || (unsigned)count > batch.count) return from_int(env, -EINVAL);
  unsigned filled = 0, sent = 0;
  for (int i = 0; i < count; i++) {
    if (batch.sizes[i] == 0) continue;
    struct msghdr *message = &batch.messages[filled++].msg_hdr;
    batch.parts[i].iov_len = batch.sizes[i] < batch.slot_bytes ? batch.sizes[i] : batch.slot_bytes;
    *message = batch.messages[i].msg_hdr;
    sa_family_t family;
    memcpy(&family, message->msg_name, sizeof family);
    message->msg_namelen = family == AF_INET ? sizeof(struct sockaddr_in) : PEER_BYTES;
  }
  for (unsigned at = 0; at < filled || filled == 0;) {
    int done = sendmmsg(batch.fd, batch.messages + at, filled - at, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) error = errno;
    if (filled == 0 || (done < 0 && (error == EAGAIN || error == ENOBUFS || error == ENOSYS))) break;
    sent += done > 0 ? (unsigned)done : 0;
    at += done > 0 ? (unsigned)done : 1;
  }
  return from_int(env, sent == 0 && error != 0 ? -error : (int)sent);
}
