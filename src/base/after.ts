/**
 * Going on with an answer that may be there already, without a promise if it is: the request path is synchronous wherever it can be.
 */
import type { Awaitable } from './bytes.js';

/** `next` of the value: at once, or when it is there. What either throws or rejects with is the caller's to handle, as with `then`. */
export function after<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
