/**
 * Log lines about neighbours with another key: one line per key, for the first few keys only. Pure.
 */
import { DISCOVERY_OTHER_KEYS_MAX } from '../../base/limits.js';
import { escapeControls } from '../../base/quote.js';

export class OtherKeys {
  readonly #named = new Set<string>();

  /**
   * The log line for the first datagram with this key. Only the sender's address is used besides: nothing else in the datagram can be trusted.
   * @param key_file path of this server's key file; undefined: this circuit has no key
   */
  heard(identity: string, source: string, own: string, key_file: string | undefined): string | undefined {
    if (this.#named.has(identity) || this.#named.size >= DISCOVERY_OTHER_KEYS_MAX) return undefined;
    this.#named.add(identity);
    return escapeControls(`${source} belongs to another circuit, ${named(identity)}; ours is ${named(own)}: ${advice(identity, key_file)}`);
  }
}

function named(identity: string): string {
  return identity === 'none' ? 'without a key (--insecure)' : `with the key ${identity}`;
}

function advice(identity: string, key_file: string | undefined): string {
  if (key_file === undefined) return 'to join it, start this server without --insecure and with its key file';
  if (identity === 'none') return 'to add it to this one, start it without --insecure and with a copy of ' + key_file;
  return `to join the two, copy ${key_file} to that machine, or its key file here`;
}
