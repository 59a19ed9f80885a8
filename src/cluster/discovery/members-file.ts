/**
 * The last known servers, in a file: where a server that starts again looks when nobody answers by multicast. It is written whole or not at all, and no more
 * often than once in ten seconds; what is read is a file from outside, and is believed nothing but hints.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Address, formatAddress, isServerId, parseAddress } from '../../base/address.js';
import { SNAPSHOT_MAX_BYTES, SNAPSHOT_SERVERS_MAX } from '../../base/limits.js';
import { escapeControls } from '../../base/quote.js';
import type { Clock } from '../../base/clock.js';
import { codeOf } from './group-socket.js';
import type { Hint, Log, Source } from './hint.js';

/** The file's name in the directory that `--var` names. */
export const MEMBERS_FILE = 'members.json';
const WRITE_PAUSE_MS = 10_000;
const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_TRUNC, O_WRONLY } = constants;

/** A server to be found again. */
export interface KnownServer {
  readonly id: string;
  readonly address: Address;
}

const ADDRESS = v.pipe(
  v.string(),
  v.maxLength(300),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    try {
      return parseAddress(value);
    } catch {
      addIssue({ message: 'no address' });
      return NEVER;
    }
  }),
);
const FILE = v.object({
  version: v.literal(1),
  servers: v.pipe(v.array(v.object({ id: v.pipe(v.string(), v.check(isServerId)), address: ADDRESS })), v.maxLength(SNAPSHOT_SERVERS_MAX)),
});

export class MembersFile implements Source {
  readonly #path: string;
  readonly #log: Log;
  readonly #clock: Clock;
  #next: readonly KnownServer[] | undefined;
  #cancel: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #complained = false;

  /** @param directory of the server alone: two do not share one */
  constructor(directory: string, log: Log, clock: Clock) {
    this.#path = join(directory, MEMBERS_FILE);
    this.#log = log;
    this.#clock = clock;
  }

  /** What the file holds, once; nothing if there is none or it cannot be used. */
  async *addresses(signal: AbortSignal): AsyncGenerator<Hint, void, undefined> {
    for (const server of await this.#read()) {
      if (signal.aborted) return;
      yield server;
    }
  }

  /** These are the servers now. They are written soon; of several calls in ten seconds the last one counts. */
  save(servers: readonly KnownServer[]): void {
    this.#next = servers.slice(0, SNAPSHOT_SERVERS_MAX);
    this.#cancel ??= this.#clock.after(WRITE_PAUSE_MS, () => void this.flush());
  }

  /** Writes what is to be written, now; resolves when that is done. Called once more when the server ends. */
  flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#writing = this.#writing.then(async () => {
      const servers = this.#next;
      this.#next = undefined;
      if (servers !== undefined) await this.#write(servers).catch((error: unknown) => this.#complain('written', codeOf(error)));
    });
    return this.#writing;
  }

  async #write(servers: readonly KnownServer[]): Promise<void> {
    const entries = servers.map(({ id, address }) => ({ id, address: formatAddress(address) }));
    const draft = `${this.#path}.new`;
    const file = await open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ version: 1, servers: entries }, undefined, 1)}\n`);
      await file.datasync(); // else a crash of the machine may leave the new name with nothing in it
    } finally {
      await file.close();
    }
    await rename(draft, this.#path);
  }

  async #read(): Promise<readonly KnownServer[]> {
    try {
      // Without O_NONBLOCK a named pipe of that name would hold up the start.
      const file = await open(this.#path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        return v.parse(FILE, JSON.parse(await readBounded(file))).servers;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') this.#complain('read', error instanceof v.ValiError || error instanceof SyntaxError ? 'it is not as a server writes it' : codeOf(error)); // prettier-ignore
      return [];
    }
  }

  #complain(what: string, why: string): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#log('warn', escapeControls(`${this.#path}, the last known servers, cannot be ${what}: ${why}; it may be removed`));
  }
}

async function readBounded(file: FileHandle): Promise<string> {
  if (!(await file.stat()).isFile()) throw new SyntaxError('no regular file');
  const bytes = Buffer.alloc(SNAPSHOT_MAX_BYTES + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
    if (bytesRead === 0) return bytes.toString('utf8', 0, length);
    length += bytesRead;
  }
  throw new SyntaxError('too long');
}
