"""Subscribes to a topic until its last message, `end`. `packet` and `slow` read a message at a time, the others a stream of lines; `slow` lingers."""
import errno
import os
import time

from worker import PLAN, STYLE, begin_signals, describe, exists, name, note, read

BY_MESSAGE = STYLE in ('packet', 'slow')
stage = ''
begin_signals()


def messages(descriptor):
    rest = b''
    while True:
        try:
            chunk = read(descriptor, 65536)
        except OSError as error:
            if error.errno != errno.EOVERFLOW:
                raise
            note('overtaken')
            continue
        if BY_MESSAGE:
            yield chunk
            continue
        *lines, rest = (rest + chunk).split(b'\n')
        for line in lines:
            yield line + b'\n'


def subscribe():
    global stage
    stage = 'open of sub'
    descriptor = os.open(PLAN['path'], os.O_RDONLY | (os.O_DIRECT if BY_MESSAGE else 0))
    try:
        note('opened', file='sub')
        stage = 'sub'
        for message in messages(descriptor):
            if message == b'end\n':
                note('saw', file='sub', id='end', whole=True, bytes=len(message))
                return True
            note('saw', file='sub', **describe(message))
            if STYLE == 'slow' and not exists('enough'):
                time.sleep(4 * PLAN['pace_ms'] / 1000)
    finally:
        os.close(descriptor)


while not exists('over'):
    try:
        if subscribe():
            break
    except OSError as error:
        note('called', what=stage, result=name(error))
        time.sleep(0.1)
