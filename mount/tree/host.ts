/**
 * `host/`: the live servers by the names of their hosts, and the symlinks that lead to servers.
 */
import type { Credentials } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import type { Attributes, Directory, Entry, Link, ListedEntry } from '../engine/filesystem.js';
import type { Member } from '../../src/tree/server-tree.js';
import type { Access } from './access.js';
import { ControlFileEntry, type FileKind, type Holder } from './control-file.js';
import { hostHelp } from './help.js';
import { linksByHost } from '../../src/api/host-names.js';
import { INODES } from './inode.js';
import { text } from './kinds.js';
import { stale } from './stale.js';
import type { View } from './view.js';

const help: FileKind<HostDirectory> = text(({ view }) => hostHelp(view), { purpose: 'this text' });

export class HostDirectory implements Directory, Holder {
  readonly kind = 'directory';
  readonly ino = INODES.host;
  readonly view: View;
  readonly #changed_ms: () => number;

  constructor(view: View, changed_ms: () => number) {
    this.view = view;
    this.#changed_ms = changed_ms;
  }

  get access(): Access {
    return this.view.access;
  }

  changed_ms(): number {
    return this.#changed_ms();
  }

  attributes(): Attributes {
    return { mode: 0o755, size: 0, mtime_ms: this.changed_ms(), links: 2 };
  }

  lookup(name: string): Entry {
    if (name === 'help') return new ControlFileEntry(this, { name, ino: INODES.hostHelp, kind: help });
    const { id, joined } = this.#member(name);
    return new ServerLink(this.view.inodes.link(id), () => {
      if (this.#member(name).id !== id) throw stale(new CircuitError('ENOENT'));
      return { target: `../${id}`, since_ms: joined.getTime() };
    });
  }

  /** @throws CircuitError ENOENT */
  #member(name: string): Member {
    const member = linksByHost(this.view.circuit.members()).get(name);
    if (member === undefined) throw new CircuitError('ENOENT', `no live server runs on a host called "${name}"`);
    return member;
  }

  list(): readonly ListedEntry[] {
    const entries: ListedEntry[] = [{ name: 'help', ino: INODES.hostHelp, type: 'file' }];
    for (const [name, { id }] of linksByHost(this.view.circuit.members())) {
      entries.push({ name, ino: this.view.inodes.link(id), type: 'link' });
    }
    return entries;
  }

  makeDirectory(_name: string, _asker: Credentials): never {
    throw new CircuitError('EPERM', 'entries come and go with servers');
  }

  removeDirectory(_name: string, _asker: Credentials): never {
    throw new CircuitError('EPERM', 'entries come and go with servers');
  }
}

interface Leads {
  readonly target: string;
  readonly since_ms: number;
}

/** A symlink to a server's directory. */
export class ServerLink implements Link {
  readonly kind = 'link';
  readonly ino: number;
  readonly #leads: () => Leads;

  /** @param leads where it leads now, and since when. @throws CircuitError ENOENT, ESTALE */
  constructor(ino: number, leads: () => Leads) {
    this.ino = ino;
    this.#leads = leads;
  }

  attributes(): Attributes {
    const { target, since_ms } = this.#leads();
    return { mode: 0o777, size: Buffer.byteLength(target), mtime_ms: since_ms };
  }

  target(): string {
    return this.#leads().target;
  }
}
