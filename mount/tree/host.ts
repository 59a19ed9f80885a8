/**
 * `host/`: the live servers by the names of their hosts, and the symlinks that lead to servers.
 */
import type { Credentials } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import type { Member } from '../../src/tree/server-tree.js';
import type { Attributes, Directory, Entry, Link, ListedEntry } from '../engine/filesystem.js';
import type { Access } from './access.js';
import { ControlFileEntry, type FileKind, type Holder } from './control-file.js';
import { hostHelp } from './help.js';
import { INODES } from './inode.js';
import { text } from './kinds.js';
import type { View } from './view.js';

/** RFC 1123, section 2.1. */
const HOST_NAME = /^(?=.{1,253}$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i;

/** A peer may call itself what it likes: what is no host name is shown as the server's ID. */
export function hostOf({ host, id }: Member): string {
  return HOST_NAME.test(host) ? host : id;
}

/** The entries of `host/`: the server of a host that joined first has the plain name, others of that host have their ID in it too. */
export function linksByHost(members: readonly Member[]): ReadonlyMap<string, Member> {
  const links = new Map<string, Member>();
  const inOrder = [...members].sort((a, b) => a.joined.getTime() - b.joined.getTime() || (a.id < b.id ? -1 : 1));
  for (const member of inOrder) {
    const host = hostOf(member);
    links.set(links.has(host) || host === 'help' ? `${host}.${member.id}` : host, member);
  }
  return links;
}

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
    if (name === 'help') return new ControlFileEntry(this, INODES.hostHelp, help);
    const member = linksByHost(this.view.circuit.members()).get(name);
    if (member === undefined) throw new CircuitError('ENOENT', `no live server runs on a host called "${name}"`);
    return new ServerLink(this.view.inodes.link(member.id), `../${member.id}`, member.joined.getTime());
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

/** A symlink to a server's directory. */
export class ServerLink implements Link {
  readonly kind = 'link';
  readonly ino: number;
  readonly #target: string;
  readonly #since_ms: number;

  constructor(ino: number, target: string, since_ms: number) {
    this.ino = ino;
    this.#target = target;
    this.#since_ms = since_ms;
  }

  attributes(): Attributes {
    return { mode: 0o777, size: Buffer.byteLength(this.#target), mtime_ms: this.#since_ms };
  }

  target(): string {
    return this.#target;
  }
}
