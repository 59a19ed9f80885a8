/**
 * What ends a call before its time. An AbortController is one, too, and costs more than a whole message: with its signal, its event target and its
 * listeners it is what the collector of a busy server finds most of. Where calls are made by the ten thousand this one stands for it.
 */

/** Told when it is aborted, once. */
export type CancelListener = (() => void) | { handleEvent(): void };

/** An AbortSignal, or what does the same for who waits. */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  /** @throws the reason, if it is aborted */
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: CancelListener, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: CancelListener): void;
}

/** Controller and signal in one. */
export class Cancellation implements CancelSignal {
  #aborted = false;
  #reason: unknown = undefined;
  /** Most have one, or none. */
  #first: CancelListener | undefined = undefined;
  #others: Set<CancelListener> | undefined = undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** Idempotent: the first reason stays. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const listeners = [this.#first, ...(this.#others ?? [])];
    this.#first = this.#others = undefined;
    for (const listener of listeners) {
      if (typeof listener === 'function') listener();
      else listener?.handleEvent();
    }
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  addEventListener(_type: 'abort', listener: CancelListener): void {
    if (this.#aborted) return; // as an AbortSignal: it is told no more
    if (this.#first === undefined) this.#first = listener;
    else if (this.#first !== listener) (this.#others ??= new Set()).add(listener);
  }

  removeEventListener(_type: 'abort', listener: CancelListener): void {
    if (this.#first === listener) this.#first = undefined;
    else this.#others?.delete(listener);
  }
}

/** For what takes nothing else. */
export function abortSignalOf(signal: CancelSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return controller.signal;
}
