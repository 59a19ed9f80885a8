"""Takes a lock and gives it back, again and again. `once` is interrupted while it waits, `ask` does not wait; `dies` lets a child hold it, and kills that."""
import ctypes
import errno
import fcntl
import itertools
import os
import select
import signal
import time

from worker import PLAN, STYLE, begin_signals, exists, libc, name, note, says

PACE = PLAN['pace_ms'] / 1000
begin_signals()


def claim(descriptor):
    if STYLE != 'once':
        fcntl.flock(descriptor, fcntl.LOCK_EX | (fcntl.LOCK_NB if STYLE == 'ask' else 0))
    elif libc.flock(descriptor, fcntl.LOCK_EX) < 0:
        raise OSError(ctypes.get_errno(), 'flock')


def hold(descriptor):
    """Returns `ok`, or why it was lost meanwhile."""
    lost = select.poll()
    lost.register(descriptor, 0)
    if not lost.poll(PLAN['pace_ms']):
        return 'ok'
    try:
        os.read(descriptor, 32)
        return 'told that it is lost, and not why'
    except OSError as error:
        return name(error)


def turn(ident):
    descriptor = None
    try:
        note('asked', id=ident)
        descriptor = os.open(PLAN['path'], os.O_RDWR)
        claim(descriptor)
        note('granted', id=ident, token=int(os.read(descriptor, 32)))
        note('let go', id=ident, result=hold(descriptor))
        return True
    except OSError as error:
        note('refused', id=ident, result=name(error))
        return error.errno in (errno.EINTR, errno.EAGAIN)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def child(said):
    """Holds the lock for ever."""
    try:
        descriptor = os.open(PLAN['path'], os.O_RDWR)
        claim(descriptor)
        os.write(said, os.read(descriptor, 32))
        signal.pause()
    except OSError as error:
        os.write(said, name(error).encode())
    finally:
        os._exit(1)


def turn_of_child(ident, patient):
    note('asked', id=ident)
    with says(child) as program:
        answer = program.answer(None if patient else PACE)
        if answer is None:
            note('refused', id=ident, result='killed')
        elif answer.strip().isdigit():
            note('granted', id=ident, token=int(answer))
            time.sleep(PACE)
            note('let go', id=ident, result='killed')
        else:
            note('refused', id=ident, result=answer)
            return False
    return True


for number in itertools.count(1):
    if exists('enough') or exists('over'):
        break
    ident = '%s.%d' % (PLAN['name'], number)
    well = turn_of_child(ident, number % 3) if STYLE == 'dies' else turn(ident)
    time.sleep(PACE if well else 0.1)
