/*
 * Whether a user is in a group now (getgrnam_r(3), getgrouplist(3)), in a thread of libuv's pool: the database may be a directory server that takes
 * its time.
 */
#include "addon.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 1024, TEXTS_BYTES = 64 * 1024, TEXTS_MAX_BYTES = 64 * 1024 * 1024, GROUPS = 256 };

struct question {
  napi_async_work work;
  napi_deferred answer;
  char name[NAME_MAX_BYTES];
  uid_t uid;
  gid_t gid;
  int error;
  bool exists, member;
};

/* Not being there is no error, whichever of these a name service says (getgrnam(3)). */
static bool means_absent(int error) {
  return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

/* The number of a group; the list of its members may be of any length. */
static bool find_group(struct question *self, gid_t *gid) {
  struct group entry, *found = NULL;
  self->error = ERANGE;
  for (size_t size = TEXTS_BYTES; self->error == ERANGE && size <= TEXTS_MAX_BYTES; size *= 4) {
    char *texts = malloc(size);
    self->error = texts == NULL ? ENOMEM : getgrnam_r(self->name, &entry, texts, size, &found);
    free(texts);
  }
  if (found == NULL) return false;
  *gid = entry.gr_gid;
  return true;
}

/* As initgroups(3) would make a login of this user. */
static bool has_group(struct question *self, gid_t wanted) {
  struct passwd entry, *found = NULL;
  char *texts = malloc(TEXTS_BYTES);
  int count = GROUPS;
  gid_t *groups = NULL;
  bool has = false;
  self->error = texts == NULL ? ENOMEM : getpwuid_r(self->uid, &entry, texts, TEXTS_BYTES, &found);
  while (found != NULL && (groups = malloc((size_t)count * sizeof *groups)) != NULL) {
    int room = count;
    if (getgrouplist(entry.pw_name, entry.pw_gid, groups, &count) >= 0) {
      for (int i = 0; i < count && !has; i++) has = groups[i] == wanted;
      break;
    }
    free(groups);
    groups = NULL;
    if (count <= room) count = room * 2;
  }
  free(groups);
  free(texts);
  return has;
}

static void look_up(napi_env env, void *data) {
  (void)env;
  struct question *self = data;
  gid_t group;
  self->exists = find_group(self, &group);
  if (self->exists) self->member = self->gid == group || has_group(self, group);
}

static void answer(napi_env env, napi_status status, void *data) {
  struct question *self = data;
  napi_value result = NULL, message = NULL;
  bool failed = status != napi_ok || (!self->member && !means_absent(self->error));
  if (failed) {
    napi_create_string_utf8(env, strerror(self->error), NAPI_AUTO_LENGTH, &message);
    napi_create_error(env, NULL, message, &result);
    napi_reject_deferred(env, self->answer, result);
  } else {
    if (self->exists) napi_get_boolean(env, self->member, &result);
    else napi_get_undefined(env, &result);
    napi_resolve_deferred(env, self->answer, result);
  }
  napi_delete_async_work(env, self->work);
  free(self);
}

/* isMember(group, uid, gid): a promise of true or false, or of undefined if there is no such group */
napi_value is_member(napi_env env, napi_callback_info info) {
  napi_value values[3], label, promise = NULL;
  int uid, gid;
  struct question *self = calloc(1, sizeof *self);
  if (self == NULL) return throw_errno(env, ENOMEM, "isMember", NULL);
  bool asked = take_arguments(env, info, 3, values, NULL) && take_string(env, values[0], self->name, sizeof self->name) &&
               take_int(env, values[1], &uid) && take_int(env, values[2], &gid) &&
               napi_create_string_utf8(env, "isMember", NAPI_AUTO_LENGTH, &label) == napi_ok;
  if (asked) {
    self->uid = (uid_t)uid;
    self->gid = (gid_t)gid;
    asked = napi_create_promise(env, &self->answer, &promise) == napi_ok &&
            napi_create_async_work(env, NULL, label, look_up, answer, self, &self->work) == napi_ok &&
            napi_queue_async_work(env, self->work) == napi_ok;
  }
  if (!asked) free(self); /* an exception is pending */
  return asked ? promise : NULL;
}
