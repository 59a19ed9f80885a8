/**
 * Where a user of a bare host types: one shell for all commands, whose standard output and error are shown as one, as a terminal does.
 */
import type { Program } from '../hosts/program.js';
import type { BareHost } from './bare-host.js';

const LIMIT_S = 120;
/** Commands come by a descriptor of their own, so that no program takes them for its input. Columns are as on a terminal. */
const SHELL = `
  exec 9<&0 < /dev/null 2>&1
  set +eu
  ls() { command ls -C "$@"; }
  cd
  count=0
  echo '${end(0)}'
  while IFS= read -r -u 9 line; do eval "$line"; echo "--- end of command $((count += 1)) ---"; done`;

export class Terminal {
  readonly #program: Program;
  #count = 0;
  /** How much of its output has been told. */
  #told = end(0).length + 1;

  constructor(host: BareHost) {
    this.#program = host.spawn(SHELL);
  }

  /**
   * Types a line, and waits for its end; of a server that goes on behind, for its URL, by which it says that it is mounted.
   * @returns what was printed since the line before
   */
  async type(line: string): Promise<string> {
    const before = end(this.#count++);
    this.#program.stdin.write(`${line}\n`);
    await this.#program.says(new RegExp(`^${end(this.#count)}\n`, 'm'), LIMIT_S);
    if (/\bcircuit start\b/.test(line)) await this.#program.says(new RegExp(`^${before}\n[^]*^circuit://\\S+\n`, 'm'), LIMIT_S);
    const printed = this.#program.stdout.slice(this.#told);
    this.#told = this.#program.stdout.length;
    // What a carriage return lets the next text cover is not seen on a terminal either.
    return printed
      .replace(`${end(this.#count)}\n`, '')
      .replace(/\r+\n/g, '\n')
      .replace(/[^\n]*\r/g, '');
  }
}

function end(count: number): string {
  return `--- end of command ${String(count)} ---`;
}
