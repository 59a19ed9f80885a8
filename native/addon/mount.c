/*
 * Mounting and unmounting: as root with mount(2), otherwise through fusermount3, which hands the device over a socket.
 * None of these touches the mounted tree, which would wait for ourselves.
 */
#include "addon.h"
#include "fusermount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OPTIONS_MAX = 1024, SAID_MAX = 1024 };
static const char DEVICE[] = "/dev/fuse";

/*
 * A descriptor of a directory whose path has no symlink: one that is there now was planted, and leads somewhere else. Nothing is asked of what is mounted
 * there. Before Linux 5.6 only the last name is checked.
 */
static int open_place(const char *directory) {
  struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
  int fd = (int)syscall(SYS_openat2, AT_FDCWD, directory, &how, sizeof how);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return fd;
  return open(directory, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* mount(2) at the place itself, wherever its path may lead meanwhile. Returns 0 or the error. */
static int mount_at(int place, const char *options) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", place);
  return mount("circuit", path, "fuse.circuit", MS_NOSUID | MS_NODEV, options) == 0 ? 0 : errno;
}

/* mountDirect(directory, options): the device's descriptor */
napi_value mount_direct(napi_env env, napi_callback_info info) {
  napi_value values[2];
  char directory[PATH_MAX], given[OPTIONS_MAX], options[OPTIONS_MAX + 32];
  if (!take_arguments(env, info, 2, values, NULL)) return NULL;
  if (!take_string(env, values[0], directory, sizeof directory) || !take_string(env, values[1], given, sizeof given)) return NULL;
  int fd = open(DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return throw_errno(env, errno, "open", DEVICE);
  snprintf(options, sizeof options, "fd=%d%s%s", fd, given[0] == '\0' ? "" : ",", given);
  int place = open_place(directory);
  int error = place < 0 ? errno : mount_at(place, options);
  if (place >= 0) close(place);
  if (error == 0) return from_int(env, fd);
  close(fd);
  return throw_errno(env, error, "mount", directory);
}

/* The descriptor that came over `socket`, or -1 if none is there. */
static int receive_descriptor(int socket) {
  char byte, control[CMSG_SPACE(sizeof(int))];
  struct iovec part = { .iov_base = &byte, .iov_len = 1 };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
  ssize_t bytes;
  do bytes = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  while (bytes < 0 && errno == EINTR);
  if (bytes <= 0) return -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_type != SCM_RIGHTS || header->cmsg_len < CMSG_LEN(sizeof(int))) return -1;
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

static napi_value throw_helper(napi_env env, int result, const char *said) {
  if (result < 0) return throw_errno(env, -result, "execvp", "fusermount3");
  napi_throw_error(env, "EPERM", said[0] == '\0' ? "fusermount3 failed without a word" : said);
  return NULL;
}

/* mountWithHelper(directory, options): the device's descriptor */
napi_value mount_with_helper(napi_env env, napi_callback_info info) {
  napi_value values[2];
  char directory[PATH_MAX], given[OPTIONS_MAX], options[OPTIONS_MAX + 64], said[SAID_MAX];
  if (!take_arguments(env, info, 2, values, NULL)) return NULL;
  if (!take_string(env, values[0], directory, sizeof directory) || !take_string(env, values[1], given, sizeof given)) return NULL;
  snprintf(options, sizeof options, "fsname=circuit,subtype=circuit%s%s", given[0] == '\0' ? "" : ",", given);
  int comm[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, comm) != 0) return throw_errno(env, errno, "socketpair", NULL);
  char *arguments[] = { "fusermount3", "-o", options, "--", directory, NULL };
  int result = run_fusermount(arguments, comm[1], said, sizeof said);
  close(comm[1]);
  int fd = receive_descriptor(comm[0]);
  close(comm[0]);
  if (result == 0 && fd >= 0) return from_int(env, fd);
  if (fd >= 0) close(fd);
  return throw_helper(env, result, said);
}

/* unmount(directory, force) */
napi_value unmount(napi_env env, napi_callback_info info) {
  napi_value values[2];
  char directory[PATH_MAX], said[SAID_MAX];
  bool force;
  if (!take_arguments(env, info, 2, values, NULL)) return NULL;
  if (!take_string(env, values[0], directory, sizeof directory) || !take_bool(env, values[1], &force)) return NULL;
  /* The path has no symlink: one that is there now was planted, and leads to somebody else's mount. */
  if (umount2(directory, MNT_DETACH | UMOUNT_NOFOLLOW | (force ? MNT_FORCE : 0)) == 0) return NULL;
  if (errno != EPERM) return throw_errno(env, errno, "umount2", directory);
  char *arguments[] = { "fusermount3", "-u", "-z", "--", directory, NULL };
  int result = run_fusermount(arguments, -1, said, sizeof said);
  return result == 0 ? NULL : throw_helper(env, result, said);
}
