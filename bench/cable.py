# A long cable between two interfaces of one network namespace: whatever one of them hears leaves by the other one, later, or is lost.
#
#   cable.py INTERFACE INTERFACE ONE_WAY_MS LOSS_PERCENT
#
# Packets keep their order. It says "plugged in", and goes on until it is ended. No netem is needed; checksums and segments are not made good, so the
# hosts' offloads must be off.
import collections
import random
import selectors
import socket
import struct
import sys
import time

ALL_PROTOCOLS = 0x0003
SOL_PACKET, ADD_MEMBERSHIP, PROMISCUOUS, IGNORE_OUTGOING = 263, 1, 1, 23
PACKETS_PER_TURN = 256


class End:
    def __init__(self, name):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
        self.socket.bind((name, 0))
        self.socket.setblocking(False)
        for size in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self.socket.setsockopt(socket.SOL_SOCKET, size, 8 << 20)
        self.socket.setsockopt(SOL_PACKET, IGNORE_OUTGOING, 1)
        everything = struct.pack("iHH8s", socket.if_nametoindex(name), PROMISCUOUS, 0, b"")
        self.socket.setsockopt(SOL_PACKET, ADD_MEMBERSHIP, everything)
        self.under_way = collections.deque()  # (when it leaves by the other end, packet)

    def hear(self, delay_s, loss):
        for _ in range(PACKETS_PER_TURN):
            try:
                packet = self.socket.recv(65536)
            except BlockingIOError:
                return
            if random.random() >= loss:
                self.under_way.append((time.monotonic() + delay_s, packet))

    def deliver(self, other):
        now = time.monotonic()
        while self.under_way and self.under_way[0][0] <= now:
            try:
                other.socket.send(self.under_way.popleft()[1])
            except OSError:
                pass  # a full queue, or a cable that is down, loses it


def main(first, second, one_way_ms, loss_percent):
    ends = [End(first), End(second)]
    selector = selectors.DefaultSelector()
    for end in ends:
        selector.register(end.socket, selectors.EVENT_READ, end)
    print("plugged in", flush=True)
    while True:
        due = [end.under_way[0][0] for end in ends if end.under_way]
        wait = max(0, min(due) - time.monotonic()) if due else None
        for key, _ in selector.select(wait):
            key.data.hear(float(one_way_ms) / 1000, float(loss_percent) / 100)
        ends[0].deliver(ends[1])
        ends[1].deliver(ends[0])


main(*sys.argv[1:])
