/*
 * Tells JavaScript when something has been mounted or unmounted: /proc/self/mountinfo is in error, with priority data, after each change (proc(5)).
 */
#include "poller.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const char LIST[] = "/proc/self/mountinfo";

struct mounts_watch {
  struct poller poller;
  int fd;
  napi_ref on_change;
};

static void on_event(struct poller *poller, int status, int events) {
  struct mounts_watch *self = (struct mounts_watch *)poller;
  (void)events;
  if (status < 0) poller_want(poller, UV_PRIORITIZED); /* libuv has stopped */
  poller_call(poller, self->on_change, 0, NULL);
}

static void on_close(struct poller *poller) {
  struct mounts_watch *self = (struct mounts_watch *)poller;
  if (self->fd >= 0) close(self->fd);
  napi_delete_reference(poller->env, self->on_change);
}

/* close() */
static napi_value close_watch(napi_env env, napi_callback_info info) {
  void *data;
  if (take_arguments(env, info, 0, NULL, &data)) poller_close(data);
  return NULL;
}

/* watchMounts(onChange): { close() } */
napi_value watch_mounts(napi_env env, napi_callback_info info) {
  napi_value value, object;
  if (!take_arguments(env, info, 1, &value, NULL) || !take_function(env, value)) return NULL;
  int fd = open(LIST, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return throw_errno(env, errno, "open", LIST);
  struct mounts_watch *self = poller_create(env, sizeof *self, fd);
  if (self == NULL) {
    close(fd);
    return NULL;
  }
  self->fd = fd;
  self->poller.on_event = on_event;
  self->poller.on_close = on_close;
  bool made = napi_create_reference(env, value, 1, &self->on_change) == napi_ok && napi_create_object(env, &object) == napi_ok &&
              poller_add_method(&self->poller, object, "close", close_watch);
  int failure = made ? poller_want(&self->poller, UV_PRIORITIZED) : 0;
  if (made && failure == 0) return object;
  poller_close(&self->poller);
  return throw_errno(env, failure == 0 ? ENOMEM : -failure, "epoll_ctl", LIST);
}
