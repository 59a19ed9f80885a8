/**
 * When V8 collects garbage, in a program that runs for long and moves bytes: its habits suit one that computes.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';

const MIB = 1024 * 1024;
/** What may become garbage before all is marked: buffers, beside a heap of 10 to 15 MB. */
const ROOM_BYTES = 48 * MIB;
/** The flag is set anew only if it changes by so much. */
const STEP_PERCENT = 50;

/**
 * To be called once, after the start.
 *
 * V8's new space stays as large as the start has made it. Under load it would grow to 32 MB, and with it what lies in it until it is collected: some
 * 20 MB more for a hundredth of the time of a message.
 *
 * Its old space has room. V8 counts buffers, which lie outside of the heap, against a limit 8 MB above a small heap, so that a server that received
 * 10 MB marked its whole heap: a third of its processor time.
 */
export function settleHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  let percent = 0;
  const giveRoom = (): void => {
    const wanted = growthPercent(getHeapStatistics().used_heap_size);
    if (wanted !== percent) setFlagsFromString(`--heap-growing-percent=${(percent = wanted)}`);
  };
  giveRoom();
  new PerformanceObserver(giveRoom).observe({ entryTypes: ['gc'] });
}

/**
 * How much a heap of that size may grow until it is collected: by `ROOM_BYTES`.
 * @returns percent; 0: as V8 finds right, for a heap that is larger than that
 */
export function growthPercent(used_bytes: number): number {
  const percent = (100 * ROOM_BYTES) / used_bytes;
  return percent < 100 ? 0 : Math.floor(percent / STEP_PERCENT) * STEP_PERCENT;
}
