/**
 * What the log says about neighbours with another key: one line a key, of the first few only. Pure.
 */
import { DISCOVERY_OTHER_KEYS_MAX } from '../../base/limits.js';
import { escapeControls } from '../../base/quote.js';

export class OtherKeys {
  readonly #named = new Set<string>();

  /**
   * The line for the log, the first time that this key is heard of. The sender's address is the network's word, and nothing else of the datagram is used.
   * @param key_file the file that the own key came from; undefined: this circuit has none
   */
  heard(identity: string, source: string, own: string, key_file: string | undefined): string | undefined {
    if (this.#named.has(identity) || this.#named.size >= DISCOVERY_OTHER_KEYS_MAX) return undefined;
    this.#named.add(identity);
    return escapeControls(`${source} speaks for another circuit, ${named(identity)}; ours is ${named(own)}: ${advice(identity, key_file)}`);
  }
}

function named(identity: string): string {
  return identity === 'none' ? 'without a key (--insecure)' : `with the key ${identity}`;
}

function advice(identity: string, key_file: string | undefined): string {
  if (key_file === undefined) return 'to join it, start this server without --insecure and with its key file';
  if (identity === 'none') return 'to have it in this one, start it without --insecure and with a copy of ' + key_file;
  return `if both are to be one, copy ${key_file} to that machine, or its key file here`;
}
