/**
 * A shell in a terminal, as a user has it: tmux, whose screen can be read back as it is shown, resized, and typed at.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { comesTrue, isRunning } from './processes.js';
import type { Scratch } from './scratch.js';

const run = promisify(execFile);
const LOOK_MS = 20;
const SHOWN_LIMIT_MS = 30_000;
const END_LIMIT_MS = 10_000;

/** A prompt that nothing else prints. */
const PROMPT = 'ready> ';

export class Tmux {
  readonly #socket: string;
  readonly #env: NodeJS.ProcessEnv;
  /** Whatever the shell is told to write goes here. */
  readonly directory: string;

  /** It is ended with the scratch. */
  static async start(scratch: Scratch, env: NodeJS.ProcessEnv, columns = 100, rows = 30): Promise<Tmux> {
    const directory = scratch.directory();
    const tmux = new Tmux(directory, env);
    scratch.later(() => tmux.#stop());
    await tmux.#tell('new-session', '-d', '-x', String(columns), '-y', String(rows), '/bin/bash', '--norc', '--noprofile', '-i');
    await tmux.shows(PROMPT.trim());
    return tmux;
  }

  private constructor(directory: string, env: NodeJS.ProcessEnv) {
    this.directory = directory;
    this.#socket = join(directory, 'socket');
    this.#env = { ...process.env, LC_ALL: 'C.UTF-8', ...env, PS1: PROMPT, TMUX: '', TERM: 'xterm-256color' };
  }

  /** Presses keys, by their names in tmux(1): `Enter`, `Escape`, `C-z`, `PageDown`; a single character is itself. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tell('send-keys', ...keys);
  }

  async type(text: string): Promise<void> {
    await this.#tell('send-keys', '-l', text);
  }

  /** Types a line into the shell. */
  async enter(line: string): Promise<void> {
    await this.type(line);
    await this.press('Enter');
  }

  /** @param styles with the sequences that set them */
  async screen(styles = false): Promise<string> {
    return this.#tell('capture-pane', '-p', ...(styles ? ['-e'] : []));
  }

  /** Waits until the screen shows it, and returns the screen. @throws Error with what it shows instead */
  async shows(what: RegExp | string): Promise<string> {
    const until_ms = performance.now() + SHOWN_LIMIT_MS;
    for (;;) {
      const screen = await this.screen();
      if (typeof what === 'string' ? screen.includes(what) : what.test(screen)) return screen;
      if (performance.now() > until_ms) throw new Error(`does not show ${String(what)}:\n${screen}`);
      await delay(LOOK_MS);
    }
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tell('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** A format of tmux(1), such as `#{cursor_flag}`. */
  async tells(format: string): Promise<string> {
    return (await this.#tell('display-message', '-p', format)).trim();
  }

  /** From now on, all that programs write to this terminal is written to a file as well, byte by byte. */
  async record(file: string): Promise<void> {
    await this.#tell('pipe-pane', '-O', `exec cat > '${file}'`);
  }

  async #tell(...words: readonly string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-f', '/dev/null', '-S', this.#socket, ...words], { env: this.#env });
    return stdout;
  }

  async #stop(): Promise<void> {
    const pid = await this.tells('#{pid}').catch(() => '');
    await this.#tell('kill-server').catch(() => undefined);
    if (pid !== '' && !(await comesTrue(() => !isRunning(Number(pid)), END_LIMIT_MS))) throw new Error('tmux does not end');
  }
}
