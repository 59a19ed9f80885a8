/**
 * Why an address cannot be listened at, and what to do.
 */
import { type Address, formatAddress } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';

export function cannotListen(address: Address, error: NodeJS.ErrnoException): CircuitError {
  const where = formatAddress(address);
  if (error.code === 'EADDRINUSE') return new CircuitError('EBUSY', `${where} is in use: choose another address with -a HOST:PORT`);
  if (error.code === 'EACCES')
    return new CircuitError('EACCES', `${where} is not yours to listen at: choose another one with -a HOST:PORT`);
  return new CircuitError('EINVAL', `${where} cannot be listened at (${error.code}): choose an address of this host with -a HOST:PORT`);
}
