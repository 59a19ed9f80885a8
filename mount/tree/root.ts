/**
 * The root of the mounted tree: the live servers, and the ways to find them.
 */
import type { Credentials, Awaitable } from '../../src/base/bytes.js';
import { after } from '../../src/base/after.js';
import { CircuitError } from '../../src/base/error.js';
import { GIVE_UP } from '../../src/base/name.js';
import { escapeControls } from '../../src/base/quote.js';
import { unlessLate } from '../../src/base/within.js';
import { type AnchorStat, ROOT_SERIAL } from '../../src/tree/server-tree.js';
import type { Attributes, Directory, Entry, ListedEntry } from '../engine/filesystem.js';
import type { Access } from './access.js';
import { AnchorDirectory, PATIENCE_MS } from './anchor.js';
import { ControlFileEntry, type FileKind, type Holder } from './control-file.js';
import { rootHelp } from './help.js';
import { HostDirectory, ServerLink } from './host.js';
import { hostOf } from '../../src/api/host-names.js';
import { INODES, serverInode } from './inode.js';
import { text } from './kinds.js';
import { ReaderFile } from '../files/reader.js';
import type { View } from './view.js';

const FILES: Readonly<Record<'help' | 'members' | 'events', FileKind<RootDirectory>>> = {
  help: text(({ view }) => rootHelp(view), { purpose: 'this text' }),
  members: text(({ view }) => memberLines(view), { purpose: 'the live servers' }),
  events: {
    mode: 0o400,
    type: 'fifo',
    writesWait: 'never',
    guarded: true,
    purpose: 'what happens on all servers, one JSON object a line, and on as it happens',
    example: (path) => `head -n 1 ${path}`,
    open: ({ view }, _how, credentials) => new ReaderFile(view.circuit.openEvents(credentials)),
  },
};

/** One line a live server: ID, address (`-` for none), host name, since when (RFC 3339). */
function memberLines({ circuit }: View): string {
  return circuit
    .members()
    .map((member) => `${member.id} ${escapeControls(member.address) || '-'} ${hostOf(member)} ${member.joined.toISOString()}\n`)
    .join('');
}

export class RootDirectory implements Directory, Holder {
  readonly kind = 'directory';
  readonly ino = INODES.root;
  readonly view: View;
  readonly #mounted_ms = Date.now();
  readonly #onGiveUp: () => void;

  /** @param onGiveUp somebody who may is about to take the mount away for good */
  constructor(view: View, onGiveUp: () => void = () => undefined) {
    this.view = view;
    this.#onGiveUp = onGiveUp;
  }

  get access(): Access {
    return this.view.access;
  }

  /** When the last server joined, or this was mounted. */
  changed_ms(): number {
    return this.view.circuit.members().reduce((latest_ms, { joined }) => Math.max(latest_ms, joined.getTime()), this.#mounted_ms);
  }

  attributes(): Attributes {
    return { mode: 0o755, size: 0, mtime_ms: this.changed_ms(), links: 3 + this.view.circuit.members().length };
  }

  lookup(name: string): Awaitable<Entry> {
    switch (name) {
      case 'help':
      case 'members':
      case 'events':
        return new ControlFileEntry(this, { name, ino: INODES[name], kind: FILES[name] });
      case 'self':
        return new ServerLink(INODES.self, () => ({ target: this.view.circuit.self.id, since_ms: this.#mounted_ms }));
      case 'host':
        return new HostDirectory(this.view, () => this.changed_ms());
      default:
        return this.#server(name);
    }
  }

  list(): Awaitable<readonly ListedEntry[]> {
    const entries: ListedEntry[] = [
      { name: 'help', ino: INODES.help, type: 'file' },
      { name: 'members', ino: INODES.members, type: 'file' },
      { name: 'events', ino: INODES.events, type: 'fifo' },
      { name: 'self', ino: INODES.self, type: 'link' },
      { name: 'host', ino: INODES.host, type: 'directory' },
    ];
    const members = this.view.circuit.members();
    this.view.inodes.retain(new Set(members.map(({ id }) => id)));
    // No server is asked for this: one that does not answer must not hold up the list of the others.
    for (const { id } of members) entries.push({ name: id, ino: serverInode(this.view.inodes.server(id)), type: 'directory' });
    return entries;
  }

  makeDirectory(name: string, asker: Credentials): Awaitable<never> {
    return after(name === GIVE_UP ? this.access.check(asker) : undefined, () => {
      if (name === GIVE_UP) this.#onGiveUp();
      throw new CircuitError('EPERM', 'servers appear here by starting; anchors are made in their directories');
    });
  }

  removeDirectory(_name: string, _asker: Credentials): never {
    throw new CircuitError('EPERM', 'servers go from here by stopping');
  }

  /** A server that does not answer is still there to be seen: what it would say of itself is guessed then, and `ls -l` of the root waits for nobody. */
  #server(id: string): Awaitable<Entry> {
    const tree = this.view.circuit.tree(id);
    const entry = (stat: AnchorStat): Entry => new AnchorDirectory(this.view, tree, [], stat);
    const stat = tree.stat([]);
    if (!(stat instanceof Promise)) return entry(stat);
    const joined_ms =
      this.view.circuit
        .members()
        .find((member) => member.id === id)
        ?.joined.getTime() ?? this.#mounted_ms;
    const guess: AnchorStat = { serial: ROOT_SERIAL, changed_ms: joined_ms, kind: 'server', children: 0 };
    return unlessLate(PATIENCE_MS, stat, guess).then(entry);
  }
}
