/**
 * The peer file system in C (bench/peer), mounted at a directory of its own.
 */
import { join } from 'node:path';
import { stat } from 'node:fs/promises';
import { peerProgram } from '../compiled.js';
import type { Cores } from '../pinning.js';
import { serve } from '../program.js';
import type { Scope } from '../scope.js';
import { type Mounted, mountPoint } from './circuit.js';

/** The server's directory there, and the anchor that holds the many (bench/peer/tree.h). */
const SERVER_NAME = 'X0123456789abcdef';
export const MANY_NAME = 'many';
export const PEER = 'C libfuse3';

/** @throws AbsentError without libfuse3 */
export async function startPeer(scope: Scope, cores: Cores, { anchors = 0, peekBytes = 0 } = {}): Promise<Mounted> {
  const program = await peerProgram();
  const mount = await mountPoint(scope);
  const server = await serve(scope, cores, [program, mount, String(anchors), String(peekBytes)], /mounted at/);
  return { name: PEER, pid: server.pid, server: join(mount, SERVER_NAME), mounted_ms: server.ready_ms, stop: server.stop };
}

/** Holds the peer to what it is for: the same answers. @throws Error naming the file that it shows otherwise than ours does */
export async function requireAlike(ours: string, theirs: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const [mine, other] = await Promise.all([stat(join(ours, name)), stat(join(theirs, name))]);
    if (mine.mode !== other.mode || mine.size !== other.size) {
      const shown = [mine, other].map(({ mode, size }) => `mode ${mode.toString(8)}, size ${size}`);
      throw new Error(`the peer shows "${name}" as ${shown[1] ?? ''}, not as ${shown[0] ?? ''}: bench/peer/tree.c must follow`);
    }
  }
}
