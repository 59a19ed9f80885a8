/**
 * The Docker engine behind its socket: the few calls that a container needs, each bounded in time, failures put into words.
 *
 * An engine may be away, restart at any time, or not answer; nothing here waits for it longer than its bounds say, but for the end of a container.
 */
import { Duplex, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import { CircuitError } from '../../base/error.js';
import { ENGINE_CALL_MS, ENGINE_PULL_SILENCE_MS } from '../../base/limits.js';
import { within } from '../../base/within.js';
import { engineError, statusOf } from './engine-error.js';

export type { ContainerInspectInfo } from 'dockerode';

/** A container as the list of all has it. */
export interface Labelled {
  readonly id: string;
  readonly names: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** ID of its image. */
  readonly image: string;
}

export class Engine {
  /** Where it is. */
  readonly socket: string;
  readonly #docker: Docker;

  /** Nothing is asked yet. */
  static async at(socket: string): Promise<Engine> {
    const { default: Client } = await import('dockerode'); // a second's worth of code on a slow machine, for those who use it
    return new Engine(socket, new Client({ socketPath: socket }));
  }

  private constructor(socket: string, docker: Docker) {
    this.socket = socket;
    this.#docker = docker;
  }

  /** The new container's ID; an image that the engine lacks is pulled. @throws CircuitError ENOENT no such image; EINVAL, EEXIST; EIO */
  async create(options: ContainerCreateOptions, signal: AbortSignal): Promise<string> {
    try {
      return await this.#create(options);
    } catch (error) {
      if (statusOf(error) !== 404) throw engineError(error, this.socket);
    }
    await this.#pull(options.Image ?? '', signal);
    return this.#create(options).catch((error: unknown) => {
      throw engineError(error, this.socket);
    });
  }

  /** A connection to a container's streams: its input and output, or its errors, in the engine's frames. */
  async attach(id: string, which: 'stdin and stdout' | 'stderr'): Promise<Duplex> {
    const streams = which === 'stderr' ? { stderr: true } : { stdin: true, stdout: true };
    const stream = await this.#ask((abortSignal) =>
      this.#docker.getContainer(id).attach({ stream: true, hijack: true, ...streams, abortSignal }),
    );
    stream.on('error', () => undefined); // it shows as a close, too
    if (!(stream instanceof Duplex)) throw new CircuitError('EIO', 'the Docker engine gives no connection to the container');
    return stream;
  }

  async start(id: string): Promise<void> {
    await this.#ask((abortSignal) => this.#docker.getContainer(id).start({ abortSignal }));
  }

  /**
   * Resolves when the container does not run; at once if it has ended. The engine answers with headers at once and with a body then: the client's
   * own `wait` never returns when the connection breaks in between, so the answer is taken as a stream.
   * @throws what the client throws: see `isAway`
   */
  async ended(id: string, signal: AbortSignal): Promise<void> {
    const request = {
      path: `/containers/${id}/wait?`,
      method: 'POST',
      options: { condition: 'not-running' },
      statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
      isStream: true,
      abortSignal: signal,
    };
    const answer = await new Promise<Readable>((resolve, reject) => {
      this.#docker.modem.dial(request, (error: unknown, stream: unknown) => {
        if (stream instanceof Readable) resolve(stream);
        else reject(error instanceof Error ? error : new Error('no stream'));
      });
    });
    await text(answer);
  }

  /** Docker's own document. */
  inspect(id: string, limit_ms = ENGINE_CALL_MS): Promise<ContainerInspectInfo> {
    return this.#ask((abortSignal) => this.#docker.getContainer(id).inspect({ abortSignal }), limit_ms);
  }

  /** @throws CircuitError EINVAL if it has ended */
  async signal(id: string, number: number): Promise<void> {
    await this.#ask(async (abortSignal) => {
      await this.#docker
        .getContainer(id)
        .kill({ signal: String(number), abortSignal })
        .catch((error: unknown) => {
          throw statusOf(error) === 409 ? new CircuitError('EINVAL', 'the container has ended', { cause: error }) : error;
        });
    });
  }

  /** Ends it: its stop signal, TERM unless the image says otherwise, and KILL after `grace_s`. @param more_ms for the engine's answer */
  async stop(id: string, grace_s: number, more_ms: number): Promise<void> {
    const limit_ms = grace_s * 1000 + more_ms;
    const t = Math.ceil(grace_s);
    await this.#ask((abortSignal) => this.#docker.getContainer(id).stop({ t, abortSignal }), limit_ms).catch(unlessGone);
  }

  /** Removes it and its anonymous volumes, whether it runs or not. Nothing happens if it is gone. */
  async remove(id: string): Promise<void> {
    await this.#ask((abortSignal) => this.#docker.getContainer(id).remove({ force: true, v: true, abortSignal })).catch(unlessGone);
  }

  /** Those that bear a label, running or not. @param label its name, or `NAME=VALUE` */
  async labelled(label: string): Promise<readonly Labelled[]> {
    const filters = { label: [label] };
    const list = await this.#ask((abortSignal) => this.#docker.listContainers({ all: true, filters, abortSignal }));
    return list.map(({ Id: id, Names, Labels: labels, ImageID: image }) => ({
      id,
      names: Names.map((name) => name.slice(1)), // "/web-1"
      labels,
      image,
    }));
  }

  /** What an image gives to its containers; undefined if there is no such image. */
  async imageLabels(image: string): Promise<Readonly<Record<string, string>> | undefined> {
    try {
      const { Config } = await this.#ask(() => this.#docker.getImage(image).inspect()); // the client takes no signal for it
      return { ...Config.Labels }; // null without any
    } catch (error) {
      if (error instanceof CircuitError && statusOf(error.cause) === 404) return undefined;
      throw error;
    }
  }

  async #create(options: ContainerCreateOptions): Promise<string> {
    return (await within(ENGINE_CALL_MS, (abortSignal) => this.#docker.createContainer({ ...options, abortSignal }))).id;
  }

  /** Pulls an image; a registry that says nothing for a while is given up. @throws CircuitError ENOENT with the image's name and the reason */
  async #pull(image: string, signal: AbortSignal): Promise<void> {
    const silence = new AbortController();
    const giveUp = setTimeout(() => silence.abort(), ENGINE_PULL_SILENCE_MS);
    try {
      const abortSignal = AbortSignal.any([silence.signal, signal]);
      const progress: unknown = await this.#docker.pull(image, { abortSignal });
      if (progress instanceof Readable) await this.#follow(progress, () => giveUp.refresh(), abortSignal);
    } catch (error) {
      const reason = silence.signal.aborted
        ? `the registry said nothing for ${ENGINE_PULL_SILENCE_MS / 1000} s`
        : engineError(error, this.socket).message;
      throw new CircuitError('ENOENT', `no such image: ${image} is not there, and pulling it failed: ${reason}`, { cause: error });
    } finally {
      clearTimeout(giveUp);
    }
  }

  async #follow(progress: Readable, onProgress: () => void, signal: AbortSignal): Promise<void> {
    const stop = (): void => void progress.destroy(new Error('given up'));
    signal.addEventListener('abort', stop, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        const finished = (error: unknown, steps: readonly { readonly error?: string }[]): void => {
          const refusal = steps.find((step) => step.error !== undefined)?.error;
          if (error === null && refusal === undefined && !signal.aborted) resolve();
          else reject(refusal === undefined ? (error as Error) : new CircuitError('ENOENT', refusal));
        };
        this.#docker.modem.followProgress(progress, finished, onProgress);
      });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #ask<T>(call: (signal: AbortSignal) => Promise<T>, limit_ms = ENGINE_CALL_MS): Promise<T> {
    try {
      return await within(limit_ms, call);
    } catch (error) {
      throw engineError(error, this.socket);
    }
  }
}

/** What is no failure of ending a container: it has ended (304), is gone (404), or somebody else removes it already (409). */
const GONE: readonly (number | undefined)[] = [304, 404, 409];

function unlessGone(error: unknown): void {
  if (!(error instanceof CircuitError) || !GONE.includes(statusOf(error.cause))) throw error;
}
