/*
 * One file operation over and over, by one client or many at once.
 *
 *   operations stat|read|write DIRECTORY NAME CLIENTS SECONDS [TEXT]
 *
 * Each client is a process that has changed to DIRECTORY and names the file from there, as a script does after `cd`: stat(2);
 * open, read, close; or open with O_TRUNC, write TEXT, close. A tenth of the time is warm-up. It takes longer where no client has had a turn by
 * then. Prints one line of JSON; `us` is the wall time divided by the operations of all clients together.
 */
#include "load.h"

enum phase { WARM, MEASURE, STOP };

struct client {
	_Atomic uint64_t begin_ns; /* 0 until it has had its turn */
	uint64_t operations, end_ns;
};

/* Shared between all clients, written by the parent (`phase`) and by each client (its own entry). */
struct shared {
	_Atomic enum phase phase;
	struct client clients[];
};

static const char *text = "\n";
static size_t text_bytes;

static void do_stat(const char *name)
{
	struct stat st;

	if (stat(name, &st) < 0)
		fail("stat", name);
}

static void do_read(const char *name)
{
	static char buffer[65536];
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("open", name);
	if (read(fd, buffer, sizeof buffer) < 0)
		fail("read", name);
	if (close(fd) < 0)
		fail("close", name);
}

static void do_write(const char *name)
{
	int fd = open(name, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		fail("open", name);
	if (write(fd, text, text_bytes) != (ssize_t)text_bytes)
		fail("write", name);
	if (close(fd) < 0)
		fail("close", name);
}

static void run_client(struct shared *shared, struct client *self, void (*operate)(const char *), const char *name)
{
	enum phase phase;
	uint64_t operations = 0;

	while ((phase = atomic_load_explicit(&shared->phase, memory_order_relaxed)) != STOP) {
		if (phase == MEASURE && self->begin_ns == 0) {
			operations = 0;
			self->begin_ns = now_ns();
		}
		operate(name);
		operations++;
	}
	self->end_ns = now_ns();
	self->operations = operations;
}

static bool has_begun(const struct shared *shared, int clients)
{
	for (int i = 0; i < clients; i++)
		if (shared->clients[i].begin_ns != 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	if (argc < 6) {
		fprintf(stderr, "usage: operations stat|read|write DIRECTORY NAME CLIENTS SECONDS [TEXT]\n");
		return 2;
	}
	const char *operation = argv[1], *name = argv[3];
	int clients = (int)number(argv[4]);
	double seconds = number(argv[5]);
	void (*operate)(const char *) = *operation == 's' ? do_stat : *operation == 'r' ? do_read : do_write;

	if (argc > 6)
		text = argv[6];
	text_bytes = strlen(text);
	if (chdir(argv[2]) < 0)
		fail("chdir", argv[2]);

	size_t size = sizeof(struct shared) + (size_t)clients * sizeof(struct client);
	struct shared *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		fail("mmap", "shared memory");
	for (int i = 0; i < clients; i++) {
		pid_t pid = fork();

		if (pid < 0)
			fail("fork", "a client");
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			run_client(shared, &shared->clients[i], operate, name);
			_exit(0);
		}
	}
	sleep_s(seconds / 10);
	shared->phase = MEASURE;
	sleep_s(seconds);
	while (!has_begun(shared, clients))
		sleep_s(0.01);
	shared->phase = STOP;

	uint64_t begin_ns = UINT64_MAX, end_ns = 0, operations = 0;
	int status;

	for (int i = 0; i < clients; i++)
		if (wait(&status) < 0 || status != 0)
			return 1;
	for (struct client *client = shared->clients; client < shared->clients + clients; client++) {
		if (client->begin_ns == 0)
			continue;
		begin_ns = client->begin_ns < begin_ns ? client->begin_ns : begin_ns;
		end_ns = client->end_ns > end_ns ? client->end_ns : end_ns;
		operations += client->operations;
	}
	printf("{\"operations\":%llu,\"seconds\":%.6f,\"us\":%.3f}\n", (unsigned long long)operations, (double)(end_ns - begin_ns) / 1e9,
	       (double)(end_ns - begin_ns) / 1e3 / (double)operations);
	return 0;
}
