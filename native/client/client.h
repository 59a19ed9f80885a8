/*
 * The front of the command line: a program that a shell starts in a millisecond. It asks a running server of its user to run the command, hands it
 * bytes of standard input as they are asked for, writes what it is given, and ends with the status that it is told.
 *
 * The descriptors stay here, where they belong: this process waits for a slow reader, is stopped by the terminal it may not read from, and gets the
 * signal; the server's loop never touches a descriptor that could block it, least of all one on its own mount.
 */
#ifndef CIRCUIT_CLIENT_H
#define CIRCUIT_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* As in src/base/limits.ts. */
enum { CHUNK_MAX = 256 * 1024, HELLO_MAX = 1024 * 1024 };
/* How long a server may take to greet, and to say that it has heard of a signal. A frozen one does neither. */
enum { WELCOME_MS = 3000, HEARD_MS = 1000 };
/* Frames, as in src/console/frames.ts: u32 length of the payload, u8 type, u8 descriptor, u16 zero, all little-endian. */
enum { HEADER_SIZE = 8, FRAME_HELLO = 1, FRAME_DATA, FRAME_UNREAD, FRAME_WROTE, FRAME_SIGNAL, FRAME_RESIZE, FRAME_CONTINUED };
enum { FRAME_WELCOME = 16, FRAME_WRITE, FRAME_READ, FRAME_RAW, FRAME_EXIT, FRAME_ELSEWHERE, FRAME_HEARD, FRAME_SUSPEND };

void put_header(uint8_t *at, size_t length, int type, int fd);
uint32_t get_u32(const uint8_t *at);
void put_u32(uint8_t *at, uint32_t value);

/* Sockets of servers, the newest first: as many as are tried. */
struct found {
  struct {
    char path[108];
    long long made; /* in nanoseconds */
  } all[16];
  size_t count;
};

/* The path of a file by its way from the directory of `script`; false: that is too long. */
bool beside(const char *script, const char *name, char *path, size_t size);
/* Those of our user; only that of this server unless `id` is NULL. */
void find_sockets(const char *id, struct found *found);
/* Connects and waits for the greeting. -1: this one will not do. `script` is bin/circuit: beside it lies what the build has written. */
int connect_to(const char *path, const char *script);

/* The ID of the server that -d or $CIRCUIT names; NULL: none does. */
const char *named_server(int argc, char **argv);
/* Tells the server all that it has to know of the caller; false: that is too much, or the server is gone. */
bool send_hello(int socket, int argc, char **argv, bool by_url);

/* Columns and rows of the first of our terminals; zeros for none. */
void window_size(uint32_t *columns, uint32_t *rows);
/* Until the command has ended, and the terminal is as it was. Returns its exit status; -1: the server is not meant, and nothing was done. */
int pump(int socket, int lost_status);

#endif
