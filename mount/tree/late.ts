/**
 * Looking at servers waits for none of them: what one would say of itself is guessed if it does not say it soon.
 */

/** How long an answer is waited for. */
const PATIENCE_MS = 500;

/** What is promised, or the guess if that takes too long or fails. */
export async function unlessLate<T>(promise: Promise<T>, guess: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(guess), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, limit]);
  } catch {
    return guess;
  } finally {
    clearTimeout(timer);
  }
}
