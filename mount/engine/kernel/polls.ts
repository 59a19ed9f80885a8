/**
 * poll(2), select(2) and epoll(7) on files that block: the answer says what is ready now; if that is nothing, FUSE_NOTIFY_POLL later wakes those
 * who wait. There is at most one such wake-up in preparation for an open file, however many wait.
 */
import type { FilePoll } from '../filesystem.js';
import type { FileHandle } from './handles.js';
import { POLL_HANG_UP, POLL_READ, POLL_SCHEDULE_NOTIFY, POLL_WRITE } from './layout.js';
import { wide } from './request.js';
import type { Operation, Session } from './session.js';

/** The kernel's names for polled open files (`kh`), by our handle. */
const kernelHandles = new WeakMap<FileHandle, number>();

/** struct fuse_poll_in and fuse_poll_out. */
export const poll: Operation = (session, request) => {
  const { words } = session.arena;
  const at = request.body;
  const handle = session.handles.file(wide(words, at));
  const wakeable = ((words[at + 4] ?? 0) & POLL_SCHEDULE_NOTIFY) !== 0;
  if (wakeable) kernelHandles.set(handle, wide(words, at + 2));
  const wanted = wantedOf(handle.file.poll, words[at + 5] ?? 0);
  const tell = (): void => {
    const levels = levelsOf(handle.file.poll);
    if (wakeable && (levels & wanted) === 0) arm(session, handle);
    session.replies.words(request.unique, levels, 0);
  };
  const probe = levelsOf(handle.file.poll) === 0 ? handle.file.poll?.probe?.(request) : undefined;
  return probe === undefined ? tell() : probe.then(tell, tell);
};

/** Of a file that can hang up, who does not ask for what it has now waits for that; of others nothing but what they have is ever to be told. */
function wantedOf(file: FilePoll | undefined, events: number): number {
  return file?.hungUp === undefined ? POLL_READ | POLL_WRITE : events | POLL_HANG_UP;
}

function levelsOf(file: FilePoll | undefined): number {
  if (file === undefined) return POLL_READ | POLL_WRITE;
  return (file.readable() ? POLL_READ : 0) | (file.writable() ? POLL_WRITE : 0) | (file.hungUp?.() === true ? POLL_HANG_UP : 0);
}

function arm(session: Session, handle: FileHandle): void {
  if (handle.file.poll === undefined || handle.polling !== undefined) return;
  const controller = new AbortController();
  handle.polling = controller;
  const wake = (): void => {
    if (handle.polling === controller) handle.polling = undefined;
    const kh = kernelHandles.get(handle);
    if (kh !== undefined && !controller.signal.aborted) session.replies.wakePoll(kh);
  };
  // An element that fails under a poller is ready: the next call on the file says how.
  handle.file.poll.whenReady({ signal: controller.signal }).then(wake, wake);
}

/**
 * To be called when a READ or WRITE has been answered: whoever uses edge-triggered epoll polls no second time, yet is to hear of the next rise.
 */
export function watchAgain(session: Session, handle: FileHandle): void {
  if (kernelHandles.has(handle) && levelsOf(handle.file.poll) === 0) arm(session, handle);
}
