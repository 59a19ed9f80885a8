/**
 * What has to be true of all that was sent and received, whatever the link and the signals did:
 *
 * - each message is received once and whole, or not at all with an error for its sender, or cut off with an error for its receiver;
 * - of a message whose sender was told EINTR and gave up, nothing is received unless `error` says so;
 * - there is no empty message that nobody sent;
 * - an input gets each byte once and in order, an output is read without a gap.
 */
import type { Received } from './readers.js';
import type { InputWriter, Sent } from './writers.js';

/** What is wrong with the messages, in words. */
export function judgeMessages(
  sent: readonly Sent[],
  received: readonly Received[],
  empties: number,
  reported: ReadonlySet<number>,
): string[] {
  // prettier-ignore
  const faults: string[] = [];
  const by = new Map<number, Received[]>();
  let empty = 0;
  for (const one of received) {
    const id = one.bytes[0];
    if (id === undefined) {
      if (one.end === 'end') empty++;
      continue;
    }
    by.set(id, [...(by.get(id) ?? []), one]);
  }
  if (empty !== empties) faults.push(`${empty} empty messages were received, ${empties} were sent`);
  for (const message of sent) {
    const about = (what: string): void => void faults.push(`message ${message.id} (${message.fate}): ${what}`);
    const copies = by.get(message.id) ?? [];
    by.delete(message.id);
    if (copies.length > 1) about(`received ${copies.length} times, by ${copies.map(({ by: who }) => who).join(' and ')}`);
    judgeOne(message, copies[0], reported, about);
  }
  for (const id of by.keys()) faults.push(`message ${id} was received, and nobody sent it`);
  return faults;
}

function judgeOne(message: Sent, copy: Received | undefined, reported: ReadonlySet<number>, about: (what: string) => void): void {
  const { told, maybe, instead, least, fate, ends, pid } = message;
  if (fate === 'under way') about('its sender never came to an end');
  if (copy === undefined) {
    if (fate === 'sent') about('lost');
    if (fate === 'refused') about('its sender was told that its receiver left, and there was none');
    if (fate === 'gone' && told.length > 0 && !ends && reported.has(pid)) about('reported as received, and nobody received it');
    return;
  }
  const { bytes, end } = copy;
  const all = [maybe, instead].map((more) => Buffer.concat([told, more]));
  if (!all.some((text) => text.subarray(0, bytes.length).equals(bytes))) about(`received with other bytes (${bytes.length})`);
  if (fate === 'sent' && end === 'EPIPE') about(`its receiver was told that it was aborted, after ${bytes.length} bytes`);
  if (fate === 'sent' && end === 'end' && (bytes.length < told.length + least || (least === 0 && bytes.length > told.length))) {
    about(`cut off: ${bytes.length} of ${told.length} bytes, and an end`);
  }
  if (fate === 'refused' && end !== 'left') about(`its sender got EPIPE, and its receiver ${end}`);
  if (fate === 'never') about('received, though it was never opened');
  if (fate === 'aborted' && end === 'end') about('aborted, and received with an end');
  if (fate !== 'gone') return;
  const isWithdrawn = told.length === 0 || bytes.length > told.length || end === 'EPIPE';
  if (isWithdrawn && !reported.has(pid)) about(`told EINTR and gone; received ${bytes.length} bytes and ${end}, and "error" says nothing`);
  if (end === 'end' && bytes.length !== told.length && !(ends && all.some(({ length }) => bytes.length === length))) {
    about(`told EINTR and gone; received ${bytes.length} bytes and an end, not ${told.length}`);
  }
}

/** What is wrong with what a process read from its input. */
export function judgeInput(writers: readonly InputWriter[], taken: Buffer, reported: ReadonlySet<number>): string[] {
  const faults: string[] = [];
  const counts = new Map<number, number>();
  for (const byte of taken) {
    const index = byte >> 5;
    const count = counts.get(index) ?? 0;
    if ((byte & 31) !== (count & 31)) return [`byte ${count} of writer ${index} to the input is out of order`];
    counts.set(index, count + 1);
  }
  for (const { index, fate, told, maybe, pid } of writers) {
    const count = counts.get(index) ?? 0;
    const about = (what: string): void => void faults.push(`writer ${index} to the input (${fate}): ${what}, ${count} of ${told}+${maybe} bytes`); // prettier-ignore
    if (fate === 'under way') about('never came to an end');
    if (fate === 'sent' && count !== told) about('lost or repeated');
    if (count > told + maybe) about('too much');
    if (fate === 'gone' && count < told) about('lost');
    if (fate === 'gone' && count > told && !reported.has(pid)) about('told EINTR and taken, and "error" says nothing');
  }
  return faults;
}
