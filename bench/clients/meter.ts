/**
 * Counts messages for some time, as the C program `messages` does: from the first one on, a tenth of the time is warm-up.
 */
export interface Meter {
  /** Counts one; false when the time is over. */
  count(): boolean;
  result(): { readonly messages: number; readonly us: number; readonly per_second: number };
}

export function meter(seconds: number): Meter {
  let messages = 0;
  let warm_ms: number | undefined;
  let begin_ms: number | undefined;
  let now_ms = 0;
  return {
    count: () => {
      messages++;
      now_ms = performance.now();
      warm_ms ??= now_ms + seconds * 100;
      if (begin_ms === undefined && now_ms >= warm_ms) {
        begin_ms = now_ms;
        messages = 0;
      }
      return begin_ms === undefined || now_ms < begin_ms + seconds * 1000;
    },
    result: () => {
      const elapsed_ms = now_ms - (begin_ms ?? now_ms);
      return { messages, us: (elapsed_ms * 1000) / messages, per_second: (messages * 1000) / elapsed_ms };
    },
  };
}
