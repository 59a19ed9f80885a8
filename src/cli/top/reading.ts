/**
 * Reads what a pane shows, in the background, until it is told to stop. It only looks: it holds no program back, nor does it free one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ByteReader } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { shownJson } from '../../base/quote.js';
import type { Circuit } from '../../api/circuit.js';
import type { Event, PaneFile } from './state/state.js';

/** One read, in bytes; a program that prints more than that in a moment is read no faster than it can be shown. */
const CHUNK_BYTES = 256 * 1024;
const FULL_PAUSE_MS = 20;

interface Read {
  readonly serial: number;
  readonly path: string;
  readonly file: PaneFile;
  readonly interval_ms: number;
}

/** Never rejects: what fails is told. */
export async function read(circuit: Circuit, what: Read, tell: (event: Event) => void, signal: AbortSignal): Promise<void> {
  const { serial: pane, file } = what;
  try {
    if (file === 'peek') await follow(circuit, what, tell, signal);
    else await pour(circuit, { ...what, file }, tell, signal);
    if (!signal.aborted) tell({ kind: 'ended', pane, why: 'this is all' });
  } catch (error) {
    if (!signal.aborted) tell({ kind: 'ended', pane, why: CircuitError.from(error).message });
  }
}

async function pour(circuit: Circuit, { serial: pane, path, file }: Read & { readonly file: 'stdout' | 'stderr' }, tell: (event: Event) => void, signal: AbortSignal): Promise<void> {
  const [id = '', ...names] = path.split('/').slice(1);
  const reader = await circuit.tree(id).openReader(names, file, circuit.credentials, { unacked: false, passive: true }, { signal });
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const bytes = await next(reader, signal);
      if (bytes === undefined) tell({ kind: 'printed', pane, text: '\n… some output was dropped before it could be shown\n' });
      else if (bytes.length === 0) return;
      else tell({ kind: 'printed', pane, text: decoder.decode(bytes, { stream: true }) });
      if (bytes !== undefined && bytes.length >= CHUNK_BYTES / 4) await delay(FULL_PAUSE_MS, undefined, { signal });
    }
  } finally {
    reader.close();
  }
} // prettier-ignore

async function follow(circuit: Circuit, { serial: pane, path, interval_ms }: Read, tell: (event: Event) => void, signal: AbortSignal): Promise<void> {
  for (;;) {
    const state = await circuit.walk(path).peek({ signal });
    tell({ kind: 'peeked', pane, text: `${shownJson(state, '  ')}\n` });
    await delay(interval_ms, undefined, { signal });
  }
} // prettier-ignore

/** Undefined: older output was dropped, and it goes on behind that. */
async function next(reader: ByteReader, signal: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    return await reader.read(CHUNK_BYTES, { signal });
  } catch (error) {
    if (error instanceof CircuitError && error.code === 'EOVERFLOW') return undefined;
    throw error;
  }
}
