/**
 * A simulated server: a membership core, and a shell that drives it as a daemon does, over the simulated network. It can be paused and killed.
 */
import { decodeMessage, encodeMessage } from '../../src/cluster/membership/codec.js';
import type { IdentityTable } from '../../src/cluster/membership/identity-table.js';
import { Membership } from '../../src/cluster/membership/membership.js';
import type { GossipMessage } from '../../src/cluster/membership/gossip-message.js';
import type { Parameters } from '../../src/cluster/membership/parameters.js';
import type { Dial, Effects, MembershipEvent, Input, LinkPurpose, Token } from '../../src/cluster/membership/protocol.js';
import { Random } from '../../src/cluster/membership/random.js';
import type { Identity } from '../../src/cluster/membership/record.js';
import type { DialFailure } from '../../src/wire/transport/connection.js';
import { SimulatedClock } from './clock.js';
import { addMessage, type Cost, DIALLER, HEADERS_BYTES, LISTENER, messageBytes } from './cost.js';
import { type End, type Host, type Network, Pipe } from './network.js';

/** What servers need from the simulation. */
export interface World {
  readonly network: Network;
  readonly identities: IdentityTable;
  readonly parameters: Parameters;
  /** Whether messages are encoded and decoded, so that nothing is shared. Costly. */
  readonly encodes: boolean;
  /** Processor time that a handshake takes at each end. */
  readonly handshakes: Handshakes;
  listening(address: string): Server | undefined;
  hostOf(address: string): Host | undefined;
  /** Called after each step. */
  stepped(server: Server, input: Input): void;
  reported(server: Server, event: MembershipEvent): void;
}

/** Processor time of a handshake, in ms: in a process that has just started, whose code is not compiled yet, and later. */
export interface Handshakes {
  readonly young_ms: number;
  readonly usual_ms: number;
}

/** How long a process counts as one that has just started. */
const YOUNG_MS = 5000;

interface Hello {
  readonly id: string;
  readonly to: string | undefined;
  readonly purpose: LinkPurpose;
  readonly note: unknown;
}

type Answer = { readonly answer: 'welcome'; readonly note: unknown } | { readonly answer: DialFailure };

/** One end of a connection, as the shell holds it. */
class Socket implements End {
  readonly server: Server;
  token: Token;
  out: Pipe | undefined;
  /** The dial that made it, until it is answered. */
  dial: Dial | undefined;
  /** Whether the hello is still to come. */
  fresh: boolean;
  hasSent = false;

  constructor(server: Server, token: Token, dial: Dial | undefined) {
    this.server = server;
    this.token = token;
    this.dial = dial;
    this.fresh = dial === undefined;
  }

  receive(message: unknown): void {
    this.server.enqueue(() => this.server.received(this, message));
  }

  closed(): void {
    this.server.enqueue(() => this.server.ended(this));
  }
}

export class Server implements Effects {
  readonly world: World;
  readonly host: Host;
  readonly identity: Identity;
  readonly core: Membership;
  readonly cost: Cost = { packets: 0, bytes: 0 };
  running = true;
  /** How often its timer has fired. */
  wakes = 0;
  /** Called when its view has changed. */
  onChange: (() => void) | undefined;
  #started_ms = Number.NEGATIVE_INFINITY;
  /** Its processor is busy until then. */
  #busyUntil_ms = 0;
  #paused = false;
  #timerDue = false;
  #timer_ms = Number.POSITIVE_INFINITY;
  #backlog: (() => void)[] = [];
  readonly #sockets = new Map<Token, Socket>();
  #accepted: Token = 0;
  #stepping = false;
  readonly #clock: SimulatedClock;

  constructor(world: World, host: Host, identity: Identity, seed: number) {
    this.world = world;
    this.#clock = new SimulatedClock(new Random(seed + 1));
    this.host = host;
    this.identity = identity;
    this.core = new Membership({ identity, effects: this, seed, identities: world.identities, parameters: world.parameters });
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** What its clock shows. */
  get now_ms(): number {
    return this.#clock.now_ms(this.world.network.events.now_ms);
  }

  /** The time of the simulation at which its clock shows this. */
  event_ms(now_ms: number): number {
    return this.#clock.event_ms(now_ms);
  }

  /** How late its next timer is. */
  late_ms(): number {
    return this.#clock.late_ms();
  }

  /** Whether it is running on a host that is up. */
  get well(): boolean {
    return this.running && this.host.up && !this.#paused;
  }

  feed(input: Input): void {
    if (!this.running) return;
    if (this.#stepping) throw new Error('a step within a step');
    this.#stepping = true;
    if (input.kind === 'start') this.#started_ms = this.now_ms;
    const { low, high } = this.core.state.view.digest;
    this.core.step(this.now_ms, input);
    this.#stepping = false;
    this.world.stepped(this, input);
    const { digest } = this.core.state.view;
    if (digest.low !== low || digest.high !== high) this.onChange?.();
  }

  /** As SIGSTOP and SIGCONT. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // As Node's event loop: timers first, then what has arrived.
    if (this.#timerDue) this.#fire();
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const run of backlog) this.enqueue(run);
  }

  /** As SIGKILL: its kernel ends its connections. */
  kill(): void {
    this.running = false;
    for (const socket of this.#sockets.values()) socket.out?.end();
    this.#sockets.clear();
    this.#backlog = [];
  }

  leave(): void {
    this.feed({ kind: 'leave' });
    this.world.network.events.after(50, () => this.kill());
  }

  enqueue(run: () => void): void {
    if (!this.running) return;
    const { events } = this.world.network;
    if (this.#paused) this.#backlog.push(run);
    else if (events.now_ms < this.#busyUntil_ms) events.at(this.#busyUntil_ms, () => this.enqueue(run));
    else run();
  }

  /** A handshake takes its processor. */
  #shake(): void {
    const { handshakes, network } = this.world;
    const cost_ms = this.now_ms - this.#started_ms < YOUNG_MS ? handshakes.young_ms : handshakes.usual_ms;
    this.#busyUntil_ms = Math.max(this.#busyUntil_ms, network.events.now_ms) + cost_ms;
  }

  received(socket: Socket, message: unknown): void {
    if (this.#sockets.get(socket.token) !== socket) return;
    socket.hasSent = false;
    const hasAnswered = (): boolean => socket.hasSent;
    if (socket.fresh) this.#greeted(socket, message as Hello);
    else if (socket.dial !== undefined) this.#answered(socket, message as Answer);
    else
      this.feed({
        kind: 'message',
        token: socket.token,
        message: message instanceof Uint8Array ? decodeMessage(message) : (message as GossipMessage),
      });
    // An acknowledgement rides on an answer, if there is one.
    if (!hasAnswered()) {
      this.cost.packets++;
      this.cost.bytes += HEADERS_BYTES;
    }
  }

  ended(socket: Socket): void {
    if (this.#sockets.get(socket.token) !== socket) return;
    this.#sockets.delete(socket.token);
    socket.out?.end();
    // The kernel accepted, and the process never answered.
    if (socket.dial !== undefined) this.feed({ kind: 'failed', token: socket.token, failure: 'silent' });
    else if (!socket.fresh) this.feed({ kind: 'closed', token: socket.token });
  }

  dial(dial: Dial): void {
    const { network } = this.world;
    const { token } = dial;
    const socket = new Socket(this, token, dial);
    this.#sockets.set(token, socket);
    const isWanted = (): boolean => this.running && this.#sockets.get(token) === socket && socket.out === undefined;
    const fail = (failure: DialFailure): void => {
      if (this.#sockets.get(token) !== socket || socket.dial === undefined) return;
      this.#sockets.delete(token);
      socket.out?.end();
      this.feed({ kind: 'failed', token, failure });
    };
    network.events.after(dial.timeout_ms, () => this.enqueue(() => fail(socket.out === undefined ? 'unreachable' : 'silent')));
    const there = this.world.hostOf(dial.address);
    if (there === undefined) return;
    if (this.host.sending !== 'well' && there !== this.host) return network.events.after(0.05, () => this.enqueue(() => fail('unsent')));
    const listens = (): boolean => this.world.listening(dial.address) !== undefined;
    network.connect(this.host, there, isWanted, listens, (open) => {
      const other = this.world.listening(dial.address);
      if (!open || other === undefined) return this.enqueue(() => fail('refused'));
      this.#connect(socket, other);
    });
  }

  accept(token: Token, note: unknown): void {
    const socket = this.#sockets.get(token);
    socket?.out?.send({ answer: 'welcome', note } satisfies Answer);
    if (socket !== undefined) socket.hasSent = true;
  }

  refuse(token: Token): void {
    const socket = this.#sockets.get(token);
    socket?.out?.send({ answer: 'rejected' } satisfies Answer);
    socket?.out?.end();
    this.#sockets.delete(token);
  }

  send(token: Token, message: GossipMessage): void {
    const socket = this.#sockets.get(token);
    if (socket?.out === undefined) return;
    socket.hasSent = true;
    const bytes = this.world.encodes ? encodeMessage(message).slice() : undefined;
    addMessage(this.cost, bytes?.length ?? messageBytes(message));
    socket.out.send(bytes ?? message);
  }

  close(token: Token): void {
    const socket = this.#sockets.get(token);
    this.#sockets.delete(token);
    socket?.out?.end();
  }

  timer(at_ms: number): void {
    this.#timer_ms = at_ms;
    const { events } = this.world.network;
    events.at(this.#clock.event_ms(at_ms) + this.#clock.late_ms(), () => {
      if (!this.running || this.#timer_ms !== at_ms) return;
      if (this.#paused) this.#timerDue = true;
      else if (events.now_ms >= this.#busyUntil_ms) this.#fire();
      else
        this.enqueue(() => {
          if (this.#timer_ms === at_ms) this.#fire();
        });
    });
  }

  report(event: MembershipEvent): void {
    this.world.reported(this, event);
  }

  /** Sends malformed bytes, as a broken or hostile peer would. */
  garble(): void {
    for (const { token } of this.core.state.links.all()) this.#sockets.get(token)?.out?.send(Uint8Array.of(0xff, 1, 2));
  }

  /** Sends records of members with a few bytes changed, as a broken or hostile peer would. */
  babble(random: Random): void {
    const { view, links } = this.core.state;
    const numbers = [...view.entries()].map(([number]) => number);
    for (const { token } of links.all()) {
      const identity = view.identities.identity(numbers[random.below(numbers.length)] ?? view.me);
      const rumor = { id: identity.id, version: view.version(view.me), identity };
      const bytes = encodeMessage({ kind: 'rumors', compared: random.chance(0.3), rumors: [rumor] }).slice();
      for (let count = 1 + random.below(4); count > 0; count--) bytes[random.below(bytes.length)] = random.below(256);
      this.#sockets.get(token)?.out?.send(bytes);
    }
  }

  #fire(): void {
    this.#timerDue = false;
    this.wakes++;
    this.#timer_ms = Number.POSITIVE_INFINITY;
    this.feed({ kind: 'timer' });
  }

  /** The kernels have agreed: a connection of two pipes; the other end's process may be far from accepting it. */
  #connect(socket: Socket, other: Server): void {
    const { dial } = socket;
    if (dial === undefined) return;
    const far = new Socket(other, other.#number(), undefined);
    socket.out = new Pipe(this.world.network, this.host, other.host, far);
    far.out = new Pipe(this.world.network, other.host, this.host, socket);
    other.#sockets.set(far.token, far);
    this.cost.packets += DIALLER.packets;
    this.cost.bytes += DIALLER.bytes;
    other.cost.packets += LISTENER.packets;
    other.cost.bytes += LISTENER.bytes;
    this.enqueue(() => {
      if (this.#sockets.get(socket.token) !== socket) return;
      this.feed({ kind: 'connected', token: socket.token });
      // One more round trip for TLS.
      const wait_ms = this.world.network.delay_ms(this.host, other.host) + this.world.network.delay_ms(other.host, this.host);
      this.#shake();
      this.world.network.events.at(Math.max(this.#busyUntil_ms, this.world.network.events.now_ms) + wait_ms, () => {
        socket.out?.send({ id: this.identity.id, to: dial.id, purpose: dial.purpose, note: dial.note } satisfies Hello);
      });
    });
  }

  #greeted(socket: Socket, hello: Hello): void {
    socket.fresh = false;
    this.#shake();
    this.enqueue(() => this.#judge(socket, hello));
  }

  #judge(socket: Socket, hello: Hello): void {
    if (this.#sockets.get(socket.token) !== socket) return;
    if (hello.to !== undefined && hello.to !== this.identity.id) {
      socket.out?.send({ answer: 'stranger' } satisfies Answer);
      socket.out?.end();
      this.#sockets.delete(socket.token);
      return;
    }
    this.feed({ kind: 'accepted', token: socket.token, id: hello.id, purpose: hello.purpose, note: hello.note });
  }

  #answered(socket: Socket, answer: Answer): void {
    const { token, dial } = socket;
    socket.dial = undefined;
    if (answer.answer !== 'welcome') {
      this.#sockets.delete(token);
      this.feed({ kind: 'failed', token, failure: answer.answer });
      return;
    }
    const other = this.world.listening(dial?.address ?? '');
    this.feed({ kind: 'established', token, id: dial?.id ?? other?.identity.id ?? '', note: answer.note });
  }

  #number(): Token {
    return ++this.#accepted;
  }
}
