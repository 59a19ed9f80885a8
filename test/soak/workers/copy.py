"""Copies bytes through the stdin of processes on another host, and compares what comes out."""
import hashlib
import itertools
import os
import time

from worker import FILLER, PLAN, begin_signals, exists, name, note, read, write

begin_signals()


def command(path, text):
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def whole(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        data = b''
        while True:
            chunk = read(descriptor, 65536)
            if not chunk:
                return data
            data += chunk
    finally:
        os.close(descriptor)


def copy(anchor, data):
    """Returns the checksum that a process there printed."""
    os.mkdir(anchor)
    command(anchor + '/ctl', 'mkproc sha256sum\n')
    descriptor = os.open(anchor + '/stdin', os.O_WRONLY | os.O_TRUNC)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[write(descriptor, rest[:100_000]):]
    finally:
        os.close(descriptor)
    printed = whole(anchor + '/stdout').decode().split(' ')[0]
    if b'"ExitCode": 0' not in whole(anchor + '/wait'):
        printed += ', and a status that is not 0'
    os.rmdir(anchor)
    return printed


for number in itertools.count(1):
    if exists('enough') or exists('over'):
        break
    anchor = '%s/%s-%d' % (PLAN['path'], PLAN['name'], number)
    size = PLAN['sizes'][number % len(PLAN['sizes'])]
    data = FILLER[number:number + size]
    result, got = 'ok', ''
    try:
        got = copy(anchor, data)
    except OSError as error:
        result = name(error)
        time.sleep(0.1)
    note('summed', what='stdin of ' + anchor, result=result, expected=hashlib.sha256(data).hexdigest(), got=got)
