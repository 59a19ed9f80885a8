/* A look into the user database (getpwnam(3)), in a thread of libuv's pool: the database may be a directory server that takes its time. */
#include "addon.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 1024, ENTRY_MAX_BYTES = 256 * 1024 };

struct look_up {
  napi_async_work work;
  napi_deferred answer;
  char name[NAME_MAX_BYTES];
  int error;
  struct passwd entry, *found;
  char texts[ENTRY_MAX_BYTES]; /* what `entry` points into */
};

/* Not being there is no error, whichever of these a name service says (getpwnam(3)). */
static bool means_absent(int error) {
  return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

/* A number that is all of `text`, or -1. */
static long long as_number(const char *text) {
  size_t digits = strspn(text, "0123456789");
  return digits == 0 || digits > 10 || text[digits] != '\0' ? -1 : atoll(text);
}

static void find(napi_env env, void *data) {
  (void)env;
  struct look_up *self = data;
  self->error = getpwnam_r(self->name, &self->entry, self->texts, sizeof self->texts, &self->found);
  long long number = as_number(self->name);
  if (self->found != NULL || number < 0 || number >= (long long)UINT32_MAX) return;
  self->error = getpwuid_r((uid_t)number, &self->entry, self->texts, sizeof self->texts, &self->found);
}

static bool set_text(napi_env env, napi_value object, const char *name, const char *text) {
  napi_value value;
  return napi_create_string_utf8(env, text == NULL ? "" : text, NAPI_AUTO_LENGTH, &value) == napi_ok && set_named(env, object, name, value);
}

static void answer(napi_env env, napi_status status, void *data) {
  struct look_up *self = data;
  napi_value result = NULL, message = NULL;
  if (status != napi_ok || (self->found == NULL && !means_absent(self->error))) {
    napi_create_string_utf8(env, strerror(self->error), NAPI_AUTO_LENGTH, &message);
    napi_create_error(env, NULL, message, &result);
    napi_reject_deferred(env, self->answer, result);
  } else if (self->found == NULL) {
    napi_get_undefined(env, &result);
    napi_resolve_deferred(env, self->answer, result);
  } else {
    napi_create_object(env, &result);
    set_text(env, result, "name", self->entry.pw_name);
    set_text(env, result, "home", self->entry.pw_dir);
    set_text(env, result, "shell", self->entry.pw_shell);
    napi_resolve_deferred(env, self->answer, result);
  }
  napi_delete_async_work(env, self->work);
  free(self);
}

/* findUser(nameOrNumber): a promise of its name, home and shell, or of undefined */
napi_value find_user(napi_env env, napi_callback_info info) {
  napi_value value, label, promise = NULL;
  struct look_up *self = calloc(1, sizeof *self);
  if (self == NULL) return throw_errno(env, ENOMEM, "findUser", NULL);
  bool asked = take_arguments(env, info, 1, &value, NULL) && take_string(env, value, self->name, sizeof self->name) &&
               napi_create_string_utf8(env, "findUser", NAPI_AUTO_LENGTH, &label) == napi_ok &&
               napi_create_promise(env, &self->answer, &promise) == napi_ok &&
               napi_create_async_work(env, NULL, label, find, answer, self, &self->work) == napi_ok &&
               napi_queue_async_work(env, self->work) == napi_ok;
  if (!asked) free(self); /* an exception is pending */
  return asked ? promise : NULL;
}
