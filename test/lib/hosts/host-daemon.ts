/**
 * A daemon on a host of a bed, `circuit start`, with the circuit at the host's own `/circuit`.
 */
import { PROGRAM } from '../daemon.js';
import type { Host } from './host.js';
import type { Program } from './program.js';

/** An orderly stop that takes longer than this is a fault, and ended by force. */
const STOP_LIMIT_MS = 20_000;
const GROUP = '228.8.8.8:7711';

export interface HostDaemonOptions {
  /** More arguments of `circuit start`. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** The multicast group and port, `''` for none. */
  readonly discover?: string;
  /** Its key file; `'automatic'` for none given, so that it uses the host's own. */
  readonly key?: string;
  /** The address it listens on instead of that of `eth0` and a free port. */
  readonly address?: string;
  /** How long it may take until it is mounted; as long as a program may take to say something if absent. */
  readonly start_s?: number;
}

export class HostDaemon {
  /** `circuit://HOST:PORT/PID/ID` */
  readonly url: string;
  /** `X` and 16 hex digits: its directory under `/circuit`. */
  readonly id: string;
  readonly program: Program;

  static async start(host: Host, options: HostDaemonOptions): Promise<HostDaemon> {
    const { args = [], env = {}, discover = GROUP, key = host.key, address, start_s } = options;
    const listen = address === undefined ? ['--if', 'eth0'] : ['-a', address];
    const keyed = key === 'automatic' ? [] : ['--hmac', key];
    const given = ['-m', '/circuit', '--grace', '1', ...listen, '--discover', discover, ...keyed, ...args];
    const program = host.spawn([process.execPath, PROGRAM, 'start', ...given], env);
    try {
      const [, url = '', id = ''] = await program.says(/^(circuit:\/\/\S+\/(X[0-9a-f]{16}))\n/, start_s);
      await program.says(/mounted at|runs without a mount/, start_s);
      return new HostDaemon(program, url, id);
    } catch (error) {
      await program.stop();
      throw error;
    }
  }

  private constructor(program: Program, url: string, id: string) {
    this.program = program;
    this.url = url;
    this.id = id;
  }

  get pid(): number {
    return this.program.pid;
  }

  /** All that it has logged. */
  get log(): string {
    return this.program.stderr;
  }

  /** To the daemon alone: not to its launcher, its watchdog, nor the processes that it hosts. */
  kill(signal: NodeJS.Signals): void {
    if (this.program.isRunning) process.kill(this.pid, signal);
  }

  /** Kills it, and waits until it is gone. */
  async crash(): Promise<void> {
    this.kill('SIGKILL');
    await this.program.exited;
  }

  /** Ends it in order, by force if that takes too long. */
  async stop(): Promise<void> {
    this.kill('SIGCONT');
    this.kill('SIGTERM');
    const force = setTimeout(() => this.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.program.exited;
    clearTimeout(force);
  }
}
