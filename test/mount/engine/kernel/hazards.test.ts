/**
 * What the kernel and the shells do to a FUSE file system, each case on a real mount of a toy tree. Every test here fails without its cure in the engine.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { Call, Mount, OpenFile } from '../../../../mount/engine/filesystem.js';
import { kernelEngine } from '../../../../mount/engine/kernel/engine.js';
import { kill } from '../../../lib/children.js';
import { file, text, ToyDirectory, untilEnded } from '../toy.js';

type ChildProcess = ChildProcessByStdio<null, Readable, Readable>;

describe('the kernel engine', () => {
  const root = new ToyDirectory();
  const logged: string[] = [];
  const started: ChildProcess[] = [];
  let directory: string;
  let mount: Mount;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'circuit-engine-'));
    mount = await kernelEngine.mount(root, {
      directory,
      allowOther: false,
      keepNames: true,
      log: (_level, message) => logged.push(message),
    });
  });

  after(async () => {
    await mount.unmount();
    await rmdir(directory);
  });

  afterEach(async () => {
    await Promise.all(started.splice(0).map(kill));
    root.entries.clear();
    logged.length = 0;
  });

  function start(program: string, ...args: readonly string[]): ChildProcess {
    const child = spawn(program, args, { cwd: '/', env: { ...process.env, M: directory }, stdio: ['ignore', 'pipe', 'pipe'] });
    started.push(child);
    return child;
  }

  const bash = (script: string): ChildProcess => start('bash', '-c', script);
  const python = (script: string): ChildProcess =>
    start('python3', '-c', `import os, sys, fcntl, select, threading\nM = os.environ["M"]\n${script}`);

  /** Everything a program printed, and how it ended. */
  async function outcome(child: ChildProcess): Promise<{ out: string; err: string; code: number | null; signal: string | null }> {
    const ended = once(child, 'close') as Promise<[number | null, string | null]>;
    const [out, err, [code, signal]] = await Promise.all([readAll(child.stdout), readAll(child.stderr), ended]);
    return { out, err, code, signal };
  }

  /** Waits for events that the tree's side counts. */
  class Count {
    #seen = 0;
    readonly #waiting: { readonly of: number; readonly resolve: () => void }[] = [];

    readonly up = (): void => {
      this.#seen++;
      for (const { of, resolve } of this.#waiting) if (this.#seen >= of) resolve();
    };

    reached(of: number): Promise<void> {
      return this.#seen >= of ? Promise.resolve() : new Promise((resolve) => this.#waiting.push({ of, resolve }));
    }
  }

  it('lets a second writer, an appender and a truncating one reach a file whose first writer is blocked, and each can be killed (1)', async () => {
    const writers = new Count();
    root.entries.set('sink', file({ writesWait: 'long', open: () => ({ write: (_bytes, call) => untilEnded(call, writers.up) }) }));
    const blocked = ['echo a > $M/sink', 'echo b > $M/sink', 'echo c >> $M/sink', 'exec 3<>$M/sink; echo d >&3'].map((line) => bash(line));
    await writers.reached(4);
    for (const child of blocked) {
      const end = outcome(child);
      child.kill('SIGKILL');
      expect(await end).to.include({ signal: 'SIGKILL' });
    }
  });

  it('lets a descriptor for both write while it is blocked reading (2)', async () => {
    const readers = new Count();
    root.entries.set(
      'both',
      file({
        writesWait: 'long',
        open: () => ({ read: (_o, _s, call) => untilEnded(call, readers.up), write: (bytes) => bytes.length }),
      }),
    );
    const child = python(`
f = os.open(M + "/both", os.O_RDWR)
threading.Thread(target=lambda: os.read(f, 1), daemon=True).start()
sys.stdin = None
while not open("/proc/self/task/%d/status" % threading.enumerate()[-1].native_id).read().count("S (sleeping)"): pass
print(os.write(f, b"xyz"), flush=True)
os._exit(0)`);
    await readers.reached(1);
    expect((await outcome(child)).out).to.equal('3\n');
  });

  it('shows what has changed at once, without notifying the kernel of names (3)', async () => {
    root.entries.set('a', text('one'));
    expect((await outcome(bash('cat $M/a; ls $M'))).out).to.equal('onea\n');
    root.entries.set('a', text('two'));
    root.entries.set('b', text(''));
    expect((await outcome(bash('cat $M/a; ls $M'))).out).to.equal('twoa\nb\n');
    root.entries.delete('a');
    expect((await outcome(bash('cat $M/a || ls $M'))).out).to.equal('b\n');
  });

  it('serves programs that read byte by byte, seek, and read past the end (5)', async () => {
    root.entries.set('lines', text('first\nsecond\n'));
    const { out } = await outcome(
      bash(
        '{ read a; read b; read c || echo end; echo "$b $a"; } < $M/lines; tail -c 3 $M/lines; dd if=$M/lines bs=1 skip=100 status=none',
      ),
    );
    expect(out).to.equal('end\nsecond first\nnd\n');
  });

  it("keeps bash's blocked echo through the end of a background job, and ends it at Ctrl-C (6)", async () => {
    const writers = new Count();
    let release: (() => void) | undefined;
    const write = (bytes: Uint8Array, call: Call): Promise<number> => {
      const { length } = bytes;
      return new Promise((resolve, reject: (reason: Error) => void) => {
        call.signal.addEventListener('abort', () => reject(call.signal.reason as Error), { once: true });
        release = () => resolve(length);
        writers.up();
      });
    };
    root.entries.set('slow', file({ writesWait: 'long', open: () => ({ write }) }));
    const patient = bash('read x < /dev/zero & echo $!; sleep 0.1 & echo hello > $M/slow; echo "status $?"; kill %1');
    const end = outcome(patient);
    await writers.reached(1);
    await untilGone(patient, 'sleep');
    await delay(150); // the kernel is told to ask again every 50 ms: let it, twice
    release?.();
    expect((await end).out).to.match(/status 0/);

    const impatient = bash('trap "echo caught; exit 3" INT; echo hello > $M/slow');
    const stopped = outcome(impatient);
    await writers.reached(2);
    impatient.kill('SIGINT');
    expect(await stopped).to.include({ code: 3, out: 'caught\n' });
  });

  /** Until a shell has no child of this name that still runs. */
  async function untilGone(shell: ChildProcess, name: string): Promise<void> {
    for (;;) {
      const children = (await readFile(`/proc/${shell.pid}/task/${shell.pid}/children`, 'utf8')).split(' ').filter(Boolean);
      const stats = await Promise.all(children.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
      if (!stats.some((stat) => stat.includes(`(${name}) `) && !stat.includes(') Z'))) return;
      await delay(10);
    }
  }

  it('makes a fault of a file EIO and goes on (7)', async () => {
    root.entries.set('broken', file({ open: () => ({ read: () => Promise.reject(new TypeError('a bug')) }) }));
    root.entries.set('fine', text('fine'));
    const { out, err } = await outcome(bash('cat $M/broken; cat $M/fine'));
    expect(err).to.match(/Input\/output error/);
    expect(out).to.equal('fine');
    expect(logged).to.have.length(1);
  });

  it('never holds a close back: hundreds of them while other calls wait (8)', async () => {
    const writers = new Count();
    root.entries.set('sink', file({ writesWait: 'long', open: () => ({ write: (_bytes, call) => untilEnded(call, writers.up) }) }));
    const waiting = bash('echo x > $M/sink');
    await writers.reached(1);
    expect((await outcome(bash('for i in $(seq 300); do : > $M/sink; done; echo done'))).out).to.equal('done\n');
    waiting.kill('SIGKILL');
  });

  it('tells who closes: each process that shares the descriptor, between the writes of another (9)', async () => {
    const events: string[] = [];
    let writer = 0;
    const opened: Partial<OpenFile> = {
      write: (bytes, call) => {
        writer = call.pid;
        events.push(Buffer.from(bytes).toString());
        return bytes.length;
      },
      flush: ({ pid }) => void events.push(pid === writer ? 'flush by the writer' : 'flush by another'),
      release: () => void events.push('release'),
    };
    root.entries.set('f', file({ open: () => opened }));
    await outcome(bash('exec 3>$M/f; printf one >&3; (exit); printf two >&3; exec 3>&-; true'));
    await new Promise(setImmediate);
    const between = events.slice(events.indexOf('one') + 1, events.indexOf('two'));
    expect(between).to.include('flush by another');
    expect(events.slice(-2)).to.deep.equal(['flush by the writer', 'release']);
  });

  it('keeps the position of a descriptor for both itself, so that reading it ends (10)', async () => {
    root.entries.set('both', text('some text'));
    expect((await outcome(python('f = os.open(M + "/both", os.O_RDWR)\nwhile (b := os.read(f, 4)): print(b.decode())'))).out).to.equal(
      'some\n tex\nt\n',
    );
  });

  it('hears of O_DIRECT and O_NONBLOCK as they are at each call, and gets a writev as one write (12)', async () => {
    const calls: string[] = [];
    const write = (bytes: Uint8Array, { packet, nonblock }: Call): number => {
      calls.push(`${bytes.length}${packet ? ' packet' : ''}${nonblock ? ' nonblock' : ''}`);
      return bytes.length;
    };
    root.entries.set('f', file({ open: () => ({ write }) }));
    await outcome(
      python(`
f = os.open(M + "/f", os.O_WRONLY)
os.write(f, b"a")
fcntl.fcntl(f, fcntl.F_SETFL, os.O_DIRECT)
os.writev(f, [b"bc", b"def", b"g"])
fcntl.fcntl(f, fcntl.F_SETFL, os.O_NONBLOCK)
os.write(f, b"hi")`),
    );
    expect(calls).to.deep.equal(['1', '6 packet', '2 nonblock']);
  });

  it('lets poll, select and epoll, level- and edge-triggered, wait for a file (poll)', async () => {
    let level = false;
    let rise: (() => void) | undefined;
    const asked = new Count();
    const set = (): void => {
      level = true;
      rise?.();
    };
    const opened: Partial<OpenFile> = {
      read: (_offset, _size, call) => {
        if (!level) return untilEnded(call);
        level = false;
        return Buffer.from('!');
      },
      poll: {
        readable: () => level,
        writable: () => false,
        whenReady: () => {
          asked.up();
          return new Promise((resolve) => {
            rise = resolve;
          });
        },
      },
    };
    root.entries.set('f', file({ open: () => opened }));
    const child = python(`
f = os.open(M + "/f", os.O_RDONLY)
print(select.select([f], [], [], 0)[0] == [])
p = select.poll(); p.register(f, select.POLLIN)
print(p.poll()[0][1] == select.POLLIN, os.read(f, 9))
e = select.epoll(); e.register(f, select.EPOLLIN | select.EPOLLET)
for i in range(3): print(e.poll()[0][1] == select.EPOLLIN, os.read(f, 9), flush=True)`);
    const end = outcome(child);
    for (let i = 1; i <= 4; i++) {
      await asked.reached(i);
      set();
    }
    expect((await end).out).to.equal(`True\n${"True b'!'\n".repeat(4)}`);
  });

  it('has files followed by tail -f if they have a true size (13)', async () => {
    let content = 'one\n';
    const opened: Partial<OpenFile> = { read: (offset, size) => Buffer.from(content).subarray(offset, offset + size) };
    const log = file({ sizeKnown: true, open: () => opened });
    root.entries.set('log', { ...log, attributes: () => ({ mode: 0o444, size: content.length, mtime_ms: Date.now() }) });
    const child = start('tail', '-s', '0.05', '-f', join(directory, 'log'));
    const lines: string[] = [];
    for await (const chunk of child.stdout) {
      lines.push(String(chunk));
      if (lines.length === 2) break;
      content += 'two\n';
    }
    expect(lines).to.deep.equal(['one\n', 'two\n']);
  });

  it('answers hundreds of blocked readers without a thread for each, and frees all when they are killed', async () => {
    const readers = new Count();
    root.entries.set('f', file({ open: () => ({ read: (_o, _s, call) => untilEnded(call, readers.up) }) }));
    const threads = async (): Promise<string | undefined> => /^Threads:\s+(\d+)/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1];
    const before = await threads();
    const child = start(
      'sh',
      '-c',
      `trap 'kill -KILL $pids; wait; echo gone; exit' TERM
       i=0; while [ $i -lt 500 ]; do read -r line < $M/f & pids="$pids $!"; i=$((i + 1)); done; wait`,
    );
    const end = outcome(child);
    await readers.reached(500);
    expect(await threads()).to.equal(before);
    child.kill('SIGTERM');
    expect((await end).out).to.equal('gone\n');
  });

  for (const [name, script] of [
    ['mkdir', 'exec mkdir $M/stuck/new'],
    ['rmdir', 'exec rmdir $M/stuck/old'],
  ] as const) {
    it(`lets ${name} go for any signal, and those who wait for the lock of its directory with it (17)`, async () => {
      const waits = new Count();
      const never = (): Promise<void> => new Promise(waits.up);
      root.entries.set(
        'stuck',
        Object.assign(new ToyDirectory({ old: new ToyDirectory() }), { makeDirectory: never, removeDirectory: never }),
      );
      const change = bash(script);
      await waits.reached(1);
      const beside = bash('exec stat $M/stuck/not-looked-for-yet');
      await delay(100);
      const ends = [outcome(change), outcome(beside)];
      change.kill('SIGKILL');
      beside.kill('SIGKILL');
      for (const { signal } of await Promise.all(ends)) expect(signal).to.equal('SIGKILL');
    });
  }

  it('lets a caller that is being killed go from a call that minds no signal, also after a signal that it has caught', async () => {
    const waits = new Count();
    root.entries.set('f', file({ writesWait: 'long', open: () => ({ write: () => new Promise<number>(waits.up) }) }));
    const killed = bash('exec cat /etc/passwd > $M/f');
    const caught = python(`
import signal
signal.signal(signal.SIGTERM, lambda *_: None)
os.write(os.open(M + '/f', os.O_WRONLY), b'x')`);
    await waits.reached(2);
    caught.kill('SIGTERM');
    await delay(100);
    for (const program of [killed, caught]) {
      const end = outcome(program);
      program.kill('SIGKILL');
      expect((await end).signal).to.equal('SIGKILL');
    }
  });

  it('ends what waits when it is unmounted, and mounts again where a dead mount lies', async () => {
    const other = await mkdtemp(join(tmpdir(), 'circuit-engine-'));
    const readers = new Count();
    const tree = new ToyDirectory({ f: file({ open: () => ({ read: (_o, _s, call) => untilEnded(call, readers.up) }) }) });
    const options = { directory: other, allowOther: false, keepNames: true, log: () => undefined };
    const first = await kernelEngine.mount(tree, options);
    const blocked = outcome(start('cat', join(other, 'f')));
    await readers.reached(1);
    const busy: unknown = await kernelEngine.mount(tree, options).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(busy).to.have.property('code', 'EBUSY');
    await first.unmount();
    expect((await blocked).err).to.match(/Host is down/);
    expect(await first.ended).to.equal('unmounted');
    await (await kernelEngine.mount(tree, options)).unmount();
    await rmdir(other);
  });
});
