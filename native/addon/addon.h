/*
 * What the addon's files share: the functions that module.c offers to JavaScript (native/index.ts is their typed face),
 * and the few ways in which arguments come in and errors go out.
 */
#ifndef CIRCUIT_ADDON_H
#define CIRCUIT_ADDON_H

#define NAPI_VERSION 8 /* the first with asynchronous clean-up hooks of an environment */
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offered to JavaScript; each is a napi_callback. */
napi_value mount_direct(napi_env env, napi_callback_info info);
napi_value mount_with_helper(napi_env env, napi_callback_info info);
napi_value unmount(napi_env env, napi_callback_info info);
napi_value open_device(napi_env env, napi_callback_info info);
napi_value make_pipe(napi_env env, napi_callback_info info);
napi_value make_socketpair(napi_env env, napi_callback_info info);
napi_value read_descriptor(napi_env env, napi_callback_info info);
napi_value write_descriptor(napi_env env, napi_callback_info info);
napi_value send_descriptors(napi_env env, napi_callback_info info);
napi_value watch(napi_env env, napi_callback_info info);
napi_value try_lock(napi_env env, napi_callback_info info);
napi_value send_datagram(napi_env env, napi_callback_info info);
napi_value bind_datagrams(napi_env env, napi_callback_info info);
napi_value receive_batch(napi_env env, napi_callback_info info);
napi_value send_batch(napi_env env, napi_callback_info info);
napi_value find_user(napi_env env, napi_callback_info info);
napi_value is_member(napi_env env, napi_callback_info info);
napi_value watch_mounts(napi_env env, napi_callback_info info);
napi_value become_subreaper(napi_env env, napi_callback_info info);
napi_value peer_credentials(napi_env env, napi_callback_info info);
napi_value reap_child(napi_env env, napi_callback_info info);

/* Takes exactly `count` arguments; the ones left out are undefined. `data` may be NULL. False: an exception is pending. */
bool take_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values, void **data);

/* Each of these takes one value of a type; false: a TypeError is pending. */
bool take_int(napi_env env, napi_value value, int *into);
bool take_bool(napi_env env, napi_value value, bool *into);
bool take_function(napi_env env, napi_value value);
/* A string without NUL that fits `size` bytes with its terminator. */
bool take_string(napi_env env, napi_value value, char *into, size_t size);
/* The bytes of a Uint8Array from `offset` on, `length` of them; false without an exception: not inside the array. */
bool take_slice(napi_env env, napi_value array, napi_value offset, napi_value length, uint8_t **into, size_t *bytes);

napi_value from_int(napi_env env, int value);
bool set_named(napi_env env, napi_value object, const char *name, napi_value value);

/* Throw an Error as Node's fs does: `code`, `errno`, `syscall` and, unless it is NULL, `detail` (a path, or what a program said). */
napi_value throw_errno(napi_env env, int error, const char *syscall, const char *detail);
napi_value throw_type_error(napi_env env, const char *message);

#endif
