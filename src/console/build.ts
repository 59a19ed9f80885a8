/**
 * Of which build this program is. The client of another one may understand words in another way, or speak another language.
 */
import { statSync } from 'node:fs';

/** What each build writes anew; the packed package has the second one only. `native/client/find.c` looks at the same. */
const WRITTEN = ['../../.tsbuildinfo', '../../bundle/circuit.cjs'];

/** As it was when this program was started: what lies there by now may be another one. */
export const BUILD: string = stampOf(WRITTEN.map((path) => new URL(path, import.meta.url)));

/** Of what may be reached through one: the network namespace (network_namespaces(7)) that this process is in. */
export function networkNamespace(): bigint {
  return statSync('/proc/self/ns/net', { bigint: true, throwIfNoEntry: false })?.ino ?? 0n;
}

function stampOf(files: readonly URL[]): string {
  for (const file of files) {
    const stats = statSync(file, { throwIfNoEntry: false, bigint: true });
    if (stats !== undefined) return `${stats.mtimeNs}-${stats.size}`;
  }
  return '';
}
