/**
 * The containers of one server: makes them, and sees to it that none is left behind, be it when the server stops in order, or, if it could not, when
 * the next one starts on this host.
 */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { CircuitError } from '../../base/error.js';
import { ENGINE_CALL_MS, ENGINE_PATIENCE_MS, ENGINE_STOP_MS } from '../../base/limits.js';
import type { ElementEvents } from '../element.js';
import { ContainerElement } from './container.js';
import { createOptions } from './create-options.js';
import { isInDoubt } from './engine-error.js';
import { Engine } from './engine.js';
import { Leftovers, type Removal } from './leftovers.js';
import { ANCHOR_LABEL, MADE_LABEL, NAME_LABEL, OWNER_LABEL, ownerOf, SERVER_LABEL } from './owner.js';
import { checkRun, type Run } from './run.js';
import { sweep } from './sweep.js';

export interface ContainersOptions {
  /** Path of the engine's socket; undefined for a server that was told of none. */
  readonly socket: string | undefined;
  /** How long the engine may be away; `ENGINE_PATIENCE_MS` if absent. */
  readonly patience_ms?: number;
  /** ID of the server. */
  readonly server: string;
  /** Told what could not be done of itself. */
  readonly warn: (message: string) => void;
}

export class Containers {
  readonly #options: ContainersOptions;
  #engine: Promise<Engine> | undefined;
  /** Those that the engine has for this server, by ID; undefined until one runs. */
  readonly #there = new Map<string, ContainerElement | undefined>();
  readonly #making = new Set<Promise<unknown>>();
  readonly #leftovers = new Leftovers();
  readonly #stopping = new AbortController();
  /** Under way or done; undefined after it has failed. */
  #sweeping: Promise<void> | undefined;

  constructor(options: ContainersOptions) {
    this.#options = options;
    if (options.socket === undefined) return;
    this.#swept().catch((error: unknown) => {
      options.warn(CircuitError.from(error).message);
      this.#leftovers.add('of dead servers', async () => {
        await this.#swept();
        return true;
      });
    });
  }

  /**
   * Starts a container; resolves when it runs.
   * @param path of its anchor, for the label
   * @throws CircuitError EOPNOTSUPP, EINVAL for a bad spec, ENOENT no such image or program, EACCES, EEXIST for a name that is taken, EIO
   */
  async make(spec: unknown, events: ElementEvents, path: string): Promise<ContainerElement> {
    const run = checkRun(spec);
    if (this.#options.socket === undefined)
      throw new CircuitError('EOPNOTSUPP', 'mkdkr: this server was started without Docker; start it with "circuit start --docker"');
    const making = this.#make(run, events, path);
    this.#making.add(making);
    try {
      return await making;
    } finally {
      this.#making.delete(making);
    }
  }

  /** Ends and removes all, in `grace_s` what ends in order. Resolves when none is left, or it is known why some are. */
  async stop(grace_s: number): Promise<void> {
    this.#stopping.abort();
    await Promise.race([Promise.allSettled(this.#making), delay(ENGINE_STOP_MS, undefined, { ref: false })]);
    await Promise.race([this.#leftovers.tryAll(), delay(ENGINE_STOP_MS, undefined, { ref: false })]);
    this.#leftovers.end();
    if (this.#there.size === 0) return;
    const engine = await this.#opened();
    const all = [...this.#there].map(async ([id, element]) => {
      element?.drain(); // the engine does not see the end of one whose output it cannot get rid of (tried with 20.10)
      // The engine has the grace time and some more; one that is away would not remove it either.
      await engine.stop(id, grace_s, ENGINE_STOP_MS);
      await engine.remove(id);
      this.#there.delete(id);
    });
    for (const result of await Promise.allSettled(all))
      if (result.status === 'rejected') this.#options.warn(`a container is left behind: ${CircuitError.from(result.reason).message}`);
  }

  async #make(run: Run, events: ElementEvents, path: string): Promise<ContainerElement> {
    const engine = await this.#opened();
    await this.#swept();
    await this.#leftovers.tryAll(); // one of them may have the name that is asked for
    const { patience_ms = ENGINE_PATIENCE_MS } = this.#options;
    const id = await this.#create(engine, run, path);
    this.#there.set(id, undefined);
    const connections: Duplex[] = [];
    const attach = async (which: 'stdin and stdout' | 'stderr'): Promise<Duplex> => {
      const connection = await engine.attach(id, which);
      connections.push(connection);
      return connection;
    };
    try {
      const [inputAndOutput, errors] = await Promise.all([attach('stdin and stdout'), attach('stderr')]);
      if (this.#stopping.signal.aborted) throw new CircuitError('EIO', 'the server is about to stop and starts nothing any more');
      await engine.start(id);
      const remove = (): Promise<void> => this.#remove(engine, id);
      const element = new ContainerElement(run, { id, engine, inputAndOutput, errors, patience_ms, remove }, events);
      this.#there.set(id, element);
      return element;
    } catch (error) {
      for (const connection of connections) connection.destroy();
      await this.#remove(engine, id).catch(() => undefined); // why it could not be started is the better answer
      throw error;
    }
  }

  async #create(engine: Engine, run: Run, path: string): Promise<string> {
    const made = randomBytes(8).toString('hex');
    const name = run.Name === '' ? `circuit-${made}` : run.Name;
    const labels = {
      [SERVER_LABEL]: this.#options.server,
      [ANCHOR_LABEL]: path,
      [OWNER_LABEL]: ownerOf(process.pid),
      [NAME_LABEL]: name,
      [MADE_LABEL]: made,
    };
    try {
      return await engine.create(createOptions(run, name, labels), this.#stopping.signal);
    } catch (error) {
      if (isInDoubt(error)) this.#leftovers.add(made, unansweredIn(engine, made));
      throw error;
    }
  }

  /** Now, or if that fails, as soon as the engine answers again. @throws CircuitError EIO */
  async #remove(engine: Engine, id: string): Promise<void> {
    const remove = async (): Promise<true> => {
      await engine.remove(id);
      this.#there.delete(id);
      return true;
    };
    try {
      await remove();
    } catch (error) {
      this.#leftovers.add(id, remove);
      throw error;
    }
  }

  #opened(): Promise<Engine> {
    return (this.#engine ??= Engine.at(this.#options.socket ?? ''));
  }

  #swept(): Promise<void> {
    const swept = async (): Promise<void> => sweep(await this.#opened(), this.#options.warn);
    return (this.#sweeping ??= swept().catch((error: unknown) => {
      this.#sweeping = undefined;
      throw error;
    }));
  }
}

/**
 * Removes the container whose making was not answered. The engine may still be at it when it answers others again, so one that is not there is looked
 * for as long as a call may take.
 */
function unansweredIn(engine: Engine, made: string): Removal {
  let since_ms: number | undefined;
  return async () => {
    const found = await engine.labelled(`${MADE_LABEL}=${made}`);
    for (const { id } of found) await engine.remove(id);
    since_ms ??= performance.now();
    return found.length > 0 || performance.now() - since_ms > ENGINE_CALL_MS;
  };
}
