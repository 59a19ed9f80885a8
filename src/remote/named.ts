/**
 * Names that a peer says, as far as this server knows them.
 */
import { CircuitError } from '../base/error.js';
import { type ElementKind, isElementKind } from '../base/kind.js';
import { type ControlFile, isReserved } from '../base/name.js';

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
