/**
 * A limit on how long an answer is waited for.
 */

/**
 * What `ask` gives, if it comes in time.
 * @param late what this fails with otherwise; the signal that `ask` was given is then aborted, and never after it has been answered
 */
export async function within<T>(limit_ms: number, ask: (signal: AbortSignal) => Promise<T>, late?: () => Error): Promise<T> {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      limit.abort();
      reject(late?.() ?? (limit.signal.reason as Error));
    }, limit_ms);
  });
  try {
    return await Promise.race([ask(limit.signal), over]); // who is asked does not always notice the signal
  } finally {
    clearTimeout(timer);
  }
}
