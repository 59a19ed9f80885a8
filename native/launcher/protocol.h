/*
 * What the server and its launcher say to each other, over a UNIX stream socket (the launcher's descriptor 3).
 *
 * A frame is a length (of what follows it), a type, and the type's fields. Numbers are unsigned, little-endian, 4 bytes unless said otherwise;
 * a text is bytes, UTF-8 as a rule, with a NUL at their end. src/element/process/launcher-protocol.ts is the other half; a test holds the two together.
 *
 * Server to launcher:
 *   START  id, path, dir, user, group (texts; user and group may be empty), count and texts of the arguments after argv[0],
 *          count and texts of the environment. The program's stdin, stdout and stderr travel with the frame's first byte (SCM_RIGHTS).
 *   SIGNAL id, number: to the process group; nothing happens if the process has ended.
 *   STOP   end all descendants, then exit: the server sees end-of-file.
 *
 * Launcher to server, about each START exactly one STARTED or FAILED; after STARTED any of STOPPED and CONTINUED, and exactly one EXITED or KILLED.
 * States are levels: of several STOPPED and CONTINUED that the server was too slow to take only the last is reported.
 *   STARTED   id, process ID (also the ID of its group and session)
 *   FAILED    id, errno, stage
 *   STOPPED   id, signal
 *   CONTINUED id, 0
 *   EXITED    id, exit code
 *   KILLED    id, signal, 1 if it left a core file
 * All reports are of one size: type (1 byte), then id, value, detail.
 */
#ifndef CIRCUIT_LAUNCHER_PROTOCOL_H
#define CIRCUIT_LAUNCHER_PROTOCOL_H

#include <stdint.h>

enum { SERVER_FD = 3, STDIO_COUNT = 3 };

/* Longest frame, without its length: twice what a kernel takes as arguments and environment (ARG_MAX) would not be started anyway. */
enum { FRAME_MAX_BYTES = 4 * 1024 * 1024 };
/* Most processes at once; a START beyond fails with EAGAIN. */
enum { PROCESSES_MAX = 65536 };

enum request_type { REQUEST_START = 1, REQUEST_SIGNAL = 2, REQUEST_STOP = 3 };

enum report_type { REPORT_STARTED = 1, REPORT_FAILED = 2, REPORT_STOPPED = 3, REPORT_CONTINUED = 4, REPORT_EXITED = 5, REPORT_KILLED = 6 };

/* Where a start failed. */
enum stage {
  STAGE_REQUEST = 1, /* the request itself, or its descriptors */
  STAGE_FORK = 2,    /* no more processes, descriptors or memory */
  STAGE_STDIO = 3,
  STAGE_GROUP = 4,
  STAGE_USER = 5,
  STAGE_DIR = 6,
  STAGE_EXEC = 7,
  STAGE_INTERPRETER = 8, /* the program is there, what its #! line names is not */
};

struct report_frame {
  uint32_t length;
  uint8_t type;
  uint32_t id, value, detail;
} __attribute__((packed));

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "frames are written as they lie in memory");

#endif
