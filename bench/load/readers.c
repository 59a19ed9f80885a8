/*
 * Readers that block, each with an open of its own, as a thread with a small stack: so that ten thousand cost this machine little beside the server.
 *
 *   readers FILE       a number on standard input starts so many more; it ends with its standard input
 */
#include "load.h"

#include <pthread.h>

enum { STACK_BYTES = 32 * 1024 };

static void *read_one(void *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("open", path);
	if (read(fd, &byte, 1) < 0 && errno != EINTR)
		fail("read", path);
	return NULL;
}

int main(int argc, char **argv)
{
	char line[32];
	pthread_attr_t small;

	if (argc != 2) {
		fprintf(stderr, "usage: readers FILE\n");
		return 1;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_BYTES);
	pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
	while (fgets(line, sizeof line, stdin) != NULL) {
		for (long count = strtol(line, NULL, 10); count > 0; count--) {
			pthread_t thread;

			if ((errno = pthread_create(&thread, &small, read_one, argv[1])) != 0)
				fail("pthread_create", argv[1]);
		}
	}
	_exit(0);
}
