/* flock(2): whether another process, or another open of this one, holds the lock. It goes with the descriptor. */
#include "addon.h"

#include <errno.h>
#include <sys/file.h>

/* tryLock(fd): whether it was got */
napi_value try_lock(napi_env env, napi_callback_info info) {
  napi_value value, got = NULL;
  int fd, result;
  if (!take_arguments(env, info, 1, &value, NULL) || !take_int(env, value, &fd)) return NULL;
  do result = flock(fd, LOCK_EX | LOCK_NB);
  while (result != 0 && errno == EINTR);
  if (result != 0 && errno != EWOULDBLOCK) return throw_errno(env, errno, "flock", NULL);
  napi_get_boolean(env, result == 0, &got);
  return got;
}
