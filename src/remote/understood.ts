/**
 * What a peer's words and flags mean here.
 */
import type { ByteReader, Taking, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { type ElementKind, isElementKind } from '../base/kind.js';
import { type ControlFile, isReserved } from '../base/name.js';
import { TRANSFER } from './calls.js';

/** How a read is meant. @param wait its signal is looked at only when the read begins to wait */
export function optionsOf(flags: number, wait: WaitOptions): TransferOptions {
  return {
    nonblock: (flags & TRANSFER.NONBLOCK) !== 0,
    packet: (flags & TRANSFER.PACKET) !== 0,
    reserve: (flags & TRANSFER.RESERVE) !== 0,
    get signal() {
      return wait.signal;
    },
  };
}

/** @throws CircuitError ENOENT */
export function fileOf(name: string): ControlFile {
  if (!isReserved(name)) throw new CircuitError('ENOENT', `this server knows no file "${name}"`);
  return name;
}

/** @throws CircuitError EOPNOTSUPP */
export function kindOf(name: string): ElementKind {
  if (!isElementKind(name)) throw new CircuitError('EOPNOTSUPP', `this server makes no ${name}: its version is older`);
  return name;
}

/** @throws CircuitError EINVAL */
export function takingOf({ taking }: ByteReader): Taking {
  if (taking === undefined) throw new CircuitError('EINVAL', 'what is read of this file cannot be given back');
  return taking;
}
