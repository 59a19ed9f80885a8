"""Receives messages until the channel is closed. `once` lets go of what was interrupted before its first byte; `packet` keeps its descriptor open."""
import errno
import os
import time

from worker import PLAN, STYLE, begin_signals, describe, exists, name, note, read

begin_signals()
kept = None


def packet():
    global kept
    try:
        if kept is None:
            kept = os.open(PLAN['path'], os.O_RDONLY | os.O_DIRECT)
        return read(kept, 65536), None
    except OSError as error:
        if kept is not None:
            os.close(kept)
            kept = None
        return b'', error


def stream():
    """Returns what came, and the error that ended it, if any."""
    data = b''
    descriptor = None
    try:
        descriptor = os.open(PLAN['path'], os.O_RDONLY)
        while True:
            try:
                chunk = read(descriptor, 131072)
            except OSError as error:
                if error.errno == errno.EINTR and data:
                    continue
                raise
            if not chunk:
                return data, None
            data += chunk
    except OSError as error:
        return data, error
    finally:
        if descriptor is not None:
            os.close(descriptor)


while True:
    data, error = packet() if STYLE == 'packet' else stream()
    note('received', result='ok' if error is None else name(error), **describe(data))
    if error is not None:
        if error.errno == errno.ENODATA or exists('over'):
            break
        time.sleep(0.001 if error.errno == errno.EINTR else 0.1)
