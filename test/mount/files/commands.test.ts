import { expect } from 'chai';
import fc from 'fast-check';
import { CommandsFile } from '../../../mount/files/commands.js';
import { TextFile } from '../../../mount/files/text.js';
import type { Credentials } from '../../../src/base/bytes.js';
import { CircuitError } from '../../../src/base/error.js';
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
