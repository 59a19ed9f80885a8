/**
 * The last known servers, in a file: a restarting server reads it to find others without multicast. It is replaced atomically, at most once in ten seconds.
 * Its content is untrusted and yields mere hints.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Address, formatAddress, isServerId, parseAddress } from '../../base/address.js';
import { SNAPSHOT_MAX_BYTES, SNAPSHOT_SERVERS_MAX } from '../../base/limits.js';
import { faultOf } from '../../base/own-files.js';
import { escapeControls } from '../../base/quote.js';
import type { Clock } from '../../base/clock.js';
import { codeOf } from './group-socket.js';
import type { Log } from '../../base/log.js';
import type { Hint, Source } from './hint.js';

/** The file's name in the directory given by `--var`. */
export const MEMBERS_FILE = 'members.json';
/** It is written whole, and then takes the file's place. */
const DRAFT_FILE = `${MEMBERS_FILE}.new`;
/** All names that are used in that directory. */
export const MEMBERS_FILES: readonly string[] = [MEMBERS_FILE, DRAFT_FILE];
const WRITE_PAUSE_MS = 10_000;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** A server to find again. */
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
      addIssue({ message: 'invalid address' });
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
  readonly #draft: string;
  readonly #log: Log;
  readonly #clock: Clock;
  #next: readonly KnownServer[] | undefined;
  #cancel: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #complained = false;
  #knew = false;

  /** @param directory exclusive to this server */
  constructor(directory: string, log: Log, clock: Clock) {
    this.#path = join(directory, MEMBERS_FILE);
    this.#draft = join(directory, DRAFT_FILE);
    this.#log = log;
    this.#clock = clock;
  }

  /** The servers in the file, once; none if the file is missing or unusable. */
  async *addresses(signal: AbortSignal): AsyncGenerator<Hint, void, undefined> {
    for (const server of await this.#read()) {
      if (signal.aborted) return;
      yield server;
    }
  }

  /**
   * Takes the current servers and writes them soon; of several calls within ten seconds the last counts. Before there has been one, those of the last
   * run stay: they may still be found, also by the next start if this one fails.
   */
  save(servers: readonly KnownServer[]): void {
    this.#knew ||= servers.length > 0;
    if (!this.#knew) return;
    this.#next = servers.slice(0, SNAPSHOT_SERVERS_MAX);
    this.#cancel ??= this.#clock.after(WRITE_PAUSE_MS, () => void this.flush());
  }

  /** Writes what is pending, now; resolves when done. Called once more when the server stops. */
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
    await rm(this.#draft, { force: true }); // a server that was killed may have left one
    const file = await open(this.#draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ version: 1, servers: entries }, undefined, 1)}\n`);
      await file.datasync(); // else a crash of the machine may leave the new name with an empty file
    } finally {
      await file.close();
    }
    await rename(this.#draft, this.#path);
  }

  async #read(): Promise<readonly KnownServer[]> {
    try {
      // Without O_NONBLOCK, a named pipe of that name would block the start.
      const file = await open(this.#path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        return v.parse(FILE, JSON.parse(await readBounded(file))).servers;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') this.#complain('read', error instanceof v.ValiError || error instanceof SyntaxError ? 'not a file written by a server' : codeOf(error)); // prettier-ignore
      return [];
    }
  }

  #complain(what: string, why: string): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#log('warn', escapeControls(`${this.#path}, the file of the last known servers, cannot be ${what}: ${why}; it is safe to delete`));
  }
}

async function readBounded(file: FileHandle): Promise<string> {
  if (faultOf(await file.stat()) !== undefined) throw new SyntaxError('not a file of its own');
  const bytes = Buffer.alloc(SNAPSHOT_MAX_BYTES + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
    if (bytesRead === 0) return bytes.toString('utf8', 0, length);
    length += bytesRead;
  }
  throw new SyntaxError('too long');
}
