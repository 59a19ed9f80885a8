import { expect } from 'chai';
import fc from 'fast-check';
import { CircuitError } from '../../src/base/error.js';
import { COMMAND_MAX_BYTES, JSON_DEPTH_MAX } from '../../src/base/limits.js';
import { CommandReader } from '../../src/command/reader.js';

/** The commands that a text completes, fed in one piece. */
function read(text: string | Uint8Array, reader = new CommandReader()): string[] {
  return [...reader.feed(Buffer.from(text))].map((command) => command.text);
}

function refusal(run: () => unknown): CircuitError {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(CircuitError).with.property('code', 'EINVAL');
    return error as CircuitError;
  }
  return expect.fail('was not refused');
}

describe('a reader of command text', () => {
  it('takes one command a line, and passes over blank lines and comments', () => {
    expect(read('mkchan 3\n\n  # a comment: {\n\t\nclose\n')).to.deep.equal(['mkchan 3', 'close']);
  });

  it('says on which line each command begins', () => {
    const commands = [...new CommandReader().feed(Buffer.from('\nmkproc {\n"Path": "ls"\n}\n# that was one\nclose\n'))];
    expect(commands.map(({ line }) => line)).to.deep.equal([2, 6]);
  });

  it('waits for the rest of a line', () => {
    const reader = new CommandReader();
    expect(read('mkch', reader)).to.deep.equal([]);
    expect(reader.pending).to.equal(true);
    expect(read('an 3\n', reader)).to.deep.equal(['mkchan 3']);
    expect(reader.pending).to.equal(false);
  });

  it('lets JSON span lines until it is balanced, whatever its strings hold', () => {
    const json = '{"Path": "ls",\n "Args": ["}", "]\\"{", "\\\\"]\n}';
    expect(read(`mkproc ${json}\nclose\n`)).to.deep.equal([`mkproc ${json}`, 'close']);
  });

  it('lets quotes span lines, and a bracket inside of a word or of quotes be a bracket', () => {
    expect(read("mkproc echo 'a\nb' x{ '{'\nclose\n")).to.deep.equal(["mkproc echo 'a\nb' x{ '{'", 'close']);
  });

  it('goes on over a line that ends with a backslash', () => {
    expect(read('mkproc echo \\\n  hi\n')).to.deep.equal(['mkproc echo \\\n  hi']);
  });

  it('takes a last line without newline when told that nothing follows', () => {
    const reader = new CommandReader();
    read('close', reader);
    expect(reader.finish()?.text).to.equal('close');
    expect(reader.pending).to.equal(false);
    expect(reader.finish()).to.equal(undefined);
  });

  it('refuses to finish with JSON or a quote open, names its line, and drops it', () => {
    for (const [text, opened] of [
      ['\nmkproc {"Args":\n["a",', '{ opened on line 2'],
      ["mkproc 'ls", "' opened on line 1"],
    ] as const) {
      const reader = new CommandReader();
      read(text, reader);
      expect(refusal(() => reader.finish()).message).to.equal(`unfinished: ${opened}`);
      expect(reader.pending).to.equal(false);
    }
  });

  it('does not count a pending comment or blanks as pending text', () => {
    const reader = new CommandReader();
    read('  # not yet ended', reader);
    expect(reader.pending).to.equal(false);
    expect(reader.finish()).to.equal(undefined);
  });

  it('keeps the bytes of a character that is cut in two', () => {
    const bytes = Buffer.from('mkproc echo ü\n');
    const reader = new CommandReader();
    const cut = bytes.indexOf('ü') + 1;
    expect(read(bytes.subarray(0, cut), reader)).to.deep.equal([]);
    expect(read(bytes.subarray(cut), reader)).to.deep.equal(['mkproc echo ü']);
  });

  it('refuses what is no text: NUL bytes and bytes that are no UTF-8', () => {
    expect(refusal(() => read('mkproc \0\n')).message).to.match(/NUL/);
    expect(refusal(() => read(Buffer.from([0x61, 0xff, 0x0a]))).message).to.match(/UTF-8/);
  });

  it('refuses JSON that is nested too deep, at its opening bracket', () => {
    expect(read(`mkproc ${'['.repeat(JSON_DEPTH_MAX)}${']'.repeat(JSON_DEPTH_MAX)}\n`)).to.have.length(1);
    const reader = new CommandReader();
    expect(refusal(() => read(`mkproc ${'['.repeat(JSON_DEPTH_MAX + 1)}`, reader)).message).to.match(/nested at most 64/);
    expect(reader.pending).to.equal(false);
  });

  it('refuses a command that is too long, be it fed in pieces, and drops it', () => {
    const piece = Buffer.alloc(4096, 'x');
    const reader = new CommandReader();
    const feedAll = (): void => {
      for (let fed = 0; fed <= COMMAND_MAX_BYTES; fed += piece.length) [...reader.feed(piece)];
    };
    expect(refusal(feedAll).message).to.match(/at most 1048576 bytes/);
    expect(reader.pending).to.equal(false);
    expect(read('\nclose\n', reader)).to.deep.equal(['close']);
  });

  it('bounds a comment too', () => {
    const reader = new CommandReader();
    refusal(() => [...reader.feed(Buffer.from(`#${'x'.repeat(COMMAND_MAX_BYTES)}`))]);
  });

  it('gives the same commands however the text was cut', () => {
    const piece = fc.constantFrom(
      'mkproc ',
      'ü',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '\\',
      '\n',
      '\r',
      ' ',
      '#',
      'a',
      '{"a":["b\\"",\n1]}',
      '\\\n',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 10 }), (pieces, wishes) => {
        const bytes = Buffer.from(pieces.join(''));
        const cuts = [...new Set(wishes.map((wish) => wish % (bytes.length + 1)))].sort((a, b) => a - b);
        const cut = [...cuts, bytes.length].map((end, index) => bytes.subarray(cuts[index - 1] ?? 0, end));
        expect(outcome(cut)).to.deep.equal(outcome([bytes]));
      }),
      { numRuns: 2000 },
    );
  });

  it('answers any bytes with commands or EINVAL', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (pieces) => void outcome(pieces)),
      { numRuns: 1000 },
    );
  });
});

/** All commands with their lines, and the refusal that ended them. */
function outcome(pieces: readonly Uint8Array[]): readonly unknown[] {
  const reader = new CommandReader();
  const seen: unknown[] = [];
  try {
    for (const piece of pieces) for (const command of reader.feed(piece)) seen.push(command);
    seen.push(reader.pending, reader.finish());
  } catch (error) {
    expect(error).to.be.instanceOf(CircuitError).with.property('code', 'EINVAL');
    seen.push((error as CircuitError).message);
  }
  return seen;
}
