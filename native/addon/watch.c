/*
 * Watch: tells JavaScript when a descriptor can be read or written. Level-triggered: it tells again until the descriptor was emptied or
 * the wish withdrawn. A descriptor in error (a pipe without readers) is reported as ready, since a call then says at once what is wrong.
 */
#include "poller.h"

#include <errno.h>

struct watch {
  struct poller poller;
  int wanted; /* UV_READABLE, UV_WRITABLE */
  napi_ref on_ready;
};

static void on_event(struct poller *poller, int status, int events) {
  struct watch *self = (struct watch *)poller;
  if (status < 0) {
    events = self->wanted;
    poller_want(poller, self->wanted); /* libuv has stopped */
  }
  napi_value arguments[2];
  napi_get_boolean(poller->env, (events & UV_READABLE) != 0, &arguments[0]);
  napi_get_boolean(poller->env, (events & UV_WRITABLE) != 0, &arguments[1]);
  poller_call(poller, self->on_ready, 2, arguments);
}

static void on_close(struct poller *poller) {
  struct watch *self = (struct watch *)poller;
  napi_delete_reference(poller->env, self->on_ready);
}

/* want(readable, writable) */
static napi_value want(napi_env env, napi_callback_info info) {
  napi_value values[2];
  bool readable, writable;
  void *data;
  if (!take_arguments(env, info, 2, values, &data) || !take_bool(env, values[0], &readable) || !take_bool(env, values[1], &writable)) return NULL;
  struct watch *self = data;
  int wanted = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
  if (wanted == self->wanted) return NULL;
  self->wanted = wanted;
  int failure = poller_want(&self->poller, wanted);
  return failure == 0 ? NULL : throw_errno(env, -failure, "epoll_ctl", NULL);
}

/* close() */
static napi_value close_watch(napi_env env, napi_callback_info info) {
  void *data;
  if (take_arguments(env, info, 0, NULL, &data)) poller_close(data);
  return NULL;
}

/* watch(fd, onReady): Watch */
napi_value watch(napi_env env, napi_callback_info info) {
  napi_value values[2], object;
  int fd;
  if (!take_arguments(env, info, 2, values, NULL) || !take_int(env, values[0], &fd) || !take_function(env, values[1])) return NULL;
  struct watch *self = poller_create(env, sizeof *self, fd);
  if (self == NULL) return NULL;
  self->poller.on_event = on_event;
  self->poller.on_close = on_close;
  bool made = napi_create_reference(env, values[1], 1, &self->on_ready) == napi_ok && napi_create_object(env, &object) == napi_ok &&
              poller_add_method(&self->poller, object, "want", want) && poller_add_method(&self->poller, object, "close", close_watch);
  if (made) return object;
  poller_close(&self->poller);
  return throw_errno(env, ENOMEM, "watch", NULL);
}
