/**
 * Asks all servers of a circuit what `circuit top` shows.
 */
import { CircuitError } from '../../base/error.js';
import { TOP_ELEMENTS_MAX } from '../../base/limits.js';
import { within } from '../../base/within.js';
import type { Circuit } from '../../api/circuit.js';
import type { Member } from '../../api/index.js';
import { atOnce } from '../at-once.js';
import { figuresOf } from '../figures.js';
import { heldOf } from '../ps/holders.js';
import { runnableOf } from '../ps/runnable.js';
import { survey } from '../ps/survey.js';
import { labelsOf, nameIn } from '../servers.js';
import { channelOf, otherOf, type ServerFigures, type Snapshot } from './model.js';

/** For a server that does not answer: the others are shown meanwhile. */
const ANSWER_S = 2;
/** Servers that are asked at one moment. */
const SERVERS_AT_ONCE = 64;

type Seen = Pick<Snapshot, 'runnables' | 'channels' | 'held' | 'others' | 'isCut'> & { readonly server: ServerFigures };

export async function look(circuit: Circuit): Promise<Snapshot> {
  const members = circuit.members();
  const labels = labelsOf(members);
  const seen = await atOnce(SERVERS_AT_ONCE, members, (member) => lookAtServer(circuit, member, labels.get(member) ?? member.id));
  return {
    now_ms: Date.now(),
    servers: seen.map(({ server }) => server).sort((a, b) => (a.host < b.host ? -1 : 1)),
    runnables: seen.flatMap(({ runnables }) => runnables),
    channels: seen.flatMap(({ channels }) => channels),
    held: seen.flatMap(({ held }) => held),
    others: seen.flatMap(({ others }) => others),
    isCut: seen.some(({ isCut }) => isCut),
  };
}

async function lookAtServer(circuit: Circuit, { id, joined }: Member, host: string): Promise<Seen> {
  const told = { host, id, joined: joined.toISOString() };
  try {
    const late = (): CircuitError => new CircuitError('EHOSTDOWN', `it does not answer within ${ANSWER_S} s`);
    return await within(ANSWER_S * 1000, () => ask(circuit, told), { late });
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    return { server: { ...told, figures: undefined }, runnables: [], channels: [], held: [], others: [], isCut: false };
  }
}

async function ask(circuit: Circuit, told: Omit<ServerFigures, 'figures'>): Promise<Seen> {
  const { id, host } = told;
  const server = circuit.server(id);
  const [elements, metrics, peek] = await Promise.all([
    survey(circuit.walk(id), () => true, { limit_s: ANSWER_S, most: TOP_ELEMENTS_MAX }),
    server.metrics(),
    server.peek(),
  ]);
  const runnables = elements.map(({ path, kind, peek: state }) => runnableOf(host, path, kind, state)).filter((one) => one !== undefined);
  const channels = elements.map(({ path, peek: state }) => channelOf(host, path, state)).filter((one) => one !== undefined);
  const nameOf = nameIn(circuit);
  const held = elements.map(({ path, peek: state }) => heldOf(host, path, state, nameOf)).filter((one) => one !== undefined);
  const shown = new Set([...runnables, ...channels].map(({ path }) => path));
  const others = elements.filter(({ path }) => !shown.has(path)).map(({ path, kind, peek: state }) => otherOf(host, path, kind, state));
  return {
    server: { ...told, figures: figuresOf(metrics, peek) },
    runnables,
    channels,
    held,
    others,
    isCut: elements.length >= TOP_ELEMENTS_MAX,
  };
}
