/**
 * A call that came through libfuse, which tells neither who calls nor that the caller was interrupted: only the end of the mount ends its waiting.
 */
import type { Credentials } from '../../../src/base/bytes.js';
import type { Call } from '../filesystem.js';

export class PortableCall implements Call {
  readonly uid: number;
  readonly gid: number;
  readonly pid = 0;
  readonly nonblock: boolean;
  readonly packet: boolean;
  readonly #controller = new AbortController();

  constructor(
    { uid, gid }: Pick<Credentials, 'uid' | 'gid'>,
    { nonblock, packet }: { readonly nonblock: boolean; readonly packet: boolean },
  ) {
    this.uid = uid;
    this.gid = gid;
    this.nonblock = nonblock;
    this.packet = packet;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }
}
