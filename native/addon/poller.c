/* Watching a descriptor on behalf of JavaScript; poller.h says what it promises. */
#include "poller.h"

#include <errno.h>
#include <stdlib.h>

static void drop(struct poller *self) {
  if (--self->holders == 0) free(self);
}

static void after_close(uv_handle_t *handle) {
  struct poller *self = (struct poller *)handle;
  napi_remove_async_cleanup_hook(self->hook);
  drop(self);
}

static void at_environment_end(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook; /* removed by after_close, which tells Node that we are done */
  poller_close(data);
}

static void on_poll(uv_poll_t *handle, int status, int events) {
  struct poller *self = (struct poller *)handle;
  napi_handle_scope scope;
  if (napi_open_handle_scope(self->env, &scope) != napi_ok) return;
  napi_env env = self->env; /* the event may be the last one of `self` */
  self->on_event(self, status, events);
  napi_close_handle_scope(env, scope);
}

void *poller_create(napi_env env, size_t size, int fd) {
  uv_loop_t *loop;
  struct poller *self = calloc(1, size);
  if (self == NULL || napi_get_uv_event_loop(env, &loop) != napi_ok) {
    free(self);
    return throw_errno(env, ENOMEM, "watch", NULL);
  }
  int failure = uv_poll_init(loop, &self->poll, fd);
  if (failure != 0) {
    free(self);
    return throw_errno(env, -failure, "epoll_ctl", NULL);
  }
  self->env = env;
  self->open = true;
  self->holders = 1;
  napi_add_async_cleanup_hook(env, at_environment_end, self, &self->hook);
  return self;
}

static void on_collected(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  drop(data);
}

bool poller_add_method(struct poller *self, napi_value object, const char *name, napi_callback method) {
  napi_value function;
  if (napi_create_function(self->env, name, NAPI_AUTO_LENGTH, method, self, &function) != napi_ok) return false;
  if (napi_add_finalizer(self->env, function, self, on_collected, NULL, NULL) != napi_ok) return false;
  self->holders++;
  return set_named(self->env, object, name, function);
}

int poller_want(struct poller *self, int events) {
  if (!self->open) return 0;
  return events == 0 ? uv_poll_stop(&self->poll) : uv_poll_start(&self->poll, events, on_poll);
}

void poller_call(struct poller *self, napi_ref function, size_t count, const napi_value *arguments) {
  napi_env env = self->env;
  napi_value callback;
  if (napi_get_reference_value(env, function, &callback) != napi_ok || callback == NULL) return;
  napi_make_callback(env, NULL, callback, callback, count, arguments, NULL);
  bool thrown = false;
  if (napi_is_exception_pending(env, &thrown) != napi_ok || !thrown) return;
  napi_value exception;
  if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) napi_fatal_exception(env, exception);
}

void poller_close(struct poller *self) {
  if (!self->open) return;
  self->open = false;
  uv_close((uv_handle_t *)&self->poll, after_close); /* stops watching at once; only the memory must wait */
  self->on_close(self);
}
