/*
 * A descriptor watched by the event loop on behalf of a JavaScript object: what a Device and a Watch have in common.
 *
 * It owns the uv_poll handle and its own memory. Memory goes when the handle is closed and the last JavaScript function that carries
 * it has been collected, whichever is later; at the end of the environment (process exit, worker ended) the handle is closed first.
 */
#ifndef CIRCUIT_POLLER_H
#define CIRCUIT_POLLER_H

#include "addon.h"
#include <uv.h>

struct poller {
  uv_poll_t poll; /* first, so that a handle is its poller */
  napi_env env;
  napi_async_cleanup_hook_handle hook;
  int holders; /* the open handle, and each function made by poller_add_method */
  bool open;
  /* Called by the loop with a handle scope open. `status` below 0: the descriptor is in error (EPOLLERR), and libuv has stopped watching. */
  void (*on_event)(struct poller *self, int status, int events);
  /* Called once, when the poller is closed and no longer watches: lets go of what the embedding struct owns. */
  void (*on_close)(struct poller *self);
};

/*
 * Makes a poller for `fd` in `size` zeroed bytes, of which a struct poller is the first member; `fd` becomes non-blocking.
 * NULL: an exception is pending (EPERM for what epoll refuses: regular files, directories).
 */
void *poller_create(napi_env env, size_t size, int fd);
/* Gives `object` a method that gets the poller as its callback data: no unwrapping, no look-up when it is called. */
bool poller_add_method(struct poller *self, napi_value object, const char *name, napi_callback method);
/* Chooses what to watch for: UV_READABLE, UV_WRITABLE, both or 0. Returns 0 or libuv's negative error. */
int poller_want(struct poller *self, int events);
/* Calls `function` as the loop's own callbacks are called: then come next ticks and promises. What it throws is an uncaught exception. */
void poller_call(struct poller *self, napi_ref function, size_t count, const napi_value *arguments);
/* Stops watching; idempotent. The descriptor can be closed as soon as this returns. */
void poller_close(struct poller *self);

#endif
