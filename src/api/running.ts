/**
 * What the handles of processes and containers have in common: standard streams, an end, signals.
 */
import type { Readable, Writable } from 'node:stream';
import type { WaitOptions } from '../base/bytes.js';
import { WAIT_MAX_BYTES } from '../base/limits.js';
import { ElementHandle } from './element-handle.js';

/** How its input is opened. */
export interface StdinOptions extends WaitOptions {
  /** Others may write as well: the end of this stream is not yet the end of the input. */
  readonly more?: boolean;
}

/** Something that runs, or has run, on a server. */
export abstract class Running<Peek> extends ElementHandle<Peek> {
  /** Waits until it has ended. @throws CircuitError EIDRM if it is scrubbed meanwhile, ENOENT, EHOSTDOWN, the signal's reason */
  async wait(options?: WaitOptions): Promise<Peek> {
    return JSON.parse((await this.readWhole('wait', WAIT_MAX_BYTES, options)).toString()) as Peek;
  }

  /** To a process and its group, or to the first process of a container. @param name as of kill(1), 'TERM' or 'SIGTERM', or a number. @throws CircuitError EINVAL, ENOENT, EHOSTDOWN */
  async signal(name: string | number, options?: WaitOptions): Promise<void> {
    await this.perform('signal', [String(name)], options);
  }

  /** Lets unread output go from now on. @throws CircuitError ENOENT, EHOSTDOWN, the signal's reason */
  async drain(options?: WaitOptions): Promise<void> {
    await this.perform('drain', [], options);
  }

  /** Its input. Ending the stream ends the input, unless `more` may come from others. @throws CircuitError ENOENT, EHOSTDOWN, the signal's reason */
  async stdin({ more = false, ...options }: StdinOptions = {}): Promise<Writable> {
    return this.writable('stdin', { truncate: !more, append: more }, options);
  }

  /** Its output, from the oldest byte held, until it has ended. @throws CircuitError ENOENT, EHOSTDOWN, the signal's reason */
  async stdout(options?: WaitOptions): Promise<Readable> {
    return this.readable('stdout', options);
  }

  /** As `stdout`. */
  async stderr(options?: WaitOptions): Promise<Readable> {
    return this.readable('stderr', options);
  }
}
