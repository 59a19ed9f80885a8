/**
 * Runs one bash script of this folder on a mounted circuit, or one of its `commands` with the command line, as a user would type it.
 *
 * A script finds `$C`, the mount point, `$S`, a server's directory, `$A`, an empty anchor of its own there, and an empty working directory; it runs with `set -eu`. Its first comment lines
 * may say `# shells: bash dash`, `# limit: SECONDS`, `# needs: interrupts poll callers` for what not every engine can do, and `# programs: dig` for what
 * not every machine has. `docker` and `quiet` (no server comes or goes) are needs of commands. One of commands has `circuit` in its PATH and a server
 * dialled; `$S` and `$A` are circuit paths, and `$A` is not there yet.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { abortMount, PROGRAM } from '../lib/daemon.js';
import type { Part } from '../lib/machine.js';

const LIMIT_S = 30;
/** The scripts are not built: they lie in the source tree. */
export const SCRIPTS = fileURLToPath(new URL('../../../test/scripts/', import.meta.url));

export interface Script {
  readonly name: string;
  readonly file: string;
  readonly shells: readonly string[];
  readonly limit_s: number;
  readonly needs: readonly string[];
  readonly programs: readonly Part[];
  /** What it must print; anything if undefined. */
  readonly expected: string | undefined;
}

export function readScript(file: string): Script {
  const lines = readFileSync(file, 'utf8').split('\n');
  const head = (key: string): string | undefined => lines.find((line) => line.startsWith(`# ${key}: `))?.slice(key.length + 4);
  const out = file.replace(/\.sh$/, '.out');
  return {
    name: basename(file, '.sh'),
    file,
    shells: head('shells')?.split(' ') ?? ['bash'],
    limit_s: Number(head('limit') ?? LIMIT_S),
    needs: head('needs')?.split(' ') ?? [],
    programs: (head('programs')?.split(' ') ?? []) as Part[],
    expected: existsSync(out) ? readFileSync(out, 'utf8') : undefined,
  };
}

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  /** It took longer than its limit, and was freed and ended. */
  readonly late: boolean;
}

/** @param mount the mount point @param server the name of the server's directory there */
export async function runScript(script: Script, shell: string, mount: string, server = 'self'): Promise<Outcome> {
  const anchor = join(mount, server, `${script.name}-${shell}`);
  const env = { C: mount, S: join(mount, server), A: anchor };
  // Cutting the mount frees whoever cannot even be killed.
  const outcome = await run(script, [shell, 'mkdir "$A"; '], env, () => abortMount(mount));
  if (!outcome.late) await clear(anchor);
  return outcome;
}

/** @param url of the server that is dialled @param server the ID of the one where the script works */
export async function runCommands(script: Script, url: string, server: string): Promise<Outcome> {
  const env = { S: `/${server}`, A: `/${server}/${script.name}`, CIRCUIT: url, PATH: `${dirname(PROGRAM)}:${process.env['PATH'] ?? ''}` };
  const outcome = await run(script, ['bash', ''], env);
  await once(spawn(PROGRAM, ['scrub', '-r', env.A], { stdio: 'ignore', env: { ...process.env, ...env } }), 'close');
  return outcome;
}

async function run(
  script: Script,
  [shell, before]: readonly [string, string],
  env: NodeJS.ProcessEnv,
  whenLate?: () => void,
): Promise<Outcome> {
  const scratch = mkdtempSync(join(tmpdir(), 'circuit-script-'));
  const child = spawn(shell, ['-c', `set -eu; ${before}cd "${scratch}"; . "${script.file}"`], {
    cwd: '/',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = { late: false };
  const limit = setTimeout(() => {
    ended.late = true;
    whenLate?.();
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, script.limit_s * 1000);
  try {
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { stdout, stderr, code, late: ended.late };
  } finally {
    clearTimeout(limit);
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Ends what the script left running, and removes its anchors. */
async function clear(anchor: string): Promise<void> {
  const commands = `[ -d "$0" ] || exit 0; for p in $(find "$0" -name peek -type f); do d=\${p%/peek}; grep -q '"Phase": "\\(running\\|continued\\)"' $p && echo signal KILL > $d/ctl && cat $d/trywait > /dev/null; done 2>/dev/null; echo scrub -r > "$0/ctl"; rmdir "$0"`;
  const child = spawn('bash', ['-c', commands, anchor], { cwd: '/', stdio: 'ignore' });
  await once(child, 'close');
}
