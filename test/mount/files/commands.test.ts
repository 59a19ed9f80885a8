import { expect } from 'chai';
import fc from 'fast-check';
import { CommandsFile } from '../../../mount/files/commands.js';
import { TextFile } from '../../../mount/files/text.js';
import type { Credentials } from '../../../src/base/bytes.js';
import { CircuitError, InterruptedError } from '../../../src/base/error.js';
import { showBytes } from '../../../src/command/word.js';
import { ASKER, callOf, codeOf } from '../../lib/mount/calls.js';

describe('writing to ctl', () => {
  let done: string[];
  let reported: string[];
  let later: boolean;
  let file: CommandsFile;

  beforeEach(() => {
    done = [];
    reported = [];
    later = false;
    file = new CommandsFile(
      {
        execute: ({ bytes }) => {
          const text = showBytes(bytes);
          const carryOut = (): void => {
            if (text.startsWith('fail')) throw new CircuitError('EBUSY', text);
            done.push(text);
          };
          return later ? new Promise(setImmediate).then(carryOut) : carryOut();
        },
        report: ({ message }) => void reported.push(message),
      },
      new TextFile('mkchan CAPACITY\n'),
    );
  });

  const write = (text: string, credentials: Credentials = ASKER): Promise<number> =>
    Promise.resolve(file.write(Buffer.from(text), callOf(credentials)));

  for (const when of ['at once', 'later']) {
    describe(`with commands that are carried out ${when}`, () => {
      beforeEach(() => {
        later = when === 'later';
      });

      it('carries a complete line out inside the write that completes it', async () => {
        expect(await write('one\n')).to.equal(4);
        expect(done).to.deep.equal(['one']);
        await write('tw');
        expect(done).to.deep.equal(['one']);
        await write('o\n');
        expect(done).to.deep.equal(['one', 'two']);
      });

      it("makes a command's failure that of its write, and drops what stands behind it", async () => {
        expect(await codeOf(() => write('one\nfail\ntwo\nthr'))).to.equal('EBUSY');
        expect(done).to.deep.equal(['one']);
        await write('four\n');
        expect(done).to.deep.equal(['one', 'four']);
      });

      it('carries out what stands before text that cannot be a command, and tells what is wrong with that', async () => {
        expect(await codeOf(() => write('one\ntw\0o\nthree\n'))).to.equal('EINVAL');
        expect(done).to.deep.equal(['one']);
        expect(reported).to.have.length(1);
        expect(reported[0]).to.match(/NUL/);
      });

      it('waits for the rest of JSON, however it was cut', async () => {
        const json = 'mkproc {\n  "Path": "/bin/echo",\n  "Args": ["}", "a\\"b"]\n}\n';
        for (const piece of json.split(/(?<=\n)/)) await write(piece);
        expect(done).to.deep.equal([json.trimEnd()]);
      });

      it('carries out unfinished text when the process that wrote it closes, and not when another one does', async () => {
        await write('one');
        await file.flush({ ...ASKER, pid: 1 });
        expect(done).to.deep.equal([]);
        await file.flush(ASKER);
        expect(done).to.deep.equal(['one']);
        await file.flush(ASKER);
        expect(done).to.deep.equal(['one']);
        file.release();
        expect(reported).to.deep.equal([]);
      });

      it("makes the failure of such text the close's", async () => {
        await write('fail');
        expect(await codeOf(() => file.flush(ASKER))).to.equal('EBUSY');
      });
    });
  }

  describe('several in one write', () => {
    const interrupted = (): { call: ReturnType<typeof callOf>; interrupt: AbortController } => {
      const interrupt = new AbortController();
      return { call: { ...callOf(ASKER), signal: interrupt.signal }, interrupt };
    };
    const INTERRUPTED = new CircuitError('EINTR', 'interrupted');

    it('tells which one failed, and what became of the others', async () => {
      later = true;
      expect(await codeOf(() => write('one\ntwo\nfail\nthree\nfour\n'))).to.equal('EBUSY');
      expect(reported).to.deep.equal(['line 3, fail: fail; 2 commands before it carried out, 2 behind it not']);
      expect(await codeOf(() => write('fail\n'))).to.equal('EBUSY');
      expect(reported).to.have.length(1); // one alone is told by its own anchor
    });

    it('counts lines from where ctl was opened, as bash writes one by one', async () => {
      await write('one\n');
      await write('{\n');
      expect(await codeOf(() => write('two\nfail\n'))).to.equal('EBUSY');
      expect(reported[0]).to.match(/^line 4, fail: /);
    });

    it('does nothing twice when a failed write is repeated as it was, as buffers do that are closed', async () => {
      const text = 'one\nfail\ntwo\n';
      for (let times = 0; times < 2; times++) expect(await codeOf(() => write(text))).to.equal('EBUSY');
      expect(done).to.deep.equal(['one']);
      await write('three\n');
      expect(await codeOf(() => write(text))).to.equal('EBUSY');
      expect(done).to.deep.equal(['one', 'three', 'one']);
    });

    it('begins none after an interruption, and goes on when the write is repeated', async () => {
      later = true;
      const { call, interrupt } = interrupted();
      const text = 'one\ntwo\nthree\n';
      const first = codeOf(() => file.write(Buffer.from(text), call));
      interrupt.abort(INTERRUPTED);
      expect(await first).to.equal('EINTR');
      expect(done).to.deep.equal(['one']);
      expect(reported).to.deep.equal(['line 2, two: interrupted before it was begun; 1 command before it carried out, 1 behind it not']);
      expect(await write(text)).to.equal(text.length);
      expect(done).to.deep.equal(['one', 'two', 'three']);
    });

    it('gives a repeated write the result of the command that it was interrupted in', async () => {
      let finish = (): void => undefined;
      const begun: string[] = [];
      const slow = new CommandsFile(
        {
          execute: ({ bytes }) => {
            begun.push(showBytes(bytes));
            return new Promise((resolve) => (finish = resolve));
          },
          report: ({ message }) => void reported.push(message),
        },
        new TextFile(''),
      );
      const { call, interrupt } = interrupted();
      const first = codeOf(() => slow.write(Buffer.from('slow\n'), call));
      interrupt.abort(new InterruptedError('killed', { fatal: true }));
      expect(await first).to.equal('EINTR');
      expect(reported[0]).to.match(/^interrupted before its result was known/);
      const again = Promise.resolve(slow.write(Buffer.from('slow\n'), callOf(ASKER)));
      finish();
      expect(await again).to.equal(5);
      expect(begun).to.deep.equal(['slow']);
    });

    it('leaves others their turns of the event loop', async () => {
      let turns = 0;
      const timer = setInterval(() => turns++, 0);
      const turn = (): void => {
        turns++;
        if (done.length < 1000) setImmediate(turn);
      };
      setImmediate(turn);
      await write('one\n'.repeat(1000));
      clearInterval(timer);
      expect(done).to.have.length(1000);
      expect(turns).to.be.greaterThan(20);
    });
  });

  it('does nothing for a close before the first write, as bash closes', async () => {
    await file.flush(ASKER);
    await write('one\n');
    await file.flush(ASKER);
    expect(done).to.deep.equal(['one']);
  });

  it('refuses, in the very write, a quote that is open where the write ends with its line', async () => {
    expect(await codeOf(() => write("one\nmkproc echo it's\n"))).to.equal('EINVAL');
    expect(done).to.deep.equal(['one']);
    expect(reported).to.have.length(1);
    await file.flush(ASKER);
    expect(done).to.deep.equal(['one']);
  });

  it('refuses at close JSON that is still open, and says where it begins', async () => {
    await write('one\nmkproc {"Path":\n');
    expect(await codeOf(() => file.flush(ASKER))).to.equal('EINVAL');
    expect(reported).to.deep.equal(['unfinished: { opened on line 2']);
  });

  it('drops, at the last close, text whose writer never closed, and says so', async () => {
    await write('mkproc {');
    await file.flush({ ...ASKER, pid: 1 });
    file.release();
    expect(reported).to.deep.equal(['unfinished: { opened on line 1']);
    expect(done).to.deep.equal([]);
  });

  it('is let go quietly when its anchor is gone meanwhile', async () => {
    const gone = (): never => {
      throw new CircuitError('ENOENT');
    };
    const orphan = new CommandsFile({ execute: gone, report: gone }, new TextFile(''));
    await orphan.write(Buffer.from('scrub'), callOf());
    expect(() => orphan.release()).not.to.throw();
  });

  it('drops a line without its end in the same way', async () => {
    await write('scrub');
    file.release();
    expect(reported).to.deep.equal(['unfinished: no newline at the end of line 1']);
    expect(done).to.deep.equal([]);
  });

  it('passes comments and empty lines over', async () => {
    await write('# a comment\n\n   \none # two\n');
    expect(done).to.have.length(1);
    expect(done[0]).to.match(/^one/);
  });

  it('tells, when it is read, which commands there are', () => {
    expect(Buffer.from(file.read(0, 100)).toString()).to.equal('mkchan CAPACITY\n');
    expect(file.read(16, 100)).to.have.length(0);
  });

  it('carries out the same commands, however the text was cut', async () => {
    const line = fc.constantFrom('one', '  two three ', 'mkproc {"a":[1,{"b":"}\\"]"}]}', "'x\ny' z", '"a\\"\nb"', '# no', '', 'a\\\nb');
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(200), { maxLength: 10 }), async (lines, cuts) => {
        const text = lines.map((one) => `${one}\n`).join('');
        const whole: string[] = [];
        const pieces: string[] = [];
        const collect = (into: string[]): CommandsFile =>
          new CommandsFile({ execute: (command) => void into.push(showBytes(command.bytes)), report: () => undefined }, new TextFile(''));
        await collect(whole).write(Buffer.from(text), callOf());
        const inPieces = collect(pieces);
        // A write that ends with its line may leave no quote open.
        const inLines = cuts.map((cut) => cut % (text.length + 1)).filter((cut) => text[cut - 1] !== '\n');
        const at = [...inLines, 0, text.length].sort((a, b) => a - b);
        for (let index = 1; index < at.length; index++) {
          await inPieces.write(Buffer.from(text.slice(at[index - 1], at[index])), callOf());
        }
        expect(pieces).to.deep.equal(whole);
      }),
    );
  });
});
