/* Who is at the other end of a UNIX socket, as the kernel says. */
#include "addon.h"

#include <errno.h>
#include <sys/socket.h>

/* peerCredentials(socket): {uid, gid, pid}, as they were when it connected (SO_PEERCRED of unix(7)) */
napi_value peer_credentials(napi_env env, napi_callback_info info) {
  napi_value value, object;
  int socket;
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (!take_arguments(env, info, 1, &value, NULL) || !take_int(env, value, &socket)) return NULL;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return throw_errno(env, errno, "getsockopt", NULL);
  if (napi_create_object(env, &object) != napi_ok) return NULL;
  napi_value uid, gid;
  napi_create_uint32(env, peer.uid, &uid);
  napi_create_uint32(env, peer.gid, &gid);
  set_named(env, object, "uid", uid);
  set_named(env, object, "gid", gid);
  set_named(env, object, "pid", from_int(env, peer.pid));
  return object;
}
