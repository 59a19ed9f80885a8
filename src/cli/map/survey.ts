/**
 * Asks the servers of a circuit for what `circuit map` draws.
 */
import { CircuitError } from '../../base/error.js';
import { within } from '../../base/within.js';
import type { Circuit } from '../../api/circuit.js';
import type { Member } from '../../api/index.js';
import { atOnce } from '../at-once.js';
import { labelsOf } from '../servers.js';
import { type Answer, type CircuitMap, mapOf, shownMembers } from './model.js';

/** Servers that are asked at one moment. */
const SERVERS_AT_ONCE = 64;

/** @param limit_s for all of them together: what has not answered by then is drawn without figures */
export async function surveyCircuit(circuit: Circuit, limit_s: number, signal: AbortSignal): Promise<CircuitMap> {
  const all = circuit.members();
  const names = labelsOf(all);
  const members = shownMembers(all, names, circuit.serverId);
  const until_ms = performance.now() + limit_s * 1000;
  const answers = await atOnce(SERVERS_AT_ONCE, members, (member) => answerOf(circuit, member, until_ms, signal));
  return mapOf(members, answers, { at: new Date(), selfId: circuit.serverId, names, omitted: all.length - members.length });
}

async function answerOf(circuit: Circuit, { id }: Member, until_ms: number, signal: AbortSignal): Promise<Answer | undefined> {
  const late = (): CircuitError => new CircuitError('EHOSTDOWN');
  try {
    return await within(
      Math.max(0, until_ms - performance.now()),
      async (ended) => {
        const server = circuit.server(id);
        const [peek, metrics] = await Promise.all([server.peek({ signal: ended }), server.metrics({ signal: ended })]);
        return { peek, metrics };
      },
      { late, signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CircuitError)) throw error;
    return undefined;
  }
}
