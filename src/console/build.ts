/**
 * Of which build this program is. The client of another one may understand words in another way, or speak another language.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';

/** What the compiler writes anew each time, in a checkout; and what names the build, in a package. `native/client/find.c` looks at the same. */
const COMPILED = new URL('../../.tsbuildinfo', import.meta.url);
const PACKED = new URL('../../bundle/build', import.meta.url);

/** As it was when this program was started: what lies there by now may be another one. */
export const BUILD: string = stamp();

/** Of what may be reached through one: the network namespace (network_namespaces(7)) that this process is in. */
export function networkNamespace(): bigint {
  return statSync('/proc/self/ns/net', { bigint: true, throwIfNoEntry: false })?.ino ?? 0n;
}

/** Times say nothing in a package: some packers give all files the same. */
function stamp(): string {
  const compiled = statSync(COMPILED, { throwIfNoEntry: false, bigint: true });
  if (compiled !== undefined) return `${compiled.mtimeNs}-${compiled.size}`;
  return existsSync(PACKED) ? readFileSync(PACKED, 'latin1') : '';
}
