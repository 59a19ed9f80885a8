/* Frames on the socket; server.h says what it promises. */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  LENGTH_BYTES = sizeof(uint32_t),
  READ_BYTES = 64 * 1024,
  /* Sets of descriptors that have come with frames that are not complete: a read can bring the end of one frame and the start of another. */
  SETS_MAX = 2,
  /* More than a message may carry of ours, so that surplus descriptors are seen and closed rather than cut off. */
  CONTROL_DESCRIPTORS = 16,
  OUT_BYTES = 4096 / sizeof(struct report_frame) * sizeof(struct report_frame),
};

struct descriptor_set {
  int count; /* STDIO_COUNT in what we can use */
  int descriptors[CONTROL_DESCRIPTORS];
};

static uint8_t *in;
static size_t in_length, in_capacity;
static struct descriptor_set sets[SETS_MAX];
static int set_count;
static uint8_t out[OUT_BYTES];
static size_t out_length, out_at;
static bool lost;

static void close_set(const struct descriptor_set *set) {
  for (int i = 0; i < set->count; i++) close(set->descriptors[i]);
}

static struct descriptor_set take_set(void) {
  struct descriptor_set set = { .count = 0 };
  if (set_count == 0) return set;
  set = sets[0];
  set_count--;
  memmove(&sets[0], &sets[1], (size_t)set_count * sizeof sets[0]);
  return set;
}

static void add_set(const struct msghdr *message) {
  struct descriptor_set set = { .count = 0 };
  for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR((struct msghdr *)message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (int i = 0; i < count && set.count < CONTROL_DESCRIPTORS; i++) {
      memcpy(&set.descriptors[set.count++], CMSG_DATA(header) + (size_t)i * sizeof(int), sizeof(int));
    }
  }
  if (set.count == 0) return;
  if (set_count == SETS_MAX) close_set(&set);
  else sets[set_count++] = set;
}

/* Room for at least READ_BYTES more; gives a large frame's memory back when it is no longer needed. */
static bool make_room(void) {
  size_t wanted = in_length + READ_BYTES;
  if (in_capacity >= wanted && (in_length > 0 || in_capacity <= 2 * READ_BYTES)) return true;
  size_t capacity = in_length == 0 ? 2 * READ_BYTES : 2 * wanted;
  uint8_t *larger = realloc(in, capacity);
  if (larger == NULL) return in_capacity >= wanted;
  in = larger;
  in_capacity = capacity;
  return true;
}

/* The fields of a frame, taken one after another. */
struct reader {
  uint8_t *at, *end;
  bool bad;
};

static uint32_t take_number(struct reader *reader) {
  uint32_t number = 0;
  if ((size_t)(reader->end - reader->at) < sizeof number) {
    reader->bad = true;
    return 0;
  }
  memcpy(&number, reader->at, sizeof number);
  reader->at += sizeof number;
  return number;
}

static char *take_text(struct reader *reader) {
  uint8_t *nul = reader->at == reader->end ? NULL : memchr(reader->at, '\0', (size_t)(reader->end - reader->at));
  if (nul == NULL) {
    reader->bad = true;
    return NULL;
  }
  char *text = (char *)reader->at;
  reader->at = nul + 1;
  return text;
}

/* Texts with NULL at their end, `first` (unless NULL) before them; the caller frees the array. NULL: bad, or no memory. */
static char **take_texts(struct reader *reader, char *first) {
  uint32_t count = take_number(reader);
  if (reader->bad || count > (size_t)(reader->end - reader->at)) { /* a text has a byte at least */
    reader->bad = true;
    return NULL;
  }
  char **texts = calloc((size_t)count + 2, sizeof *texts);
  if (texts == NULL) return NULL;
  size_t at = 0;
  if (first != NULL) texts[at++] = first;
  for (uint32_t i = 0; i < count && !reader->bad; i++) texts[at++] = take_text(reader);
  return texts;
}

/* The request in a copy of its frame, since the child reads it later; NULL: no memory. */
static struct start_request *copy_request(const uint8_t *frame, size_t length) {
  struct start_request *request = calloc(1, sizeof *request);
  if (request == NULL) return NULL;
  request->frame = malloc(length);
  if (request->frame != NULL) return memcpy(request->frame, frame, length), request;
  free(request);
  return NULL;
}

static void handle_start(const uint8_t *frame, size_t length, const struct request_handlers *handlers) {
  struct descriptor_set set = take_set();
  struct start_request *request = copy_request(frame, length);
  if (request == NULL) {
    uint32_t id;
    if (length > sizeof id) handlers->refuse((memcpy(&id, frame + 1, sizeof id), id), ENOMEM);
    return close_set(&set);
  }
  struct reader reader = { .at = request->frame + 1, .end = request->frame + length };
  request->id = take_number(&reader);
  bool named = !reader.bad;
  request->path = take_text(&reader);
  request->dir = take_text(&reader);
  request->user = take_text(&reader);
  request->group = take_text(&reader);
  if (!reader.bad) request->argv = take_texts(&reader, request->path);
  if (!reader.bad) request->env = take_texts(&reader, NULL);
  bool whole = !reader.bad && reader.at == reader.end && request->path[0] != '\0' && set.count == STDIO_COUNT;
  memcpy(request->stdio, set.descriptors, sizeof request->stdio);
  if (whole && request->argv != NULL && request->env != NULL) {
    handlers->start(request);
  } else {
    if (named) handlers->refuse(request->id, whole ? ENOMEM : EINVAL);
    start_request_free(request);
  }
  close_set(&set);
}

static void handle_frame(const uint8_t *frame, size_t length, const struct request_handlers *handlers) {
  uint8_t type = length > 0 ? frame[0] : 0;
  if (type == REQUEST_START) {
    handle_start(frame, length, handlers);
  } else if (type == REQUEST_SIGNAL && length == 1 + 2 * sizeof(uint32_t)) {
    uint32_t fields[2];
    memcpy(fields, frame + 1, sizeof fields);
    handlers->signal(fields[0], fields[1]);
  } else if (type == REQUEST_STOP && length == 1) {
    handlers->stop();
  } else {
    fprintf(stderr, "circuit launcher: passed over a request of type %u with %zu bytes\n", type, length);
  }
}

/* Handles the complete frames; false if no further frame can be found. */
static bool handle_frames(const struct request_handlers *handlers) {
  size_t at = 0;
  while (in_length - at >= LENGTH_BYTES) {
    uint32_t length;
    memcpy(&length, in + at, LENGTH_BYTES);
    if (length > FRAME_MAX_BYTES) {
      fprintf(stderr, "circuit launcher: a request of %u bytes is longer than %d: nothing after it can be read\n", length, FRAME_MAX_BYTES);
      return false;
    }
    if (in_length - at - LENGTH_BYTES < length) break;
    handle_frame(in + at + LENGTH_BYTES, length, handlers);
    at += LENGTH_BYTES + length;
  }
  in_length -= at;
  memmove(in, in + at, in_length);
  while (in_length == 0 && set_count > 0) { /* came with frames that wanted none */
    struct descriptor_set stray = take_set();
    close_set(&stray);
  }
  return true;
}

bool server_receive(const struct request_handlers *handlers) {
  if (!make_room()) return false;
  char control[CMSG_SPACE(CONTROL_DESCRIPTORS * sizeof(int))];
  struct iovec part = { .iov_base = in + in_length, .iov_len = in_capacity - in_length };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
  ssize_t bytes = recvmsg(SERVER_FD, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (bytes < 0) return errno == EAGAIN || errno == EINTR;
  add_set(&message);
  if (bytes == 0) return false;
  in_length += (size_t)bytes;
  return handle_frames(handlers);
}

static void fill_out(void) {
  struct report_frame frame;
  out_at = out_length = 0;
  while (out_length < OUT_BYTES && process_next_report(&frame)) {
    memcpy(out + out_length, &frame, sizeof frame);
    out_length += sizeof frame;
  }
}

void server_send_reports(void) {
  for (;;) {
    if (out_at == out_length) fill_out();
    if (out_at == out_length) return;
    ssize_t sent = lost ? (ssize_t)(out_length - out_at) : send(SERVER_FD, out + out_at, out_length - out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return; /* EAGAIN: later; anything else shows as end-of-file */
    out_at += (size_t)sent;
  }
}

bool server_has_reports(void) {
  return out_at < out_length || processes_with_reports() > 0;
}

void server_lost(void) {
  lost = true;
}
