/*
 * The socket to the server: frames come in with descriptors, reports go out. Neither direction ever waits.
 *
 * Nothing that comes in is trusted: a START that cannot be understood is answered with FAILED if it has an ID, other frames are passed over
 * with a line on stderr, and a length beyond all bounds, after which no frame can be found again, counts as the server's end.
 */
#ifndef CIRCUIT_LAUNCHER_SERVER_H
#define CIRCUIT_LAUNCHER_SERVER_H

#include "start.h"

/* What the launcher does with requests. */
struct request_handlers {
  /* Takes the request over; the descriptors are closed when it returns. */
  void (*start)(struct start_request *request);
  /* A START that must fail. */
  void (*refuse)(uint32_t id, int error);
  void (*signal)(uint32_t id, uint32_t number);
  void (*stop)(void);
};

/* Reads what has come, up to a bound, and has it handled. False: end-of-file, the server is gone. */
bool server_receive(const struct request_handlers *handlers);
/* Writes reports as far as the socket takes them. */
void server_send_reports(void);
/* Whether a report is on its way or waits. */
bool server_has_reports(void);
/* The server is gone: reports go nowhere from here on. */
void server_lost(void);

#endif
