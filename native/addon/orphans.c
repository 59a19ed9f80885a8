/* What a server needs to be the parent of processes that it has not started: those that a launcher left which was killed. */
#include "addon.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* becomeSubreaper(): orphans among our descendants become our children (PR_SET_CHILD_SUBREAPER) */
napi_value become_subreaper(napi_env env, napi_callback_info info) {
  (void)info;
  return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 ? NULL : throw_errno(env, errno, "prctl", NULL);
}

/* reap(pid): whether that child has ended, and is gone now */
napi_value reap_child(napi_env env, napi_callback_info info) {
  napi_value value, gone = NULL;
  int pid;
  if (!take_arguments(env, info, 1, &value, NULL) || !take_int(env, value, &pid)) return NULL;
  if (pid <= 0) return throw_type_error(env, "a process ID was expected");
  napi_get_boolean(env, waitpid(pid, NULL, WNOHANG) == pid, &gone);
  return gone;
}
