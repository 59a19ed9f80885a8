"""Takes messages and says that they are done, or gives them back, until the channel is closed and nothing is left. Of `dies` a child holds them, and is
killed, or, every fourth time, while it waits."""
import errno
import itertools
import os
import signal
import time

from worker import PLAN, STYLE, begin_signals, describe, exists, name, note, read, says, write

PACE = PLAN['pace_ms'] / 1000
FLAGS = os.O_RDWR | (os.O_DIRECT if STYLE == 'packet' else 0)
begin_signals()


def take(descriptor):
    """One message, whole."""
    if STYLE == 'packet':
        return read(descriptor, 65536)
    data = b''
    while True:
        chunk = read(descriptor, 131072)
        if not chunk:
            return data
        data += chunk


def took(data):
    known = describe(data)
    note('took', **known)
    time.sleep(PACE)
    return known.get('id', '')


def say(descriptor, ident, how):
    note('settling', id=ident, how=how)
    try:
        write(descriptor, how.encode())
        note('settled', id=ident, how=how, result='ok')
    except OSError as error:
        note('settled', id=ident, how=how, result=name(error))
        raise


def work(turns):
    """Through one open file, until it is closed with a message in its hands."""
    descriptor = os.open(PLAN['path'], FLAGS)
    try:
        for turn in turns:
            if exists('over'):
                return
            ident = took(take(descriptor))
            if turn % 7 == 0:
                note('settling', id=ident, how='closed')
                return
            say(descriptor, ident, 'back' if turn % 5 == 0 else 'done')
    finally:
        os.close(descriptor)


def child(said):
    try:
        data = take(os.open(PLAN['path'], FLAGS))
        os.write(said, describe(data)['head'].split(' ')[0].encode() + (b' whole\n' if describe(data)['whole'] else b' part\n'))
        signal.pause()
    except OSError as error:
        os.write(said, name(error).encode())
    finally:
        os._exit(1)


def work_of_child(turn):
    with says(child) as program:
        answer = program.answer(None if turn % 4 else PACE)
        if answer is None:
            note('called', what='take', result='killed')
        elif ' ' in answer:
            ident, whole = answer.split()
            note('took', id=ident, whole=whole == 'whole', bytes=len(answer))
            time.sleep(PACE)
            note('settling', id=ident, how='killed')
        else:
            raise OSError(getattr(errno, answer, errno.EIO), 'take')


turns = itertools.count(1)
while not exists('over'):
    try:
        if STYLE == 'dies':
            work_of_child(next(turns))
            time.sleep(PACE)
        else:
            work(turns)
    except OSError as error:
        note('called', what='take', result=name(error))
        if error.errno == errno.ENODATA:
            break
        time.sleep(0.1)
