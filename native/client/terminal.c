/* The caller's terminal: its size, and whether it gives keys instead of lines. */
#include "client.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static bool raw_now;

void window_size(uint32_t *columns, uint32_t *rows) {
  static const int order[] = { 1, 2, 0 };
  struct winsize size;
  *columns = *rows = 0;
  for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
    if (ioctl(order[i], TIOCGWINSZ, &size) != 0) continue;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return;
  }
}

bool is_raw(void) {
  return raw_now;
}

void set_raw(bool raw) {
  if (raw == raw_now) return;
  struct termios modes;
  if (raw) {
    if (tcgetattr(STDIN_FILENO, &before) != 0) return;
    modes = before;
    /* As Node has it: keys at once, unseen, Ctrl-C as a key; lines that are printed still begin at the left. */
    modes.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    modes.c_oflag |= ONLCR;
    modes.c_cflag |= CS8;
    modes.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
  } else {
    modes = before;
  }
  raw_now = raw;
  /* Who is in the background already would be stopped by this (SIGTTOU): then it is its shell's to put right. */
  void (*handler)(int) = signal(SIGTTOU, SIG_IGN);
  tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
  signal(SIGTTOU, handler);
}
