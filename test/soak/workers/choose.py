"""Receives from several channels by a selection each time, until all of them are closed."""
import errno
import json
import os
import time

from worker import PLAN, describe, exists, name, note

channels = list(PLAN['paths'])
made = PLAN['selection']


def whole(path):
    with open(path, 'rb', buffering=0) as file:
        data = b''
        while True:
            chunk = file.read(131072)
            if not chunk:
                return data
            data += chunk


def command(path, text):
    with open(path, 'wb', buffering=0) as file:
        file.write(text.encode())


def attempt():
    """One message, of whichever channel has one. Both are closed at a time: then what is left in them is received without a choice."""
    stage = 'mkdir'
    try:
        if not os.path.isdir(made):
            os.mkdir(made)
        stage = 'mkselect'
        command(made + '/ctl', 'mkselect ' + json.dumps([{'op': 'r', 'file': path} for path in channels]) + '\n')
        stage = 'wait'
        winner = json.loads(whole(made + '/wait'))
        stage = 'commit'
        data = whole('%s/%s' % (made, winner['commit']))
        note('received', result='ok', **describe(data))
    except OSError as error:
        if error.errno == errno.ENODATA:
            drain()
        else:
            note('called', what='selection: ' + stage, result=name(error))
            time.sleep(0.1)
    finally:
        try:
            command(made + '/ctl', 'scrub\n')
        except OSError:
            pass  # it was not made, or its server has gone


def drain():
    while channels and not exists('over'):
        try:
            note('received', result='ok', **describe(whole(channels[0])))
        except OSError as error:
            note('called', what='recv', result=name(error))
            if error.errno == errno.ENODATA:
                channels.pop(0)


while channels and not exists('over'):
    attempt()
