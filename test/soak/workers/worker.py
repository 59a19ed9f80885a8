"""What the Python workers of the soak have in common: their plan, their journal, their signals, and calls that are interrupted once and for all."""
import atexit
import contextlib
import ctypes
import errno
import json
import os
import select
import signal
import sys
import time

PLAN = json.loads(sys.argv[1])
STYLE = PLAN['style']
libc = ctypes.CDLL(None, use_errno=True)
libc.read.restype = libc.write.restype = ctypes.c_ssize_t
journal = open(PLAN['journal'], 'a', buffering=1)
FILLER = ''.join('%07d.' % at for at in range(1 << 17)).encode()


def note(op, **fields):
    journal.write(json.dumps({'at_ms': int(time.time() * 1000), 'worker': PLAN['name'], 'op': op, **fields}) + '\n')


def name(error):
    return errno.errorcode.get(error.errno, str(error))


def exists(flag):
    """The conductor tells its workers by files: `enough` ends those who send, `over` those whose channel is gone."""
    return os.path.exists(os.path.join(PLAN['flags'], flag))


def begin_signals():
    """A handler that does nothing, so that Python repeats what was interrupted (PEP 475); `libc` does not. None when Python ends: it has no handlers then."""
    if STYLE in ('repeat', 'once', 'packet'):
        atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.setitimer(signal.ITIMER_REAL, PLAN['signal_ms'] / 1000, PLAN['signal_ms'] / 1000)


def write(descriptor, data):
    if STYLE != 'once':
        return os.write(descriptor, data)
    count = libc.write(descriptor, bytes(data), ctypes.c_size_t(len(data)))
    if count < 0:
        raise OSError(ctypes.get_errno(), 'write')
    return count


def read(descriptor, size):
    if STYLE != 'once':
        return os.read(descriptor, size)
    buffer = ctypes.create_string_buffer(size)
    count = libc.read(descriptor, buffer, ctypes.c_size_t(size))
    if count < 0:
        raise OSError(ctypes.get_errno(), 'read')
    return buffer.raw[:count]


def message(ident, size):
    """It says what it is, so that who receives it can tell whether it is whole. Each has its own filling."""
    head = ('%s %d ' % (ident, size)).encode()
    at = int(ident.split('.')[1]) * 7919 % 4096
    filling = b'.' * size if size < 4096 else FILLER[at:at + size]
    return head + filling[:size - len(head) - 1] + b'\n'


def describe(data):
    """What is known of a message that was received."""
    words = data[:80].decode('ascii', 'replace').split(' ')
    known = {'bytes': len(data), 'whole': False, 'head': data[:80].decode('ascii', 'replace')}
    if len(words) > 2 and words[1].isdigit() and '.' in words[0]:
        known['id'] = words[0]
        known['whole'] = words[0].split('.')[1].isdigit() and data == message(words[0], int(words[1]))
    return known


class Child:
    def __init__(self, pid, said):
        self.pid, self.said = pid, said

    def answer(self, limit_s):
        """What it has said, up to a newline or its end; None if that takes longer."""
        said = b''
        while not said.endswith(b'\n'):
            if not select.select([self.said], [], [], limit_s)[0]:
                return None
            more = os.read(self.said, 65536)
            if not more:
                break
            said += more
        return said.decode()


@contextlib.contextmanager
def says(act):
    """A child that does this, and says how it goes into the pipe that it is given; killed at the end."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        act(writing)
    os.close(writing)
    try:
        yield Child(pid, reading)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reading)
