/**
 * The keys of a circuit: 256 bits each, from a file with a key a line in base64. The first is used to speak, all are accepted, so that keys can be
 * changed without a stop. A key never appears in an error, in a log or in what a debugger prints; its identity does.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { CircuitError } from '../../base/error.js';
import { KEYS_MAX } from '../../base/limits.js';

const KEY_BYTES = 32;
/** 32 bytes in base64: 43 digits and the padding (RFC 4648 section 4). */
const KEY_TEXT = /^[A-Za-z\d+/]{43}=$/;

export class Key {
  /** The first 16 hex digits of HMAC-SHA256(key, "circuit id"): by this both ends know which key is meant, and logs name it. */
  readonly identity: string;
  readonly #secret: Buffer;

  constructor(secret: Buffer) {
    this.#secret = secret;
    this.identity = createHmac('sha256', secret).update('circuit id').digest('hex').slice(0, 16);
  }

  /** The 256 bits. */
  get secret(): Uint8Array {
    return this.#secret;
  }
}

export class Keyring {
  /** The key to speak with. */
  readonly first: Key;
  readonly #byIdentity: ReadonlyMap<string, Key>;

  private constructor(first: Key, all: readonly Key[]) {
    this.first = first;
    this.#byIdentity = new Map(all.map((key) => [key.identity, key]));
  }

  /**
   * Reads the text of a key file. Blank lines and lines that begin with `#` do not count.
   * @throws CircuitError EINVAL with the line's number
   */
  static parse(text: string): Keyring {
    const keys: Key[] = [];
    for (const [index, line] of text.split('\n').entries()) {
      const word = line.trim();
      if (word !== '' && !word.startsWith('#')) keys.push(parseKey(word, index + 1));
    }
    const [first] = keys;
    if (first === undefined) throw new CircuitError('EINVAL', 'there is no key in it: "circuit keygen" makes one');
    if (keys.length > KEYS_MAX) throw new CircuitError('EINVAL', `there are ${keys.length} keys in it: expected at most ${KEYS_MAX}`);
    return new Keyring(first, keys);
  }

  /** All keys that are accepted. */
  get all(): readonly Key[] {
    return [...this.#byIdentity.values()];
  }

  /** The key of that identity, if it is accepted. */
  find(identity: string): Key | undefined {
    return this.#byIdentity.get(identity);
  }
}

/** A new key as a line of a key file: 256 bits from the secure generator. */
export function generateKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

function parseKey(word: string, line: number): Key {
  const secret = Buffer.from(word, 'base64');
  // Spare bits after the last byte must be zero: one key has one spelling.
  if (!KEY_TEXT.test(word) || secret.toString('base64') !== word) {
    throw new CircuitError(
      'EINVAL',
      `line ${line}: invalid key: expected 256 bits in base64, 44 characters, as "circuit keygen" makes them`,
    );
  }
  return new Key(secret);
}
