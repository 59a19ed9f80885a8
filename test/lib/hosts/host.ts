/**
 * One host of a bed: it runs scripts, long-running programs and daemons, as a machine of its own would.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute } from './execute.js';
import { HostDaemon, type HostDaemonOptions } from './host-daemon.js';
import { entering, type Namespaces, processesIn } from './namespaces.js';
import { Program } from './program.js';

const SCRIPT_LIMIT_S = 30;
/** The scripts are not built: they lie in the source tree. */
const SCRIPTS = fileURLToPath(new URL('../../../../test/hosts/', import.meta.url));

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

export interface ScriptOptions {
  readonly limit_s?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface HostIdentity {
  readonly index: number;
  readonly name: string;
  readonly address: string;
  readonly key: string;
}

export class Host {
  readonly index: number;
  /** As `hostname` prints it there. */
  readonly name: string;
  readonly address: string;
  /** The key file that its daemons are given unless a test says otherwise. */
  readonly key: string;
  readonly #namespaces: Namespaces;

  constructor({ index, name, address, key }: HostIdentity, namespaces: Namespaces) {
    this.index = index;
    this.name = name;
    this.address = address;
    this.key = key;
    this.#namespaces = namespaces;
  }

  /** What to put before a command line so that it runs here, in `/`. */
  get entering(): readonly string[] {
    return entering(this.#namespaces);
  }

  /** Starts a daemon, and waits until it has said its URL and that it is mounted. */
  async start(options: HostDaemonOptions = {}): Promise<HostDaemon> {
    return HostDaemon.start(this, options);
  }

  /** Starts a program that goes on until it is stopped, or the bed is removed. */
  spawn(commandLine: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    return new Program([...entering(this.#namespaces), ...commandLine], env);
  }

  /**
   * Runs bash with `set -eu`, in `/`. One that takes longer than its limit is freed, by cutting this host's FUSE mounts, and ended.
   * @throws Error with what it said if it took too long
   */
  async sh(script: string, { limit_s = SCRIPT_LIMIT_S, env = {} }: ScriptOptions = {}): Promise<Outcome> {
    const program = this.spawn(['bash', '-c', `set -eu\n${script}`], env);
    program.stdin.end();
    const late = new AbortController();
    const limit = setTimeout(() => {
      late.abort();
      abortMountsOf(program.pid);
      program.kill('SIGKILL');
    }, limit_s * 1000);
    const [code] = await program.exited;
    clearTimeout(limit);
    const { stdout, stderr } = program;
    if (late.signal.aborted) throw new Error(`${this.name}: longer than ${limit_s} s:\n${script}\nstdout: ${stdout}\nstderr: ${stderr}`);
    return { stdout, stderr, code };
  }

  /** The same for a script that must go well. @returns its standard output @throws Error with its standard error if it fails */
  async run(script: string, options: ScriptOptions = {}): Promise<string> {
    const { stdout, stderr, code } = await this.sh(script, options);
    if (code !== 0) throw new Error(`${this.name}: exit ${String(code)}:\n${script}\nstdout: ${stdout}\nstderr: ${stderr}`);
    return stdout;
  }

  /** The same for a script in a file of this folder. */
  async runFile(name: string, options: ScriptOptions = {}): Promise<string> {
    return this.run(readFileSync(join(SCRIPTS, name), 'utf8'), options);
  }

  /** TCP connections that this host has begun so far. */
  async dials(): Promise<number> {
    const [names = '', values = ''] = (await this.run('grep ^Tcp: /proc/net/snmp')).split('\n');
    return Number(values.split(' ')[names.split(' ').indexOf('ActiveOpens')]);
  }

  /** Ends the TCP connections that this host has with others: both ends see a reset. */
  async resetConnections(): Promise<void> {
    const established = ['--tcp', '--no-header', 'state', 'established', 'dst', '10.99.0.0/16'];
    await execute('nsenter', [`--net=${this.#namespaces.network}`, 'ss', '--kill', ...established]);
  }

  /** Everything that runs here ends at once. The others get the kernel's resets, unless the cable is cut before. */
  powerOff(): void {
    for (const pid of processesIn([this.#namespaces.network])) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended with another one.
      }
    }
  }
}

/** Cuts the connections of all FUSE mounts that a process can see, so that whoever waits for one is freed. The mounts themselves are not touched. */
function abortMountsOf(pid: number): void {
  const file = `/proc/${pid}/mountinfo`;
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  for (const line of lines) {
    const [, , device = '', , , ...rest] = line.split(' ');
    if (!/^fuse(\.|$)/.test(rest[rest.indexOf('-') + 1] ?? '')) continue;
    const control = `/sys/fs/fuse/connections/${device.split(':')[1] ?? ''}/abort`;
    if (existsSync(control)) writeFileSync(control, '1');
  }
}
