/*
 * The addon's entry: what JavaScript gets when it loads circuit.node. Nothing here is global, so it may be loaded by several environments (workers).
 */
#include "addon.h"

static const struct {
  const char *name;
  napi_callback function;
} OFFERED[] = {
  { "mountDirect", mount_direct },
  { "mountWithHelper", mount_with_helper },
  { "unmount", unmount },
  { "openDevice", open_device },
  { "pipe", make_pipe },
  { "socketpair", make_socketpair },
  { "read", read_descriptor },
  { "write", write_descriptor },
  { "sendDescriptors", send_descriptors },
  { "watch", watch },
  { "tryLock", try_lock },
  { "sendDatagram", send_datagram },
  { "bindDatagrams", bind_datagrams },
  { "receiveBatch", receive_batch },
  { "sendBatch", send_batch },
  { "findUser", find_user },
  { "isMember", is_member },
  { "watchMounts", watch_mounts },
  { "becomeSubreaper", become_subreaper },
  { "reap", reap_child },
  { "peerCredentials", peer_credentials },
};

NAPI_MODULE_INIT() {
  for (size_t i = 0; i < sizeof OFFERED / sizeof OFFERED[0]; i++) {
    napi_value function = NULL;
    napi_create_function(env, OFFERED[i].name, NAPI_AUTO_LENGTH, OFFERED[i].function, NULL, &function);
    if (!set_named(env, exports, OFFERED[i].name, function)) return NULL;
  }
  return exports;
}
