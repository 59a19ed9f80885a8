/*
 * A topic, by one program that publishes and others that subscribe, each a process of its own.
 *
 *   topics PUB SUB SUBSCRIBERS MESSAGES BYTES
 *
 * Packet mode: each write is a message, each read is one. When all have subscribed the messages are published as fast as they go, which is timed
 * until all subscribers have read all of them; the topic is to hold as many. Prints the messages that were delivered a second, to all together.
 */
#include "load.h"

static char buffer[65536];

static int open_packets(const char *path, int flags)
{
	int fd = open(path, flags | O_DIRECT | O_CLOEXEC);

	if (fd < 0)
		fail("open", path);
	return fd;
}

/* Says through a pipe that it has subscribed, and that it has everything; ends with its parent. */
static void subscribe(const char *path, unsigned long messages, size_t bytes, int said)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int fd = open_packets(path, O_RDONLY);

	if (write(said, "s", 1) != 1)
		fail("write", "pipe");
	for (unsigned long got = 0; got < messages; got++) {
		ssize_t size = read(fd, buffer, sizeof buffer);

		if (size < 0)
			fail("read", path);
		if ((size_t)size != bytes) {
			fprintf(stderr, "read %s: %zd bytes in one message, not %zu\n", path, size, bytes);
			exit(1);
		}
	}
	if (write(said, "e", 1) != 1)
		fail("write", "pipe");
	exit(0);
}

/* One that has failed has said why. */
static void child_ended(int signal)
{
	int status;

	(void)signal;
	while (waitpid(-1, &status, WNOHANG) > 0)
		if (status != 0)
			_exit(1);
}

/* One byte of each subscriber. */
static void await_all(int said, unsigned long subscribers)
{
	for (unsigned long count = 0; count < subscribers; count++)
		if (read(said, buffer, 1) != 1)
			fail("read", "pipe");
}

int main(int argc, char **argv)
{
	int said[2];

	if (argc != 6) {
		fprintf(stderr, "usage: topics PUB SUB SUBSCRIBERS MESSAGES BYTES\n");
		return 2;
	}
	unsigned long subscribers = (unsigned long)number(argv[3]), messages = (unsigned long)number(argv[4]);
	size_t bytes = (size_t)number(argv[5]);

	if (bytes > sizeof buffer || pipe2(said, O_CLOEXEC) < 0)
		fail("pipe", "");
	signal(SIGCHLD, child_ended);
	for (unsigned long count = 0; count < subscribers; count++) {
		pid_t pid = fork();

		if (pid < 0)
			fail("fork", "");
		if (pid == 0)
			subscribe(argv[2], messages, bytes, said[1]);
	}
	close(said[1]);
	await_all(said[0], subscribers);

	int pub = open_packets(argv[1], O_WRONLY);
	uint64_t begin_ns = now_ns();

	memset(buffer, 'x', bytes);
	for (unsigned long count = 0; count < messages; count++)
		if (write(pub, buffer, bytes) != (ssize_t)bytes)
			fail("write", argv[1]);
	await_all(said[0], subscribers);
	double seconds = (double)(now_ns() - begin_ns) / 1e9;

	printf("{\"messages\":%lu,\"per_second\":%.0f}\n", messages, (double)(messages * subscribers) / seconds);
	return 0;
}
