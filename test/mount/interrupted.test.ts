/**
 * Every file that blocks, and every way to end the one who waits: nothing is consumed, nothing is sent, and what comes next is not lost.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { statusOf } from '../lib/daemon.js';
import { atEachPlace } from '../lib/mount/at-each-place.js';
import { CTRL_C, CTRL_Z } from '../lib/mount/terminal.js';

/** Fewer from afar: forking so many takes longer than what is tested. */
const READERS = { 'its own server': 2000, 'another server': 500 } as const;

/** `made` makes an element at $A, the shell that runs `call` then waits; `next` shows that nothing was lost, by printing `gives`. */
const BLOCKING = [
  {
    file: 'recv',
    made: 'mkchan 0',
    call: 'exec cat $A/recv',
    next: 'echo next > $A/send & cat $A/recv; wait; grep -o \'"NumRecv": .\' $A/peek',
    gives: 'next\n"NumRecv": 1\n',
  },
  {
    file: 'send',
    made: 'mkchan 0',
    call: 'echo lost > $A/send',
    next: 'echo next > $A/send & cat $A/recv; wait; grep -o \'"NumSend": .\' $A/peek',
    gives: 'next\n"NumSend": 1\n',
  },
  {
    file: 'stdin of a process that does not read',
    made: 'mkproc sh -c "kill -STOP $$; tail -n 1"',
    call: 'exec cat /dev/zero >> $A/stdin',
    next: 'echo signal CONT > $A/ctl; printf "\\nnext\\n" > $A/stdin; cat $A/stdout',
    gives: 'next\n',
  },
  {
    file: 'stdout',
    made: 'mkproc cat',
    call: 'exec cat $A/stdout',
    next: 'echo next > $A/stdin; cat $A/stdout',
    gives: 'next\n',
  },
  {
    file: 'stderr',
    made: 'mkproc sh -c "cat >&2"',
    call: 'exec cat $A/stderr',
    next: 'echo next > $A/stdin; cat $A/stderr',
    gives: 'next\n',
  },
  {
    file: 'wait',
    made: 'mkproc cat',
    call: 'exec cat $A/wait',
    next: ': > $A/stdin; grep -o \'"ExitCode": .\' $A/wait',
    gives: '"ExitCode": 0\n',
  },
] as const;

atEachPlace('whoever waits in the mount', ['fuse', 'root', 'python3', 'dash'], (here) => {
  for (const { file, made, call, next, gives } of BLOCKING) {
    it(`for ${file} ends at once by KILL, by timeout and by Ctrl-C, and nothing is lost`, async () => {
      await here.programs.run(`echo '${made}' > $A/ctl`);

      const killed = here.programs.start('bash', ['-c', call]);
      await killed.blocked();
      const end = killed.outcome();
      killed.kill('SIGKILL');
      expect(await end).to.include({ signal: 'SIGKILL', out: '' });

      // Its time is over when it waits: one that is killed between its open and its first write has said nothing, which is a message.
      const late = here.programs.start('timeout', ['600', 'bash', '-c', call]);
      await late.blocked();
      late.kill('SIGALRM');
      expect(await late.outcome(), 'timeout').to.include({ code: 124, out: '' });

      const pressed = here.programs.python(CTRL_C, call).outcome();
      expect(await pressed, 'Ctrl-C').to.include({ out: 'signal 2\n', err: '' });

      expect(await here.programs.run(next)).to.equal(gives);
    });
  }

  it('in cat goes on after Ctrl-Z and fg', async () => {
    await here.programs.run('echo mkchan 0 > $A/ctl');
    const { out, err } = await here.programs.python(CTRL_Z, 'cat $A/recv', 'echo the message > $A/send').outcome();
    expect(err).to.equal('');
    expect(out).to.equal('the message\n');
  });

  it(`costs the daemon no thread: ${String(READERS[here.where])} readers wait, are killed, and are gone`, async function () {
    this.timeout(120_000);
    const { daemon } = here.neighbours;
    await here.programs.run('echo mkchan 0 > $A/ctl');
    const threads = statusOf(daemon.pid, 'Threads');
    // dash is small, so that it forks quickly.
    const readers = here.programs.start('dash', [
      '-c',
      'i=0; while [ $i -lt $0 ]; do read -r line < $A/recv & i=$((i + 1)); done; until grep -q "WaitingReceivers\\": $0" $A/peek; do sleep 0.1; done; echo blocked; read line',
      String(READERS[here.where]),
    ]);
    await readers.prints('blocked');
    expect(statusOf(daemon.pid, 'Threads')).to.equal(threads);
    readers.killGroup();
    expect(await readers.ended).to.deep.equal([null, 'SIGKILL']);
    await here.programs.run('until grep -q "WaitingReceivers\\": 0" $A/peek; do sleep 0.05; done');
    while (isThere(-readers.pid)) await delay(20); // init has yet to collect them
    expect(await here.programs.run('echo next > $A/send & cat $A/recv; wait')).to.equal('next\n');
  });

  it('on one send keeps nobody else from it: two writers, an appender and a truncating one, each with an open of its own, can all be killed', async () => {
    await here.programs.run('echo mkchan 0 > $A/ctl');
    const python = 'exec python3 -c \'import os; os.write(os.open(os.environ["A"] + "/send", os.O_WRONLY | os.O_TRUNC), b"x")\'';
    const writers = ['echo one > $A/send; :', 'echo two > $A/send; :', 'echo three >> $A/send; :', python].map((line) =>
      here.programs.bash(line),
    );
    for (const writer of writers) await writer.blocked();
    expect(await here.programs.run('grep -o \'"WaitingSenders": .\' $A/peek')).to.equal('"WaitingSenders": 4\n');
    for (const writer of writers) {
      const end = writer.outcome();
      writer.kill('SIGKILL');
      expect(await end).to.include({ signal: 'SIGKILL' });
    }
    expect(await here.programs.run('echo next > $A/send & cat $A/recv; wait')).to.equal('next\n');
  });
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
