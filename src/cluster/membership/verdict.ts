/**
 * What a verification has found, from the own dial and those of the helpers.
 */
import type { Outcome } from './gossip-message.js';

export type Verdict =
  | 'wait'
  /** It answers. */
  | 'well'
  /** Its kernel answers, it does not. */
  | 'unresponsive'
  /** Others reach it. */
  | 'bad path'
  | 'dead'
  /** Enough witnesses say that it cannot be reached. */
  | 'suspect'
  /** Nobody could say anything. */
  | 'unknown';

/**
 * `own`: what came of the own dial. `answers`: of the helpers' so far. `asked`: how many helpers were asked. `last`: no more will come.
 * `witnesses`: answers of helpers that must agree, beside the own dial.
 * A fault of our own (`local`) never speaks against another.
 */
export function judge(own: Outcome, answers: readonly Outcome[], asked: number, last: boolean, witnesses: number): Verdict {
  if (own === 'reached') return 'well';
  if (own === 'silent') return 'unresponsive';
  if (answers.includes('reached')) return own === 'local' ? 'well' : 'bad path';
  if (own === 'refused' && answers.includes('refused')) return 'dead';
  if (!last && answers.length < asked) return 'wait';
  if (answers.includes('silent')) return 'unresponsive';
  const against = answers.filter((outcome) => outcome === 'refused' || outcome === 'unreachable').length;
  if (own === 'local' || against === 0) return 'unknown';
  // In a circuit of three there is one helper at most.
  return against >= Math.min(witnesses, asked) ? 'suspect' : 'unknown';
}
