/**
 * Follows a container to its end, also over a time in which the engine is away: it is asked again until it has been silent for too long.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CircuitError } from '../../base/error.js';
import { isAway, statusOf } from './engine-error.js';
import type { ContainerInspectInfo, Engine } from './engine.js';

/** Between two questions to an engine that is away. */
const AGAIN_MS = 250;

/** How it went on: `ended` comes last. */
export type LifeEvent =
  /** The engine was away, is back, and the container runs: what it printed meanwhile is not known. */
  | { readonly type: 'survived' }
  | { readonly type: 'ended'; readonly state: ContainerInspectInfo }
  /** Nothing more will be known of it. */
  | { readonly type: 'lost'; readonly error: CircuitError };

/** @param patience_ms how long the engine may be away */
export async function* follow(engine: Engine, id: string, signal: AbortSignal, patience_ms: number): AsyncGenerator<LifeEvent> {
  for (let awaySince_ms: number | undefined; !signal.aborted;) {
    try {
      if (awaySince_ms !== undefined) {
        const state = await engine.inspect(id, patience_ms);
        if (state.State.Running) yield { type: 'survived' };
        awaySince_ms = undefined;
      }
      await engine.ended(id, signal);
      yield { type: 'ended', state: await engine.inspect(id) };
      return;
    } catch (error) {
      if (isAborted(signal)) return;
      const cause = error instanceof CircuitError ? error.cause : error;
      if (statusOf(cause) === 404) {
        yield { type: 'lost', error: new CircuitError('EIO', 'the container was removed by somebody else', { cause }) };
        return;
      }
      awaySince_ms ??= performance.now();
      if (performance.now() - awaySince_ms > patience_ms) {
        const why = isAway(cause) ? 'is away' : 'fails';
        yield {
          type: 'lost',
          error: new CircuitError('EIO', `the Docker engine at ${engine.socket} ${why}: nothing more is known`, { cause }),
        };
        return;
      }
      await delay(AGAIN_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}

/** Asked anew: it may have happened while something was waited for. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
