/**
 * A bash on a host that runs one line after the other, so that a look on one host follows a command on another one within a millisecond.
 */
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { spawn } from 'node:child_process';
import type { Host } from '../lib/hosts/host.js';

/** Reads a line, runs it, and prints all that it said as one line, with its status in front. */
const LOOP = `while IFS= read -r line; do said=$(eval "$line" 2>&1); printf '%s\\t%s\\n' $? "\${said//$'\\n'/ }"; done`;

export interface Said {
  readonly code: number;
  readonly text: string;
}

export class Agent {
  readonly #child;
  readonly #lines: Interface;

  constructor(host: Host) {
    const [program, ...args] = [...host.entering, 'bash', '-c', LOOP];
    this.#child = spawn(program, args, { cwd: '/', env: { ...process.env, LC_ALL: 'C' }, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdin.on('error', () => undefined); // it was killed
    this.#lines = createInterface(this.#child.stdout);
  }

  /** @throws AbortError if it takes longer; the agent is of no use then */
  async ask(line: string, limit_ms: number): Promise<Said> {
    const answered = once(this.#lines, 'line', { signal: AbortSignal.timeout(limit_ms) }) as Promise<[string]>;
    this.#child.stdin.write(`${line}\n`);
    const [said] = await answered;
    const [code = '', text = ''] = said.split('\t');
    return { code: Number(code), text };
  }

  /** With all that it has started. */
  end(): void {
    this.#child.stdin.end();
    this.#child.kill('SIGKILL');
  }
}
