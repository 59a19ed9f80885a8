"""Sends messages until it has been enough. `once` gives up what was interrupted and never says it again; `packet` keeps its descriptor open."""
import itertools
import os
import time

from worker import PLAN, STYLE, begin_signals, exists, message, name, note, write

FLAGS = os.O_WRONLY | (os.O_DIRECT if STYLE == 'packet' else os.O_TRUNC)
begin_signals()
kept = None


def send(data):
    """Returns the number of calls it took, with the error that ended them, if any."""
    global kept
    calls = 0
    descriptor = None
    try:
        descriptor = kept if kept is not None else os.open(PLAN['path'], FLAGS)
        while data:
            calls += 1
            data = data[write(descriptor, data):]
        return calls, None
    except OSError as error:
        return calls, error
    finally:
        if descriptor is not None and STYLE == 'packet' and not data:
            kept = descriptor
        elif descriptor is not None:
            kept = None
            os.close(descriptor)


for number in itertools.count(1):
    if exists('enough') or exists('over') or number > PLAN['most']:
        break
    ident = '%s.%d' % (PLAN['name'], number)
    data = message(ident, PLAN['sizes'][number % len(PLAN['sizes'])])
    note('send begun', id=ident)
    calls, error = send(data)
    note('sent', id=ident, calls=calls, result='ok' if error is None else name(error))
    time.sleep(PLAN['pace_ms'] / 1000 if error is None or error.errno == 4 else 0.1)
