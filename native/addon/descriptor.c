/*
 * Raw descriptors: pipes and socket pairs whose other end goes to a program, and reading and writing them from the loop without Node's threads.
 */
#include "addon.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* As many descriptors as one message can carry (SCM_MAX_FD of net/scm.h). */
enum { DESCRIPTORS_MAX = 253 };

static bool make_nonblocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

static napi_value fail_pair(napi_env env, const int *pair, const char *syscall) {
  int error = errno;
  close(pair[0]);
  close(pair[1]);
  return throw_errno(env, error, syscall, NULL);
}

/* pipe(ours, capacity): {read, write} */
napi_value make_pipe(napi_env env, napi_callback_info info) {
  napi_value values[2], object;
  char ours[8];
  int capacity, ends[2];
  if (!take_arguments(env, info, 2, values, NULL) || !take_string(env, values[0], ours, sizeof ours) || !take_int(env, values[1], &capacity)) return NULL;
  bool reads = strcmp(ours, "read") == 0;
  if (!reads && strcmp(ours, "write") != 0) return throw_type_error(env, "'read' or 'write' was expected");
  if (pipe2(ends, O_CLOEXEC) != 0) return throw_errno(env, errno, "pipe2", NULL);
  if (!make_nonblocking(ends[reads ? 0 : 1])) return fail_pair(env, ends, "fcntl");
  if (capacity > 0) fcntl(ends[0], F_SETPIPE_SZ, capacity); /* refused beyond the user's share of pipe memory: then it stays as it is */
  if (napi_create_object(env, &object) != napi_ok) return fail_pair(env, ends, "pipe2");
  set_named(env, object, "read", from_int(env, ends[0]));
  set_named(env, object, "write", from_int(env, ends[1]));
  return object;
}

/* socketpair(): [ours, theirs] */
napi_value make_socketpair(napi_env env, napi_callback_info info) {
  (void)info;
  int ends[2];
  napi_value pair;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return throw_errno(env, errno, "socketpair", NULL);
  if (!make_nonblocking(ends[0])) return fail_pair(env, ends, "fcntl");
  if (napi_create_array_with_length(env, 2, &pair) != napi_ok) return fail_pair(env, ends, "socketpair");
  napi_set_element(env, pair, 0, from_int(env, ends[0]));
  napi_set_element(env, pair, 1, from_int(env, ends[1]));
  return pair;
}

typedef ssize_t transfer_call(int fd, uint8_t *bytes, size_t length);

static ssize_t call_read(int fd, uint8_t *bytes, size_t length) {
  return read(fd, bytes, length);
}

static ssize_t call_write(int fd, uint8_t *bytes, size_t length) {
  return write(fd, bytes, length);
}

/* (fd, array, offset, length): bytes moved or -errno. Node ignores SIGPIPE, so a write to nobody is EPIPE. */
static napi_value transfer(napi_env env, napi_callback_info info, transfer_call *call) {
  napi_value values[4];
  int fd;
  uint8_t *bytes = NULL;
  size_t length;
  if (!take_arguments(env, info, 4, values, NULL) || !take_int(env, values[0], &fd)) return NULL;
  if (!take_slice(env, values[1], values[2], values[3], &bytes, &length)) return from_int(env, -EINVAL);
  ssize_t moved;
  do moved = call(fd, bytes, length);
  while (moved < 0 && errno == EINTR);
  return from_int(env, moved < 0 ? -errno : (int)moved);
}

napi_value read_descriptor(napi_env env, napi_callback_info info) {
  return transfer(env, info, call_read);
}

napi_value write_descriptor(napi_env env, napi_callback_info info) {
  return transfer(env, info, call_write);
}

/* Takes an array of descriptors; -1: an exception is pending, or there are too many. */
static int take_descriptors(napi_env env, napi_value array, int *into) {
  uint32_t count;
  if (napi_get_array_length(env, array, &count) != napi_ok || count > DESCRIPTORS_MAX) return -1;
  for (uint32_t i = 0; i < count; i++) {
    napi_value element;
    if (napi_get_element(env, array, i, &element) != napi_ok || !take_int(env, element, &into[i])) return -1;
  }
  return (int)count;
}

/* sendDescriptors(socket, array, offset, length, descriptors): bytes or -errno */
napi_value send_descriptors(napi_env env, napi_callback_info info) {
  napi_value values[5];
  int socket, descriptors[DESCRIPTORS_MAX];
  struct iovec part;
  uint8_t *bytes = NULL;
  if (!take_arguments(env, info, 5, values, NULL) || !take_int(env, values[0], &socket)) return NULL;
  if (!take_slice(env, values[1], values[2], values[3], &bytes, &part.iov_len) || part.iov_len == 0) return from_int(env, -EINVAL);
  int count = take_descriptors(env, values[4], descriptors);
  if (count < 0) return from_int(env, -EINVAL);
  part.iov_base = bytes;

  char control[CMSG_SPACE(sizeof descriptors)];
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
  if (count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, (size_t)count * sizeof(int));
  }
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return from_int(env, sent < 0 ? -errno : (int)sent);
}
