/**
 * The verdict of a verification, from this server's own dial and the answers of its helpers.
 */
import type { OwnOutcome } from './dials.js';
import type { Outcome } from './gossip-message.js';

export type Verdict =
  | 'wait'
  /** It answers. */
  | 'well'
  /** Its kernel accepts TCP, the process does not respond. */
  | 'unresponsive'
  /** Others reach it, this server does not. */
  | 'bad path'
  | 'dead'
  /** Enough witnesses found it unreachable. */
  | 'suspect'
  /** Nobody could tell. */
  | 'unknown';

/**
 * @param own outcome of this server's dial
 * @param answers of helpers so far
 * @param asked how many helpers were asked
 * @param last no more answers will come
 * @param witnesses helpers that must agree
 *
 * A fault of this process (`local`) never counts against another. If this host could send nothing (`unsent`), it is cut off, and the others are gone for
 * it, unless one of them still reaches the server and can say so.
 */
export function judge(own: OwnOutcome, answers: readonly Outcome[], asked: number, last: boolean, witnesses: number): Verdict {
  if (own === 'reached') return 'well';
  if (own === 'silent') return 'unresponsive';
  if (answers.includes('reached')) return own === 'local' || own === 'unsent' ? 'well' : 'bad path';
  if (own === 'refused' && answers.includes('refused')) return 'dead';
  if (!last && answers.length < asked) return 'wait';
  if (answers.includes('silent')) return 'unresponsive';
  const against = answers.filter((outcome) => outcome === 'refused' || outcome === 'unreachable').length;
  if (own === 'local' || against === 0) return 'unknown';
  // In a circuit of three there is at most one helper.
  return against >= Math.min(witnesses, asked) ? 'suspect' : 'unknown';
}
