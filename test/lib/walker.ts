/**
 * A program that goes by paths, one thread for all of a test: it is told what to do, one call at a time, and says how each went.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** `look` comes to a path in each way that there is, and says how each ended if not all ended alike. */
const PROGRAM = `
import errno, json, os, sys
def opened(path, flags):
    os.close(os.open(path, flags))
def read(path):
    with open(path) as file: return file.read()
def write(path, text):
    fd = os.open(path, os.O_WRONLY | os.O_TRUNC)
    try: os.write(fd, text.encode())
    finally: os.close(fd)
def visit(path):
    here = os.open('.', os.O_PATH)
    try: os.chdir(path); os.fchdir(here)
    finally: os.close(here)
def attempt(call, *args):
    try: return call(*args)
    except OSError as error: return errno.errorcode[error.errno]
def access(path):
    if not os.access(path, os.F_OK): raise OSError(errno.ENOENT, '')
def look(path):
    ways = [lambda: os.stat(path).st_ino and 'there', lambda: os.lstat(path) and 'there', lambda: access(path) or 'there']
    if path.endswith('/') or '.' not in path and attempt(os.path.isdir, path): ways += [lambda: visit(path) or 'there', lambda: os.listdir(path) and 'there']
    ways += [lambda: opened(path, os.O_RDONLY | os.O_NONBLOCK) or 'there', lambda: os.stat(path) and 'there']
    ends = [attempt(way) for way in ways]
    return ends[0] if len(set(ends)) == 1 else ends
CALLS = {
    'look': look, 'read': read, 'write': write, 'mkdir': os.mkdir, 'rmdir': os.rmdir, 'list': lambda path: sorted(os.listdir(path)),
    'ino': lambda path: os.stat(path).st_ino, 'link': os.readlink, 'enter': os.chdir, 'where': os.getcwd,
    'open': lambda path: os.open(path, os.O_RDONLY), 'fstat': lambda fd: os.fstat(fd).st_ino,
}
for line in sys.stdin:
    name, *args = json.loads(line)
    print(json.dumps(attempt(CALLS[name], *args)), flush=True)
`;

export class Walker {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string, undefined>;
  readonly #name: string;

  /** @param entering what to put before its command line, so that it runs on some host */
  constructor(name: string, entering: readonly string[] = []) {
    this.#name = name;
    const args = [...entering, 'python3', '-c', PROGRAM];
    this.#child = spawn('env', args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' });
    this.#answers = createInterface(this.#child.stdout)[Symbol.asyncIterator]() as AsyncIterator<string, undefined>;
  }

  /** What a call has returned; the name of its error if it failed. */
  async does(call: string, ...args: readonly unknown[]): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify([call, ...args])}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`${this.#name} has ended`);
    return JSON.parse(answer.value) as unknown;
  }

  /** As `does`. @throws Error if it failed */
  async must(call: string, ...args: readonly unknown[]): Promise<unknown> {
    const answer = await this.does(call, ...args);
    if (typeof answer === 'string' && /^E[A-Z]+$/.test(answer)) throw new Error(`${this.#name}: ${call} ${args.join(' ')}: ${answer}`);
    return answer;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

/** Looks at these paths without a pause until it is killed, so that their names are kept by the kernel and asked for all the time. */
export const STORM = `
import os, sys
while True:
    for path in sys.argv[1:]:
        for call in (os.stat, os.listdir, lambda path: os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))):
            try: call(path)
            except OSError: pass
`;
