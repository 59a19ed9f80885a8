/**
 * The modes of what is packed.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';

/** Everybody may read all of it and run what its owner may run, whatever the umask of the one who builds it. */
export function readableByAll(root) {
  fs.chmodSync(root, 0o755);
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) continue;
    fs.chmodSync(path, entry.isDirectory() || fs.statSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}
