/**
 * Results as a Markdown table, with the machine they were made on: a row for each peer, ratios as ours ÷ theirs.
 */
import { availableParallelism, cpus, release, type } from 'node:os';
import type { Aim, Result, Standing } from './comparison.js';

/** "2 cores (AMD EPYC), Linux 6.18, Node 20.20.2" */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${availableParallelism()} cores (${model}), ${type()} ${release().replace(/-.*/, '')}, Node ${process.versions.node}`;
}

export const TABLE_HEAD = ['| figure | circuit | peer | its value | ratio | aim | |', '|---|---|---|---|---|---|---|'].join('\n');

export function rowsOf(result: Result): string {
  const peers: readonly Standing[] = result.peers.length > 0 ? result.peers : [{ name: '–' }];
  return peers.map((peer, index) => rowOf(result, peer, index === 0)).join('\n');
}

function rowOf(result: Result, peer: Standing, isFirst: boolean): string {
  const aim = result.aims.find(({ ratioTo }) => (ratioTo === undefined ? isFirst : ratioTo === peer.name));
  const ratio = peer.value === undefined || peer.value === 0 ? undefined : result.ours / peer.value;
  const cells = [
    isFirst ? `${result.figure}, ${result.unit}` : '',
    isFirst ? rounded(result.ours) : '',
    peer.name,
    peer.absent ?? (peer.value === undefined ? '–' : rounded(peer.value)),
    ratio === undefined ? '–' : `${ratio.toFixed(2)} ×`,
    aim === undefined ? '' : inWords(aim),
    aim === undefined ? '' : verdict(aim, result.ours, ratio),
  ];
  return `| ${cells.join(' | ')} |`;
}

function inWords({ ratioTo, atMost, atLeast }: Aim): string {
  const times = ratioTo === undefined ? '' : ' ×';
  return atMost === undefined ? `≥ ${atLeast?.toString() ?? ''}${times}` : `≤ ${atMost}${times}`;
}

function verdict({ ratioTo, atMost = Infinity, atLeast = -Infinity }: Aim, ours: number, ratio: number | undefined): string {
  const value = ratioTo === undefined ? ours : ratio;
  if (value === undefined) return '';
  return value <= atMost && value >= atLeast ? 'met' : '**missed**';
}

/** Three significant digits, whole numbers from 100 on. */
function rounded(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
