/**
 * `circuit top` at a terminal: looks again and again, draws, hears keys, reads what is to be shown, and does what is asked for. It decides nothing: that is
 * for `step`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CircuitError } from '../../base/error.js';
import { unlessAborted } from '../../base/within.js';
import type { Circuit } from '../../api/circuit.js';
import type { Console } from '../../console/console.js';
import { Screen } from '../terminal/screen.js';
import { questionOf } from './draw/dialog.js';
import { screenOf } from './draw/screen.js';
import { look } from './look.js';
import type { Snapshot } from './model.js';
import { read } from './reading.js';
import { type Effect, type Event, initialState, type State } from './state/state.js';
import { step } from './state/step.js';

export class Live {
  readonly #circuit: Circuit;
  readonly #interval_ms: number;
  readonly #screen: Screen;
  readonly #quit = new AbortController();
  /** Of the command, or because somebody quits. */
  readonly #ended: AbortSignal;
  #state: State;
  /** Ends the wait for the next look. */
  #look = new AbortController();
  #reading: { readonly pane: number; readonly stop: AbortController } | undefined;
  #failure: Error | undefined;

  /** Until it is ended by a key or the signal. @throws a fault of ours */
  static async show(console: Console, circuit: Circuit, interval_ms: number, signal: AbortSignal): Promise<void> {
    const first = await unlessAborted(signal, look(circuit));
    const live = new Live(console, circuit, interval_ms, signal, first);
    try {
      await live.#run();
    } finally {
      live.#close();
    }
  }

  private constructor(console: Console, circuit: Circuit, interval_ms: number, signal: AbortSignal, first: Snapshot) {
    this.#circuit = circuit;
    this.#interval_ms = interval_ms;
    this.#ended = AbortSignal.any([signal, this.#quit.signal]);
    this.#ended.addEventListener('abort', () => this.#look.abort(), { once: true });
    this.#state = initialState(first, { columns: 0, rows: 0 });
    this.#screen = new Screen(console, {
      key: (key) => this.#take({ kind: 'key', key }),
      changed: () => this.#take({ kind: 'resized', size: this.#screen.size }),
    });
    this.#screen.open();
  }

  async #run(): Promise<void> {
    while (!this.#ended.aborted) {
      this.#look = new AbortController();
      await delay(this.#interval_ms, undefined, { signal: this.#look.signal }).catch(() => undefined);
      const snapshot = await unlessAborted(this.#ended, look(this.#circuit)).catch((error: unknown) => {
        if (!this.#ended.aborted) throw error;
      });
      if (snapshot !== undefined) this.#take({ kind: 'looked', snapshot });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #close(): void {
    this.#reading?.stop.abort();
    this.#quit.abort();
    this.#screen.close();
  }

  /** Who calls it cannot handle what goes wrong. */
  #take(event: Event): void {
    try {
      const { state, effects } = step(this.#state, event);
      this.#state = state;
      for (const effect of effects) this.#do(effect);
      this.#read();
      this.#screen.draw(screenOf(this.#state));
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#quit.abort();
    }
  }

  #do(effect: Effect): void {
    if (effect.kind === 'quit') this.#quit.abort();
    else if (effect.kind === 'suspend') this.#screen.suspend();
    else if (effect.kind === 'act') void this.#act(effect);
    else {
      this.#screen.forget();
      this.#look.abort();
    }
  }

  async #act({ entry, deed }: Extract<Effect, { kind: 'act' }>): Promise<void> {
    const [id = '', ...names] = entry.path.split('/').slice(1);
    const { credentials } = this.#circuit;
    const options = { signal: this.#ended };
    try {
      const tree = this.#circuit.tree(id);
      if (deed.do === 'scrub') await tree.scrub(names, { recursive: false }, credentials, options);
      else await tree.perform(names, deed.do, deed.do === 'signal' ? [deed.name] : [], credentials, options);
      this.#take({ kind: 'told', text: questionOf(deed, entry).replace(/\?.*$/, ': done'), isBad: false });
      this.#look.abort();
    } catch (error) {
      if (!this.#ended.aborted) this.#take({ kind: 'told', text: `${entry.path}: ${CircuitError.from(error).message}`, isBad: true });
    }
  }

  /** What is read is what the pane shows. */
  #read(): void {
    const { pane } = this.#state;
    if (this.#reading?.pane === pane?.serial) return;
    this.#reading?.stop.abort();
    this.#reading = undefined;
    if (pane === undefined || this.#ended.aborted) return;
    const stop = new AbortController();
    this.#reading = { pane: pane.serial, stop };
    const what = { serial: pane.serial, path: pane.entry.path, file: pane.file, interval_ms: this.#interval_ms };
    void read(this.#circuit, what, (event) => this.#take(event), AbortSignal.any([stop.signal, this.#ended]));
  }
}
