#!/usr/bin/env python3
"""A bad link between two network namespaces, for kernels without netem.

link.py NS_A NS_B CONTROL COUNT: makes a TUN device `air` in each (10.77.0.1, 10.77.0.2) and carries
packets between them. The file CONTROL holds `rate delay loss`: bits a second (0: no limit),
seconds one way, packets lost of a hundred. The file COUNT gets the bytes carried both ways.
"""
import ctypes, fcntl, heapq, os, random, select, struct, subprocess, sys, time

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def tun(namespace, address):
    with open(f"/run/netns/{namespace}") as where:
        if libc.setns(where.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, 0x400454CA, struct.pack("16sH", b"air", 0x0001 | 0x1000))
    for command in (f"addr add {address}/24 dev air", "link set air mtu 1400 up", "link set lo up"):
        subprocess.run(["ip", *command.split()], check=True)
    return device


def main():
    first, second, control, count = sys.argv[1:5]
    ends = [tun(first, "10.77.0.1"), tun(second, "10.77.0.2")]
    # The same losses in every run with the same packets.
    dice = random.Random(1)
    free, waiting, carried, number = [0.0, 0.0], [], 0, 0
    seen, rate, delay, loss = None, 0, 0.0, 0.0
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        text = open(control).read()
        if text != seen and len(text.split()) == 3:
            seen = text
            rate, delay, loss = (float(it) for it in text.split())
            free = [now, now]
        while waiting and waiting[0][0] <= now:
            _, _, to, packet = heapq.heappop(waiting)
            try:
                os.write(ends[to], packet)
            except OSError:
                pass
        pause = min(0.2, max(0.0, waiting[0][0] - now)) if waiting else 0.2
        ready, _, _ = select.select(ends, [], [], pause)
        now = time.monotonic()
        for end in ready:
            here = ends.index(end)
            try:
                packet = os.read(end, 2000)
            except BlockingIOError:
                continue
            # A queue of two seconds; what comes then is dropped, as modems do.
            if rate and free[here] - now > 2.0:
                continue
            carried += len(packet)
            with open(count, "w") as out:
                out.write(str(carried))
            begin = max(free[here], now)
            free[here] = begin + (len(packet) * 8 / rate if rate else 0)
            if dice.random() * 100 < loss:
                continue
            number += 1
            heapq.heappush(waiting, (free[here] + delay, number, 1 - here, packet))


main()
