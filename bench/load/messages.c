/*
 * Messages through two files: a channel's `send` and `recv`, or one named pipe given as both.
 *
 *   messages ping SEND RECV BYTES SECONDS      one program: open, write, close on SEND; open, read, close on RECV; and again
 *   messages send SEND BYTES                   packet mode: one open, each write a message, until it is killed or nobody reads
 *   messages receive RECV BYTES SECONDS        packet mode: one open, each read a message
 *   messages take TAKE BYTES SECONDS           the same, and each message is said to be done
 *
 * `ping` prints the microseconds a message takes both ways, `receive` and `take` the messages a second, counted from the first one after a
 * tenth of the time. Packet mode is O_DIRECT; on a named pipe it is set by fcntl, since open(2) refuses it there.
 */
#include "load.h"

static char buffer[65536];

static void ping(const char *send, const char *receive, size_t bytes, double seconds)
{
	struct stat st;
	int holder = -1;
	uint64_t messages = 0, warm_ns, begin_ns = 0, end_ns, now;

	/* A named pipe without a reader would hold up the open for writing. */
	if (stat(send, &st) == 0 && S_ISFIFO(st.st_mode) && (holder = open(send, O_RDWR | O_CLOEXEC)) < 0)
		fail("open", send);
	memset(buffer, 'x', bytes);
	warm_ns = now_ns() + (uint64_t)(seconds * 1e8);
	end_ns = warm_ns + (uint64_t)(seconds * 1e9);
	while ((now = now_ns()) < end_ns) {
		if (begin_ns == 0 && now >= warm_ns) {
			begin_ns = now;
			messages = 0;
		}
		int fd = open(send, O_WRONLY | O_TRUNC | O_CLOEXEC);

		if (fd < 0)
			fail("open", send);
		if (write(fd, buffer, bytes) != (ssize_t)bytes)
			fail("write", send);
		if (close(fd) < 0)
			fail("close", send);
		fd = open(receive, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			fail("open", receive);
		if (read(fd, buffer, sizeof buffer) != (ssize_t)bytes)
			fail("read", receive);
		if (close(fd) < 0)
			fail("close", receive);
		messages++;
	}
	if (holder >= 0)
		close(holder);
	if (messages == 0)
		fail("no message came back in time from", receive);
	printf("{\"messages\":%llu,\"us\":%.3f}\n", (unsigned long long)messages, (double)(now - begin_ns) / 1e3 / (double)messages);
}

/* Opens in packet mode, be it a file that takes O_DIRECT or a named pipe. */
static int open_packets(const char *path, int flags)
{
	struct stat st;
	int fd;

	if (stat(path, &st) < 0)
		fail("stat", path);
	fd = open(path, flags | O_CLOEXEC | (S_ISFIFO(st.st_mode) ? 0 : O_DIRECT));
	if (fd < 0)
		fail("open", path);
	if (S_ISFIFO(st.st_mode) && fcntl(fd, F_SETFL, O_DIRECT) < 0)
		fail("fcntl", path);
	return fd;
}

static void send_packets(const char *path, size_t bytes)
{
	int fd = open_packets(path, O_WRONLY);

	signal(SIGPIPE, SIG_IGN);
	memset(buffer, 'x', bytes);
	while (write(fd, buffer, bytes) == (ssize_t)bytes)
		;
	if (errno != EPIPE && errno != EIDRM && errno != EINTR && errno != ENOTCONN)
		fail("write", path);
}

/* Each is received by reading it, or, where it is only taken, by the word that it is done. */
static void receive_packets(const char *path, size_t bytes, double seconds, bool takes)
{
	int fd = open_packets(path, takes ? O_RDWR : O_RDONLY);
	uint64_t messages = 0, warm_ns = 0, begin_ns = 0, now = 0;

	do {
		ssize_t got = read(fd, buffer, sizeof buffer);

		if (got < 0)
			fail("read", path);
		if ((size_t)got != bytes) {
			fprintf(stderr, "read %s: %zd bytes in one message, not %zu\n", path, got, bytes);
			exit(1);
		}
		if (takes && write(fd, "done", 4) != 4)
			fail("done", path);
		messages++;
		now = now_ns();
		if (warm_ns == 0)
			warm_ns = now + (uint64_t)(seconds * 1e8);
		if (begin_ns == 0 && now >= warm_ns) {
			begin_ns = now;
			messages = 0;
		}
	} while (begin_ns == 0 || now < begin_ns + (uint64_t)(seconds * 1e9));
	printf("{\"messages\":%llu,\"per_second\":%.0f}\n", (unsigned long long)messages, (double)messages * 1e9 / (double)(now - begin_ns));
}

static size_t message_bytes(const char *argument)
{
	double bytes = number(argument);

	if (bytes > sizeof buffer) {
		fprintf(stderr, "a message has at most %zu bytes\n", sizeof buffer);
		exit(1);
	}
	return (size_t)bytes;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (strcmp(mode, "ping") == 0 && argc == 6) {
		ping(argv[2], argv[3], message_bytes(argv[4]), number(argv[5]));
	} else if (strcmp(mode, "send") == 0 && argc == 4) {
		send_packets(argv[2], message_bytes(argv[3]));
	} else if ((strcmp(mode, "receive") == 0 || strcmp(mode, "take") == 0) && argc == 5) {
		receive_packets(argv[2], message_bytes(argv[3]), number(argv[4]), strcmp(mode, "take") == 0);
	} else {
		fprintf(stderr, "usage: messages ping SEND RECV BYTES SECONDS | send SEND BYTES | receive|take FILE BYTES SECONDS\n");
		return 2;
	}
	return 0;
}
