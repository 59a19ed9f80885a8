/**
 * The root of a circuit, `/`: above the servers, on none of them. It can be looked at and walked down from; nothing can be made there.
 */
import type { Credentials, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { type AnchorStat, type Member, ROOT_SERIAL, type ServerTree } from '../tree/server-tree.js';
import { Anchor, type BelowOptions } from './anchor.js';
import type { ListedAnchor } from './below.js';

/** What a circuit is to its root. */
interface Circuit {
  members(): readonly Member[];
  view(): ReadonlyMap<string, Anchor>;
  walk(path: string | readonly string[]): Anchor;
}

const refuse = (): never => {
  throw new CircuitError(
    'EPERM',
    'the root holds the servers and nothing else: expected an anchor of a server, as in /X…/NAME or /self/NAME',
  );
};

const NOWHERE: ServerTree = {
  id: '',
  stat: refuse,
  list: refuse,
  tree: refuse,
  makeAnchor: refuse,
  removeAnchor: refuse,
  makeElement: refuse,
  scrub: refuse,
  perform: refuse,
  peek: refuse,
  openReader: refuse,
  openWriter: refuse,
  lastError: refuse,
  reportError: refuse,
  readLog: refuse,
  env: refuse,
  metrics: refuse,
  profile: refuse,
};

/** What changes it is refused with EPERM. */
export class RootAnchor extends Anchor {
  readonly #circuit: Circuit;

  constructor(circuit: Circuit, credentials: Credentials) {
    super(NOWHERE, [], credentials);
    this.#circuit = circuit;
  }

  /** Empty: it is on no server. */
  override async address(): Promise<string> {
    return Promise.resolve('');
  }

  override walk(path: string | readonly string[]): Anchor {
    return this.#circuit.walk(path);
  }

  override async stat(options?: WaitOptions): Promise<AnchorStat> {
    options?.signal?.throwIfAborted();
    const members = this.#circuit.members();
    const changed_ms = Math.max(0, ...members.map(({ joined }) => joined.getTime()));
    return Promise.resolve({ serial: ROOT_SERIAL, changed_ms, kind: undefined, children: members.length });
  }

  /** The live servers. */
  override async view(options?: WaitOptions): Promise<ReadonlyMap<string, Anchor>> {
    options?.signal?.throwIfAborted();
    return Promise.resolve(this.#circuit.view());
  }

  /** A server that dies meanwhile is left out. @throws CircuitError EHOSTDOWN for one that is not yet known to be dead */
  override async below({ levels = Infinity, signal }: BelowOptions = {}): Promise<readonly ListedAnchor[]> {
    signal?.throwIfAborted();
    const options = { levels: levels - 1, ...(signal !== undefined && { signal }) };
    const listed = [...this.#circuit.view()].map(async ([name, server]): Promise<readonly ListedAnchor[]> => {
      try {
        return [{ name, kind: 'server', below: levels <= 1 ? [] : await server.below(options) }];
      } catch (error) {
        if (!(error instanceof CircuitError) || this.#circuit.members().some(({ id }) => id === name)) throw error;
        return [];
      }
    });
    return (await Promise.all(listed)).flat().sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  override async peek(options?: WaitOptions): Promise<unknown> {
    options?.signal?.throwIfAborted();
    return Promise.resolve(null);
  }

  override async lastError(options?: WaitOptions): Promise<string> {
    options?.signal?.throwIfAborted();
    return Promise.resolve('');
  }
}
