/*
 * Linked into the programs of a package, so that what is built with a new glibc runs with one as old as Node itself asks for: the
 * linker would bind these functions to versions that came with glibc 2.34 and 2.33.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
__asm__(".symver old_start_main, __libc_start_main@GLIBC_2.2.5");
#elif defined(__aarch64__)
__asm__(".symver old_start_main, __libc_start_main@GLIBC_2.17");
#else
#error "name the oldest version of __libc_start_main of this machine"
#endif

typedef int main_function(int, char **, char **);

int old_start_main(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
int __wrap___libc_start_main(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

/* With --wrap=__libc_start_main. There are no constructors that an old glibc would have to be handed. */
int __wrap___libc_start_main(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*loader_fini)(void), void *stack_end) {
  return old_start_main(main, argc, argv, init, fini, loader_fini, stack_end);
}

/* The kernel's struct stat is glibc's on these machines. */
int fstat(int fd, struct stat *stat) {
  return (int)syscall(SYS_fstat, fd, stat);
}

int stat(const char *path, struct stat *stat) {
  return (int)syscall(SYS_newfstatat, AT_FDCWD, path, stat, 0);
}

int lstat(const char *path, struct stat *stat) {
  return (int)syscall(SYS_newfstatat, AT_FDCWD, path, stat, AT_SYMLINK_NOFOLLOW);
}
