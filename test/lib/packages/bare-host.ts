/**
 * A host of a bed whose root directory is a bare Debian of its own: what is written goes into a layer above the shared one, and with the bed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Host, Outcome } from '../hosts/host.js';
import type { Program } from '../hosts/program.js';
import { bareDebian } from './cached.js';

const LIMIT_S = 300;
const LAYERS = '/run/bare';
const BARE_ROOT = `${LAYERS}/root`;

export interface ScriptOptions {
  /** As `user`, not as root. */
  readonly asUser?: boolean;
}

export class BareHost {
  readonly host: Host;
  /** Where the directories of this root are, seen from the host. */
  readonly root = BARE_ROOT;
  readonly #base: string;

  static async on(host: Host): Promise<BareHost> {
    const base = await bareDebian();
    const bare = new BareHost(host, base);
    await host.run(
      `mkdir -p ${LAYERS}
      mount -t tmpfs none ${LAYERS}
      mkdir ${LAYERS}/up ${LAYERS}/work ${BARE_ROOT}
      mount -t overlay overlay -o lowerdir="$BASE",upperdir=${LAYERS}/up,workdir=${LAYERS}/work ${BARE_ROOT}
      cd ${BARE_ROOT}
      mount -t proc proc proc
      mount --rbind /dev dev
      mount -t tmpfs none tmp
      mount -t tmpfs none run
      chmod 1777 tmp`,
      { env: { BASE: base }, limit_s: LIMIT_S },
    );
    return bare;
  }

  private constructor(host: Host, base: string) {
    this.host = host;
    this.#base = base;
  }

  /** Copies a file of this machine to a path there. */
  async copy(file: string, to: string): Promise<void> {
    await this.host.run(`mkdir -p "$(dirname "${BARE_ROOT}${to}")"; cp -a "${file}" "${BARE_ROOT}${to}"`, { limit_s: LIMIT_S });
  }

  /** Runs bash there, in a clean environment. */
  async sh(script: string, options: ScriptOptions = {}): Promise<Outcome> {
    return this.host.sh(`exec ${words(options).join(' ')} "$SCRIPT"`, { env: { SCRIPT: script }, limit_s: LIMIT_S });
  }

  /** Starts bash there, in a clean environment. */
  spawn(script: string, options: ScriptOptions = {}): Program {
    return this.host.spawn([...words(options), script]);
  }

  /** The same for a script that must go well. @returns its standard output */
  async run(script: string, options: ScriptOptions = {}): Promise<string> {
    const { stdout, stderr, code } = await this.sh(script, options);
    if (code !== 0) throw new Error(`exit ${String(code)}:\n${script}\nstdout: ${stdout}\nstderr: ${stderr}`);
    return stdout;
  }

  /** Starts `circuit start` in the background, and waits for its URL, by which it says that it is mounted. @returns the URL */
  async start(args: string, { program = 'circuit', ...options }: ScriptOptions & { readonly program?: string } = {}): Promise<string> {
    const script = `
      rm -f /tmp/url; mkfifo -m 600 /tmp/url
      setsid ${program} start ${args} > /tmp/url 2> /tmp/log < /dev/null &
      echo $! > /tmp/pid
      read -r url < /tmp/url || { cat /tmp/log >&2; exit 1; }
      rm /tmp/url
      echo "$url"`;
    return (await this.run(script, options)).trim();
  }

  /** Ends that server in order, and waits until it and its launcher have gone. @returns what it logged */
  async stop(): Promise<string> {
    return this.run(`
      pid=$(cat /tmp/pid)
      kill "$pid"
      tail --pid="$pid" -f /dev/null
      while grep -qs circuit-launch /proc/[0-9]*/comm && grep -qs " /circuit " /proc/mounts; do sleep 0.05; done
      cat /tmp/log; rm -f /tmp/log /tmp/pid`);
  }

  /** Files and directories that are new, changed or gone. */
  async changes(): Promise<readonly string[]> {
    const listed = await this.host.run(
      `cd ${LAYERS}/up; find . -mindepth 1 ! -type d -printf '/%P\\n' -o -type d -empty -printf '/%P/\\n' | sort`,
    );
    // A directory of the layer below is there as well when something in it has come and gone.
    const isNew = (path: string): boolean => !path.endsWith('/') || !existsSync(join(this.#base, path));
    return listed.split('\n').filter((line) => line !== '' && isNew(line));
  }
}

/** A command line for a script. */
function words({ asUser = false }: ScriptOptions): readonly string[] {
  const who = asUser ? ['--userspec=user:user'] : [];
  const path = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';
  const clean = [`HOME=${asUser ? '/home/user' : '/root'}`, `PATH=${path}`, 'LC_ALL=C.UTF-8', 'DEBIAN_FRONTEND=noninteractive'];
  return ['chroot', ...who, BARE_ROOT, '/usr/bin/env', '-i', ...clean, 'bash', '--norc', '-euc'];
}
