/**
 * The key that a program enters a circuit with.
 */
import { resolve } from 'node:path';
import { keyFileOfEnvironment } from './environment.js';
import { ownKeyPath, readKeyFile } from '../wire/transport/key-file.js';
import { Keyring } from '../wire/transport/keyring.js';

/** A key as a line of a key file, or a whole file of them; no path of a file looks like that. */
const KEY_TEXT = /^[A-Za-z\d+/]{43}=$|\n/;

/**
 * The keys of now, each time that they are asked for; undefined: none.
 * @param key a file's path, a key, or `false` for none; undefined: as `CIRCUIT_KEY` or `CIRCUIT_HMAC` says, else the user's own
 * @throws CircuitError ENOENT, EACCES, EINVAL if there is no usable key there
 */
export function keysOf(key: string | false | undefined): () => Keyring | undefined {
  if (key === false) return () => undefined;
  if (key !== undefined && KEY_TEXT.test(key)) {
    const ring = Keyring.parse(key);
    return () => ring;
  }
  const named = key ?? keyFileOfEnvironment(process.env);
  const file = named === undefined || named === '' ? ownKeyPath() : resolve(named);
  let ring = readKeyFile(file);
  return () => {
    try {
      ring = readKeyFile(file);
    } catch {
      // It is being replaced, or gone: the keys are what they were.
    }
    return ring;
  };
}
