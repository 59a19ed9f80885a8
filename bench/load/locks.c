/*
 * A lock, by flock(2) on one open file.
 *
 *   locks alone LOCK SECONDS      one program locks and unlocks, again and again
 *   locks contend LOCK SECONDS    two programs want it all the time, so that each unlock hands it over to the other
 *
 * Prints the microseconds of a lock with its unlock, or of a grant; a tenth of the time before is not counted.
 */
#include "load.h"
#include <sys/file.h>

static void lock_once(int fd, const char *path)
{
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			fail("lock", path);
	if (flock(fd, LOCK_UN) < 0)
		fail("unlock", path);
}

static int open_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fail("open", path);
	return fd;
}

/* The other one: it ends with its parent. */
static void want_it_too(const char *path)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int fd = open_lock(path);;)
		lock_once(fd, path);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: locks alone|contend LOCK SECONDS\n");
		return 1;
	}
	bool contends = strcmp(argv[1], "contend") == 0;
	double seconds = number(argv[3]);
	pid_t other = contends ? fork() : 0;
	uint64_t grants = 0, begin_ns = 0, warm_ns, now;

	if (contends && other == 0)
		want_it_too(argv[2]);
	int fd = open_lock(argv[2]);

	warm_ns = now_ns() + (uint64_t)(seconds * 1e8);
	do {
		lock_once(fd, argv[2]);
		grants++;
		now = now_ns();
		if (begin_ns == 0 && now >= warm_ns) {
			begin_ns = now;
			grants = 0;
		}
	} while (begin_ns == 0 || now < begin_ns + (uint64_t)(seconds * 1e9));
	if (contends) {
		kill(other, SIGKILL);
		waitpid(other, NULL, 0);
		grants *= 2; /* each of ours follows one of the other's: first come, first served */
	}
	if (grants == 0)
		fail("no grant in time of", argv[2]);
	printf("{\"grants\":%llu,\"us\":%.3f}\n", (unsigned long long)grants, (double)(now - begin_ns) / 1e3 / (double)grants);
	return 0;
}
