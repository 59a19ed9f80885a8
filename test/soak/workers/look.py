"""Looks at the newest message of a topic again and again: with `next` when there is a newer one, with `last` at what there is."""
import os
import select
import time

from worker import PLAN, STYLE, describe, exists, name, note


def over():
    return exists('enough') or exists('over')


def look():
    note('opened', file=STYLE)
    descriptor = os.open(PLAN['path'], os.O_RDONLY)
    try:
        news = select.poll()
        news.register(descriptor, select.POLLIN)
        while not news.poll(300):
            if over():
                return
        data = b''
        while True:
            chunk = os.read(descriptor, 65536)
            if not chunk:
                break
            data += chunk
        note('saw', file=STYLE, **describe(data))
    finally:
        os.close(descriptor)


while not over():
    try:
        look()
        time.sleep(PLAN['pace_ms'] / 1000)
    except OSError as error:
        note('called', what=STYLE, result=name(error))
        time.sleep(0.1)
