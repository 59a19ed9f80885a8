/*
 * Bytes between the descriptors and the server, and signals to it. Of a descriptor only as much is read or written as it says that it has room for, so
 * that a signal, or the end of the server, is never waited for behind it. Their flags stay as they are: they are shared with the shell.
 */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* A terminal that has room has at least this much, in practice; with less, a signal ends the wait. */
enum { TERMINAL_PIECE = 512, CONTROL_SIZE = 4096 };

/* Of what the server has us write to one descriptor. */
static struct output {
  uint8_t bytes[CHUNK_MAX];
  size_t at, length;
  size_t piece; /* that can be written at once without waiting */
  bool pending, terminal;
} outputs[3];

static uint8_t leaving[HEADER_SIZE + CHUNK_MAX + CONTROL_SIZE]; /* to the server */
static size_t leaving_at, leaving_length;
static uint8_t header[HEADER_SIZE], number[4];
static size_t arrived; /* of the frame that is arriving, its header included */
static size_t wanted;  /* bytes of standard input */
static int link_fd, wake[2];
static int64_t deadline_ms; /* when a signal has to have been heard; 0: none is under way */
static int last_signal;
static struct termios before;
static bool is_raw;

/* Keys at once, unseen, Ctrl-C as one of them, as Node has it; or all as it was. */
static void set_raw(bool raw) {
  if (raw == is_raw) return;
  struct termios modes;
  if (raw) {
    if (tcgetattr(STDIN_FILENO, &before) != 0) return;
    signal(SIGTTOU, SIG_IGN); /* a shell that has taken the terminal back sets it as it wants it */
  }
  modes = before;
  if (raw) cfmakeraw(&modes);
  if (raw) modes.c_oflag = before.c_oflag | ONLCR; /* lines that are printed still begin at the left */
  is_raw = raw;
  tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void on_signal(int signal) {
  int error = errno;
  uint8_t byte = (uint8_t)signal;
  ssize_t written = write(wake[1], &byte, 1); /* a full pipe wakes as well */
  (void)written;
  errno = error;
}

static void handle(int signal) {
  struct sigaction action = { .sa_handler = on_signal };
  sigaction(signal, &action, NULL);
}

/* Puts a frame behind what is leaving. One that finds no room is let go: a size, or one of thousands of signals. */
static void put(int type, int fd, const uint8_t *payload, size_t length) {
  if (leaving_length + HEADER_SIZE + length > sizeof leaving) return;
  put_header(leaving + leaving_length, length, type, fd);
  if (length > 0) memcpy(leaving + leaving_length + HEADER_SIZE, payload, length);
  leaving_length += HEADER_SIZE + length;
}

static void put_number(int type, int fd, int value) {
  uint8_t payload[4];
  put_u32(payload, (uint32_t)value);
  put(type, fd, payload, sizeof payload);
}

static void put_size(void) {
  uint32_t columns, rows;
  uint8_t payload[8];
  window_size(&columns, &rows);
  put_u32(payload, columns);
  put_u32(payload + 4, rows);
  put(FRAME_RESIZE, 0, payload, sizeof payload);
}

static void tell_signal(int signal) {
  put_number(FRAME_SIGNAL, 0, signal);
  last_signal = signal;
  if (deadline_ms == 0) deadline_ms = now_ms() + HEARD_MS;
}

/* Stops, or dies, as it would without us but with the terminal as it was; what follows is after fg. */
static void take_default(int number) {
  bool raw = is_raw;
  set_raw(false);
  signal(number, SIG_DFL);
  raise(number);
  handle(number);
  set_raw(raw);
  put_size();
  put(FRAME_CONTINUED, 0, NULL, 0);
}

static void take_signals(void) {
  uint8_t signals[64];
  ssize_t count = read(wake[0], signals, sizeof signals);
  for (ssize_t i = 0; i < count; i++) {
    if (signals[i] == SIGWINCH) put_size();
    else if (signals[i] == SIGTSTP || signals[i] == SIGQUIT) take_default(signals[i]);
    else tell_signal(signals[i]);
  }
}

static void end_output(int fd, int error) {
  outputs[fd].pending = false;
  /* A terminal that hangs up fails before its signal is here. */
  if (error == EIO && outputs[fd].terminal && !isatty(fd)) tell_signal(SIGHUP);
  put_number(FRAME_WROTE, fd, error);
}

static void write_some(int fd) {
  struct output *output = &outputs[fd];
  size_t length = output->length - output->at;
  ssize_t written = write(fd, output->bytes + output->at, length < output->piece ? length : output->piece);
  if (written < 0 && errno != EINTR && errno != EAGAIN) end_output(fd, errno);
  if (written < 0) return;
  output->at += (size_t)written;
  if (output->at == output->length) end_output(fd, 0);
}

/* Behind its header in `leaving`, so that nothing is copied; only when that is empty. */
static void read_some(void) {
  ssize_t got = read(STDIN_FILENO, leaving + HEADER_SIZE, wanted);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  wanted = 0;
  if (got < 0) put_number(FRAME_UNREAD, 0, errno);
  if (got < 0) return;
  put_header(leaving, (size_t)got, FRAME_DATA, 0);
  leaving_length = HEADER_SIZE + (size_t)got;
}

/* Where the payload of the frame that is arriving goes, and how much of it there is room for. */
static uint8_t *place_of(size_t *room) {
  int fd = header[5];
  bool is_output = header[4] == FRAME_WRITE && (fd == 1 || fd == 2) && !outputs[fd].pending;
  *room = is_output ? CHUNK_MAX : sizeof number;
  return is_output ? outputs[fd].bytes : number;
}

/* Returns what `pump` shall return; -2: it goes on; -3: that is no server of ours. */
static int take_frame(size_t length) {
  int type = header[4], fd = header[5], value = length == sizeof number ? (int)get_u32(number) : 0;
  if (type == FRAME_EXIT && outputs[2].pending) write_some(STDERR_FILENO); /* why it ends */
  if (type == FRAME_EXIT) return value & 0xff;
  if (type == FRAME_ELSEWHERE) return last_signal == 0 ? -1 : 128 + last_signal;
  if (type == FRAME_READ) wanted = (size_t)value < CHUNK_MAX ? (size_t)value : CHUNK_MAX;
  if (type == FRAME_HEARD) deadline_ms = 0;
  if (type == FRAME_SUSPEND) handle(SIGTSTP), kill(0, SIGTSTP); /* the job, as by Ctrl-Z where it is not raw; then `take_default` */
  if (type == FRAME_RAW) set_raw(value != 0), handle(SIGTSTP), handle(SIGQUIT);
  if (type != FRAME_WRITE) return -2;
  if ((fd != 1 && fd != 2) || outputs[fd].pending) return -3;
  outputs[fd].at = 0;
  outputs[fd].length = length;
  outputs[fd].pending = true;
  return -2;
}

/* As much as there is. Returns as take_frame; -3: the server is gone. */
static int receive_some(void) {
  for (;;) {
    uint8_t *place = header;
    size_t end = HEADER_SIZE, begin = 0, room;
    if (arrived >= HEADER_SIZE) {
      place = place_of(&room);
      begin = HEADER_SIZE;
      end = begin + get_u32(header);
      if (end - begin > room) return -3;
    }
    if (arrived < end) {
      ssize_t got = recv(link_fd, place + arrived - begin, end - arrived, MSG_DONTWAIT);
      if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR) ? -2 : -3;
      arrived += (size_t)got;
    } else {
      arrived = 0;
      int result = take_frame(end - begin);
      if (result != -2) return result;
    }
  }
}

/* That it fails shows in the next turn, behind what is still to be read. */
static void send_some(void) {
  ssize_t sent = send(link_fd, leaving + leaving_at, leaving_length - leaving_at, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent > 0) leaving_at += (size_t)sent;
  if (leaving_at == leaving_length) leaving_at = leaving_length = 0;
}

static void prepare(void) {
  struct sigaction now;
  if (wake[1] == 0 && pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0) _exit(1);
  handle(SIGINT);
  handle(SIGTERM);
  if (sigaction(SIGHUP, NULL, &now) != 0 || now.sa_handler != SIG_IGN) handle(SIGHUP); /* nohup(1) is meant to be obeyed */
  signal(SIGPIPE, SIG_IGN);
  for (int fd = 1; fd < 3; fd++) {
    struct stat stats;
    outputs[fd].terminal = isatty(fd);
    bool waits = fstat(fd, &stats) != 0 || !(S_ISREG(stats.st_mode) || S_ISBLK(stats.st_mode));
    outputs[fd].piece = outputs[fd].terminal ? TERMINAL_PIECE : waits ? PIPE_BUF : CHUNK_MAX;
  }
  if (isatty(STDIN_FILENO) || outputs[1].terminal || outputs[2].terminal) handle(SIGWINCH);
}

/* Returns as `pump`; -3: the server is gone. */
static int go_on(void) {
  for (;;) {
    /* What is in the way is left out (a negative descriptor). */
    struct pollfd ready[5] = {
      { .fd = link_fd, .events = (short)(POLLIN | (leaving_length > 0 ? POLLOUT : 0)) },
      { .fd = wake[0], .events = POLLIN },
      { .fd = wanted > 0 && leaving_length == 0 ? STDIN_FILENO : -1, .events = POLLIN },
      { .fd = outputs[1].pending ? STDOUT_FILENO : -1, .events = POLLOUT },
      { .fd = outputs[2].pending ? STDERR_FILENO : -1, .events = POLLOUT },
    };
    int64_t left_ms = deadline_ms == 0 ? -1 : deadline_ms - now_ms();
    if (deadline_ms != 0 && left_ms <= 0) return 128 + last_signal; /* it is frozen */
    if (poll(ready, 5, (int)left_ms) < 0) continue; /* by a signal, which `wake` tells of */
    if (ready[1].revents != 0) take_signals();
    if (ready[3].revents != 0) write_some(STDOUT_FILENO);
    if (ready[4].revents != 0) write_some(STDERR_FILENO);
    if (ready[2].revents != 0 && leaving_length == 0) read_some();
    if (ready[0].revents != 0) {
      int result = receive_some();
      if (result != -2) return result;
    }
    if (leaving_length > 0) send_some();
  }
}

int pump(int socket, int lost_status) {
  link_fd = socket;
  prepare();
  int status = go_on();
  set_raw(false);
  if (status != -3) return status;
  dprintf(STDERR_FILENO, "circuit: the server that ran this command has ended before it\n");
  return lost_status;
}
