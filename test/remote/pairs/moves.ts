/**
 * One run: moves that a seed draws, then all heals, everybody is served, and the model judges. A move is a name and a number, so that a run that fails
 * can be repeated without some of its moves.
 */
import { type Random, randomFrom } from '../../lib/random.js';
import type { Actor, Place } from './actor.js';
import { judgeInput, judgeMessages } from './model.js';
import { OutputReader, Receiver } from './readers.js';
import { CHANNELS, type ChannelName, turn, World } from './world.js';
import { EmptyWriter, InputWriter, MessageWriter, PacketWriter } from './writers.js';

export interface Move {
  readonly what: keyof typeof MOVES;
  readonly number: number;
}

/** How many actors of each kind there are at most at one moment, and IDs of messages that are drawn before the run is healed. */
const ACTORS_MAX = 12;
const IDS_MAX = 200;
const INPUT_WRITERS_MAX = 8;
/** Rounds of 50 ms after which everybody must have been served. */
const ROUNDS_MAX = 4000;

export class Run {
  readonly world: World;
  readonly actors: Actor[] = [];
  readonly #faults: string[] = [];
  #pids = 0;
  #ids = 0;
  #inputWriters = 0;
  #steady = false;

  constructor(seed: number) {
    const random = randomFrom(seed);
    this.world = new World([random(2), 1 + random(5), random(4)], [64 * 1024, 1_048_576, 1e9][random(3)] ?? 0);
  }

  /** What the model finds. */
  async play(moves: readonly Move[]): Promise<string[]> {
    for (const { what, number } of moves) {
      await MOVES[what].make(this, randomFrom(number));
      if (number % 3 === 0) await turn();
    }
    await this.#heal();
    return [...this.#faults, ...this.#judge()];
  }

  get running(): Actor[] {
    return this.actors.filter(({ done }) => !done);
  }

  hire(random: Random): void {
    if (this.running.length >= ACTORS_MAX || this.#ids >= IDS_MAX) return;
    const kind = random(12);
    const plain = CHANNELS[random(2)] ?? 'small';
    if (kind < 4) this.actors.push(new MessageWriter(this.#place(random), ++this.#ids, plain));
    else if (kind < 5) this.actors.push(new EmptyWriter(this.#place(random), plain));
    else if (kind < 6) this.actors.push(new PacketWriter(this.#place(random), 'packets', () => ++this.#ids));
    else if (kind < 10) this.#receive(CHANNELS[random(3)] ?? 'small', random);
    else if (kind < 11) this.actors.push(new OutputReader(this.#place(random)));
    else if (this.#inputWriters < INPUT_WRITERS_MAX) this.actors.push(new InputWriter(this.#place(random), this.#inputWriters++));
  }

  act(random: Random): void {
    const free = this.running.filter(({ waiting }) => !waiting);
    if (this.world.stalled !== 'near') free[random(free.length || 1)]?.act(random, this.#steady);
  }

  interrupt(random: Random): void {
    const waiting = this.running.filter((actor) => actor.waiting);
    if (this.world.stalled !== 'near') waiting[random(waiting.length || 1)]?.interrupt(random(8) === 0);
  }

  #place(random: Random): Place {
    return { tree: this.world.tree, random, pid: ++this.#pids, steady: this.#steady };
  }

  #receive(channel: ChannelName, random: Random): void {
    this.actors.push(new Receiver(this.#place(random), channel));
  }

  /** Everything goes well from now on, until everybody has what it wants. */
  async #heal(): Promise<void> {
    const { world } = this;
    const random = randomFrom(1);
    this.#steady = true;
    await world.wake();
    world.connect(0);
    for (let round = 0; round < ROUNDS_MAX; round++) {
      world.stream.read(100_000);
      world.stream.end();
      await world.flow();
      for (const actor of this.running) actor.act(random, true);
      for (const channel of CHANNELS) this.#help(channel, random);
      await world.flow();
      if (this.running.length === 0 && CHANNELS.every((channel) => isEmpty(world, channel))) break;
      if (round > 50) await world.pass(50);
      else await world.pass(5);
      world.connect(0);
    }
    for (let round = 0; round < 30; round++) {
      await world.flow();
      await world.pass(50);
    }
  }

  /** Who waits at a channel is served: by another one on this side. */
  #help(channel: ChannelName, random: Random): void {
    const { running, world } = this;
    const receivers = running.filter((actor) => actor instanceof Receiver && actor.channel === channel).length;
    const senders = running.filter((actor) => isSenderTo(actor, channel)).length;
    const { Buffered, PendingEmpty, WaitingSenders } = world.counts(channel);
    if (receivers === 0 && senders + Buffered + PendingEmpty + WaitingSenders > 0) this.#receive(channel, random);
    if (senders === 0 && receivers > Buffered + PendingEmpty && this.#ids < 255) {
      const place = this.#place(random);
      const sender =
        channel === 'packets' ? new PacketWriter(place, channel, () => ++this.#ids) : new MessageWriter(place, ++this.#ids, channel);
      this.actors.push(sender);
    }
  }

  #judge(): string[] {
    const { actors, world } = this;
    const faults = actors.flatMap(({ faults: own, name }) => own.map((fault) => `${name}: ${fault}`));
    for (const actor of this.running)
      faults.push(`${actor.name} was never served: ${actor.story.join('; ')}${actor.waiting ? '; waits' : ''}`);
    const sent = actors.flatMap((actor) => (actor instanceof MessageWriter ? [actor.message] : actor instanceof PacketWriter ? actor.messages : [])); // prettier-ignore
    const received = actors.flatMap((actor) => (actor instanceof Receiver ? actor.received : []));
    const empties = actors.filter((actor) => actor instanceof EmptyWriter && actor.sent).length;
    faults.push(...judgeMessages(sent, received, empties, world.reported));
    faults.push(...judgeInput(actors.filter((actor) => actor instanceof InputWriter), world.stream.taken, world.reported)); // prettier-ignore
    for (const actor of actors) {
      if (!(actor instanceof OutputReader) || !actor.ended || actor.position === world.stream.printed) continue;
      faults.push(`the output ended after ${actor.position} of ${world.stream.printed} bytes`);
    }
    for (const channel of CHANNELS) {
      const { WaitingSenders, WaitingReceivers, Buffered } = world.counts(channel);
      if (WaitingSenders + WaitingReceivers + Buffered > 0) faults.push(`${channel} is left with ${JSON.stringify(world.counts(channel))}`);
    }
    const { a, b } = world.pair;
    for (const [side, { session }] of Object.entries({ near: a, far: b })) {
      if (session.reason !== undefined) faults.push(`the session of the ${side} side is over: ${session.reason.message}`);
      else if (!session.idle) faults.push(`the session of the ${side} side is not idle`);
    }
    for (const { used_bytes } of world.budgets) if (used_bytes !== 0) faults.push(`${used_bytes} bytes of a budget were never given back`);
    return faults;
  }
}

function isEmpty(world: World, channel: ChannelName): boolean {
  const { Buffered, PendingEmpty, WaitingSenders } = world.counts(channel);
  return Buffered + PendingEmpty + WaitingSenders === 0;
}

function isSenderTo(actor: Actor, channel: ChannelName): boolean {
  if (actor instanceof PacketWriter) return channel === 'packets';
  return (
    (actor instanceof MessageWriter && actor.message.channel === channel) || (actor instanceof EmptyWriter && actor.channel === channel)
  );
}

interface Kind {
  /** How often it is drawn. */
  readonly weight: number;
  readonly make: (run: Run, random: Random) => unknown;
}

const side = (random: Random): 'near' | 'far' => (random(2) === 0 ? 'near' : 'far');

/** What may happen. */
export const MOVES = {
  hire: { weight: 14, make: (run, random) => run.hire(random) },
  act: { weight: 30, make: (run, random) => run.act(random) },
  interrupt: { weight: 9, make: (run, random) => run.interrupt(random) },
  flush: { weight: 9, make: ({ world }, random) => world.flush(side(random)) },
  arrive: { weight: 12, make: ({ world }, random) => world.arrive(side(random)) },
  flow: { weight: 5, make: ({ world }) => world.flow() },
  'pass a moment': { weight: 8, make: ({ world }, random) => world.pass(1 + random(60)) },
  'pass a while': { weight: 3, make: ({ world }, random) => world.pass(100 + random(2500)) },
  cut: { weight: 2, make: ({ world }) => world.cut() },
  'cut half': { weight: 2, make: ({ world }, random) => world.halfCut(side(random)) },
  connect: { weight: 6, make: ({ world }, random) => world.connect(random(3)) },
  stall: { weight: 1, make: ({ world }, random) => world.stall(side(random)) },
  wake: { weight: 3, make: ({ world }) => world.wake() },
  read: { weight: 4, make: ({ world }, random) => world.stream.read(random(3) === 0 ? 50_000 : random(3000)) },
  print: { weight: 3, make: ({ world }, random) => world.stream.print(random(4) === 0 ? 100_000 : 1 + random(2000)) },
} as const satisfies Readonly<Record<string, Kind>>;

const DRAWN = Object.entries(MOVES).flatMap(([what, { weight }]) => Array.from({ length: weight }, () => what as keyof typeof MOVES));

export function movesOf(seed: number, count: number): Move[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => ({ what: DRAWN[random(DRAWN.length)] ?? 'act', number: random(0x7fffffff) }));
}
