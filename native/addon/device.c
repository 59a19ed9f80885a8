/*
 * The /dev/fuse device, pumped by the event loop: reads what the kernel asks into an arena, a batch of requests for one call into
 * JavaScript, and writes what JavaScript composed. It knows nothing of the protocol; mount/engine does.
 *
 * All on the loop's own thread: a hop to another thread costs more than a whole request.
 */
#include "poller.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
  ARENA_BYTES = 4 * 1024 * 1024,
  OUT_BYTES = 128 * 1024,
  BATCH_REQUESTS = 64,
  /* The kernel wants room for a WRITE's data and its headers; with less it would fail the request (fuse_dev_do_read). */
  READ_HEADER_BYTES = 4096,
  MAX_WRITE_BYTES = 1024 * 1024,
  ALIGNMENT_BYTES = 8,
  /* How often a pump that has found nothing more looks whether there is more now. */
  PROBE_INTERVAL = 16,
  /* Batches handled in one turn of the event loop at most: timers and pipes want their turn, too. */
  TURN_BATCHES = 64,
  /* How long a pump waits for the next request before it sleeps, and how often one that has waited in vain tries that again. */
  LINGER_NS = 20000,
  LINGER_INTERVAL = 64,
  /* Batches that must come of it, in one turn, for it to be worth the last wait, which is in vain. */
  LINGER_WORTH = 8,
};

struct device {
  struct poller poller;
  int fd;
  size_t read_bytes; /* offered to each read */
  uint8_t *arena;
  uint32_t *offsets;
  uint8_t *out;
  napi_ref buffers[3]; /* keep arena, offsets and out where they are */
  napi_ref on_batch;
  napi_ref on_end;
  bool read_on;    /* the last batch had more than one request */
  bool read_again; /* the last time that was tried, answers were followed by new requests at once */
  bool lingers;    /* the last time that was tried, LINGER_WORTH times over they were followed by new ones within LINGER_NS */
  unsigned batches;
  unsigned turns;
};

/* One request to `into`: its bytes, 0 if there is none now, or -errno. */
static ssize_t read_request(struct device *self, uint8_t *into) {
  for (;;) {
    ssize_t bytes = read(self->fd, into, self->read_bytes);
    if (bytes >= 0) return bytes;
    /* ENOENT: the request was interrupted, and taken back, while it was being read. */
    if (errno == EAGAIN) return 0;
    if (errno != EINTR && errno != ENOENT) return -errno;
  }
}

/*
 * Reads a batch; `count` requests are there then, also if it returns -errno for the one after.
 * A read that finds nothing costs as much as one that finds something, and epoll is level-triggered: so a pump that serves one caller at
 * a time, batch of one after batch of one, reads once and probes for a second request now and then.
 */
static int read_batch(struct device *self, uint32_t *count) {
  bool read_on = self->read_on || self->batches++ % PROBE_INTERVAL == 0;
  size_t at = 0;
  ssize_t bytes = 0;
  *count = 0;
  while (*count < BATCH_REQUESTS && ARENA_BYTES - at >= self->read_bytes) {
    bytes = read_request(self, self->arena + at);
    if (bytes <= 0) break;
    self->offsets[(*count)++] = (uint32_t)at;
    at += ((size_t)bytes + ALIGNMENT_BYTES - 1) & ~(size_t)(ALIGNMENT_BYTES - 1);
    if (!read_on) break;
  }
  self->read_on = *count > 1;
  return bytes < 0 ? (int)bytes : 0;
}

static void end(struct device *self, int error) {
  napi_ref on_end = self->on_end;
  self->on_end = NULL;
  poller_want(&self->poller, 0);
  napi_value argument = from_int(self->poller.env, error);
  poller_call(&self->poller, on_end, 1, &argument);
  napi_delete_reference(self->poller.env, on_end);
}

/* Hands over one batch; false if there was none, or nothing is to be done any more. */
static bool serve_batch(struct device *self, int status) {
  uint32_t count;
  int failure = read_batch(self, &count);
  if (count > 0) {
    napi_handle_scope scope;
    napi_env env = self->poller.env;
    if (napi_open_handle_scope(env, &scope) != napi_ok) return false;
    napi_value argument = NULL;
    napi_create_uint32(env, count, &argument);
    poller_call(&self->poller, self->on_batch, 1, &argument);
    napi_close_handle_scope(env, scope);
    if (!self->poller.open) return false; /* closed by the callback; the memory lives until libuv's close callback */
  }
  /* A disconnected device is in error for epoll, and a read says why: ENODEV. */
  if (failure == 0 && status < 0 && count == 0) failure = status;
  if (failure != 0) end(self, -failure);
  return failure == 0 && count > 0;
}

/* How often this thread had to let another one run: who asks us shares our core, and what is found after a wait was asked in spite of it. */
static long preemptions(void) {
  struct rusage usage;
  return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nivcsw : 0;
}

/*
 * Serves the next batch if it comes before long. A caller on another core needs some microseconds to run and to ask again: to sleep meanwhile, and to
 * be woken by it, costs both more than that.
 */
static bool linger(struct device *self) {
  uint64_t until_ns = uv_hrtime() + LINGER_NS;
  do {
    if (serve_batch(self, 0)) return true;
  } while (self->poller.open && self->on_end != NULL && uv_hrtime() < until_ns);
  return false;
}

/*
 * A caller that shares our core runs as soon as it is answered, and by the time we run again its next request is there: asking epoll about that would be a
 * third system call for each request. A caller on another core needs longer; then reading again finds nothing, and is only tried now and then; what is
 * tried then is to wait for it a little.
 */
static void on_event(struct poller *poller, int status, int events) {
  struct device *self = (struct device *)poller;
  (void)events;
  if (!serve_batch(self, status)) return;
  unsigned batches = 1;
  if (self->read_again || self->turns % PROBE_INTERVAL == 0) {
    while (batches < TURN_BATCHES && serve_batch(self, 0)) batches++;
    self->read_again = batches > 1;
  }
  if (self->lingers || self->turns % LINGER_INTERVAL == 0) {
    unsigned before = batches;
    long preempted = preemptions();
    while (batches < TURN_BATCHES && self->poller.open && self->on_end != NULL && linger(self)) batches++;
    self->lingers = batches - before >= LINGER_WORTH && (preemptions() - preempted) * 2 < (long)(batches - before);
  }
  self->turns++;
  if (!self->poller.open) return;
  if (status < 0 && self->on_end != NULL) poller_want(poller, UV_READABLE);
}

static void on_close(struct poller *poller) {
  struct device *self = (struct device *)poller;
  if (self->fd >= 0) close(self->fd);
  self->fd = -1;
  for (int i = 0; i < 3; i++) napi_delete_reference(poller->env, self->buffers[i]);
  napi_delete_reference(poller->env, self->on_batch);
  if (self->on_end != NULL) napi_delete_reference(poller->env, self->on_end);
}

/* send(length, body?): 0 or -errno */
static napi_value send_message(napi_env env, napi_callback_info info) {
  napi_value values[2];
  size_t count = 2;
  void *data;
  if (napi_get_cb_info(env, info, &count, values, NULL, &data) != napi_ok) return NULL;
  struct device *self = data;
  uint32_t length;
  if (napi_get_value_uint32(env, values[0], &length) != napi_ok) return throw_type_error(env, "a length was expected");
  if (self->fd < 0) return from_int(env, -ENODEV);
  if (length > OUT_BYTES) return from_int(env, -EINVAL);

  struct iovec parts[2] = { { .iov_base = self->out, .iov_len = length } };
  int number = 1;
  napi_typedarray_type type;
  if (count > 1 && napi_get_typedarray_info(env, values[1], &type, &parts[1].iov_len, &parts[1].iov_base, NULL, NULL) == napi_ok) {
    if (type != napi_uint8_array) return throw_type_error(env, "a Uint8Array was expected");
    if (parts[1].iov_len > 0) number = 2;
  }
  ssize_t written = number == 1 ? write(self->fd, self->out, length) : writev(self->fd, parts, number);
  return from_int(env, written < 0 ? -errno : 0);
}

/* close() */
static napi_value close_device(napi_env env, napi_callback_info info) {
  void *data;
  if (take_arguments(env, info, 0, NULL, &data)) poller_close(data);
  return NULL;
}

/* An ArrayBuffer of `size` bytes, kept where it is until the device closes. */
static bool keep_buffer(struct device *self, int which, size_t size, void **data, napi_value *buffer) {
  napi_env env = self->poller.env;
  return napi_create_arraybuffer(env, size, data, buffer) == napi_ok && napi_create_reference(env, *buffer, 1, &self->buffers[which]) == napi_ok;
}

static bool make_buffers(struct device *self, napi_value object) {
  napi_env env = self->poller.env;
  void *arena, *offsets, *out;
  napi_value buffers[3], typed;
  if (!keep_buffer(self, 0, ARENA_BYTES, &arena, &buffers[0])) return false;
  if (!keep_buffer(self, 1, BATCH_REQUESTS * sizeof(uint32_t), &offsets, &buffers[1])) return false;
  if (!keep_buffer(self, 2, OUT_BYTES, &out, &buffers[2])) return false;
  self->arena = arena;
  self->offsets = offsets;
  self->out = out;
  return napi_create_typedarray(env, napi_uint32_array, BATCH_REQUESTS, buffers[1], 0, &typed) == napi_ok && set_named(env, object, "arena", buffers[0]) &&
         set_named(env, object, "offsets", typed) && set_named(env, object, "out", buffers[2]);
}

/* openDevice(fd, maxWrite, onBatch, onEnd): Device, which owns fd from here on unless this throws */
napi_value open_device(napi_env env, napi_callback_info info) {
  napi_value values[4], object;
  int fd, max_write;
  if (!take_arguments(env, info, 4, values, NULL) || !take_int(env, values[0], &fd) || !take_int(env, values[1], &max_write)) return NULL;
  if (!take_function(env, values[2]) || !take_function(env, values[3])) return NULL;
  if (max_write < READ_HEADER_BYTES || max_write > MAX_WRITE_BYTES) return throw_errno(env, EINVAL, "openDevice", "maxWrite");

  struct device *self = poller_create(env, sizeof *self, fd);
  if (self == NULL) return NULL;
  self->fd = fd;
  self->read_bytes = (size_t)max_write + READ_HEADER_BYTES;
  self->poller.on_event = on_event;
  self->poller.on_close = on_close;
  bool made = napi_create_reference(env, values[2], 1, &self->on_batch) == napi_ok && napi_create_reference(env, values[3], 1, &self->on_end) == napi_ok &&
              napi_create_object(env, &object) == napi_ok && make_buffers(self, object) && poller_add_method(&self->poller, object, "send", send_message) &&
              poller_add_method(&self->poller, object, "close", close_device) && poller_want(&self->poller, UV_READABLE) == 0;
  if (made) return object;
  self->fd = -1; /* stays the caller's */
  poller_close(&self->poller);
  return throw_errno(env, ENOMEM, "openDevice", NULL);
}
