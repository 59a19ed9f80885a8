import { expect } from 'chai';
import fc from 'fast-check';
import { CircuitError } from '../../src/base/error.js';
import { COMMAND_MAX_BYTES, JSON_DEPTH_MAX } from '../../src/base/limits.js';
import { CommandLexer } from '../../src/command/lexer.js';
import { jsonOf } from '../../src/command/table.js';
import { showBytes, textOf } from '../../src/command/word.js';

/** The commands that a text completes, fed in one piece. */
function read(text: string | Uint8Array, lexer = new CommandLexer(jsonOf)): string[] {
  return [...lexer.write(Buffer.from(text))].map(({ bytes }) => showBytes(bytes));
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

describe('a lexer of commands', () => {
  it('takes one command a line, and passes over blank lines and comments', () => {
    expect(read('mkchan 3\n\n  # a comment: {\n\t\nclose\n')).to.deep.equal(['mkchan 3', 'close']);
  });

  it('says on which line each command begins', () => {
    const commands = [...new CommandLexer(jsonOf).write(Buffer.from('\nmkproc {\n"Path": "ls"\n}\n# that was one\nclose\n'))];
    expect(commands.map(({ line }) => line)).to.deep.equal([2, 6]);
  });

  it('waits for the rest of a line', () => {
    const lexer = new CommandLexer(jsonOf);
    expect(read('mkch', lexer)).to.deep.equal([]);
    expect(lexer.pending).to.equal(true);
    expect(read('an 3\n', lexer)).to.deep.equal(['mkchan 3']);
    expect(lexer.pending).to.equal(false);
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
    const lexer = new CommandLexer(jsonOf);
    read('close', lexer);
    expect(showBytes(lexer.finish()?.bytes ?? Buffer.of())).to.equal('close');
    expect(lexer.pending).to.equal(false);
    expect(lexer.finish()).to.equal(undefined);
  });

  it('waits for another write only where JSON is open', () => {
    const lexer = new CommandLexer(jsonOf);
    for (const piece of ['mkproc {"Path":\n', '"ls", "Args": ["it\'s\n', '"]\n']) expect(read(piece, lexer)).to.deep.equal([]);
    expect(read('}\n', lexer)).to.have.length(1);
  });

  it('refuses a quote or a backslash that is open where a write ends with its line, and says what to do', () => {
    for (const [text, opened] of [
      ["mkproc echo it's\n", /^unfinished: ' opened on line 1, /],
      ['\nmkproc echo "half\nand more\n', /^unfinished: " opened on line 2, /],
      ["mkproc echo $'a\\'\n", /^unfinished: \$' opened on line 1, /],
      ['mkproc echo \\\n', /^unfinished: \\ at the end of line 1, /],
      ['\\\n', /^unfinished: \\ at the end of line 1, /],
    ] as const) {
      const lexer = new CommandLexer(jsonOf);
      expect(refusal(() => read(text, lexer)).message)
        .to.match(opened)
        .and.match(/use JSON, \$'…', or cat and a heredoc$/);
      expect(read('close\n', lexer)).to.deep.equal(['close']);
    }
  });

  it('waits for the rest of a quote that is cut within a line', () => {
    const lexer = new CommandLexer(jsonOf);
    expect(read("mkproc echo 'a\nb", lexer)).to.deep.equal([]);
    expect(read("c'\n", lexer)).to.deep.equal(["mkproc echo 'a\nbc'"]);
  });

  it('gives the commands in front of what it refuses', () => {
    const commands = new CommandLexer(jsonOf).write(Buffer.from("close\nmkproc '\n"));
    expect(commands.next()).to.have.property('done', false);
    refusal(() => commands.next());
  });

  it('refuses to finish with JSON, a quote or a backslash open, names its line, and drops it', () => {
    for (const [text, opened] of [
      ['\nmkproc {"Args":\n["a",', '{ opened on line 2'],
      ["mkproc 'ls", "' opened on line 1"],
      ['\nmkproc ls\\', '\\ at the end of line 2'],
    ] as const) {
      const lexer = new CommandLexer(jsonOf);
      read(text, lexer);
      expect(refusal(() => lexer.finish()).message).to.equal(`unfinished: ${opened}`);
      expect(lexer.pending).to.equal(false);
    }
  });

  it('does not count a pending comment or blanks as pending text', () => {
    const lexer = new CommandLexer(jsonOf);
    read('  # not yet ended', lexer);
    expect(lexer.pending).to.equal(false);
    expect(lexer.finish()).to.equal(undefined);
  });

  it('keeps the bytes of a character that is cut in two', () => {
    const bytes = Buffer.from('mkproc echo ü\n');
    const lexer = new CommandLexer(jsonOf);
    const cut = bytes.indexOf('ü') + 1;
    expect(read(bytes.subarray(0, cut), lexer)).to.deep.equal([]);
    expect(read(bytes.subarray(cut), lexer)).to.deep.equal(['mkproc echo ü']);
  });

  it('takes any byte but NUL; what is not UTF-8 is refused where text is meant, and never replaced', () => {
    expect(refusal(() => read('mkproc \0\n')).message).to.match(/NUL/);
    const [command] = [...new CommandLexer(jsonOf).write(Buffer.from('mkproc caf\xe9 \n', 'latin1'))];
    const [, word] = command?.words ?? [];
    expect(Buffer.from(word?.bytes ?? []).toString('latin1')).to.equal('caf\xe9');
    expect(refusal(() => textOf(word ?? expect.fail('no word'))).message).to.equal(String.raw`invalid word "caf\351": expected UTF-8`);
  });

  it('refuses JSON that is nested too deep, at its opening bracket', () => {
    expect(read(`mkselect ${'['.repeat(JSON_DEPTH_MAX)}${']'.repeat(JSON_DEPTH_MAX)}\n`)).to.have.length(1);
    const lexer = new CommandLexer(jsonOf);
    expect(refusal(() => read(`mkselect ${'['.repeat(JSON_DEPTH_MAX + 1)}`, lexer)).message).to.match(/expected at most 64 levels/);
    expect(lexer.pending).to.equal(false);
  });

  it('refuses a command that is too long, be it fed in pieces, and drops it', () => {
    const piece = Buffer.alloc(4096, 'x');
    const lexer = new CommandLexer(jsonOf);
    const feedAll = (): void => {
      for (let fed = 0; fed <= COMMAND_MAX_BYTES; fed += piece.length) [...lexer.write(piece)];
    };
    expect(refusal(feedAll).message).to.match(/at most 1048576 bytes/);
    expect(lexer.pending).to.equal(false);
    expect(read('\nclose\n', lexer)).to.deep.equal(['close']);
  });

  it('bounds a comment too', () => {
    const lexer = new CommandLexer(jsonOf);
    refusal(() => [...lexer.write(Buffer.from(`#${'x'.repeat(COMMAND_MAX_BYTES)}`))]);
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
        // Behind the end of a line a cut means something: a quote may not be open there.
        const cuts = [...new Set(wishes.map((wish) => wish % (bytes.length + 1)))].filter((at) => bytes[at - 1] !== 0x0a).sort((a, b) => a - b); // prettier-ignore
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
  const lexer = new CommandLexer(jsonOf);
  const seen: unknown[] = [];
  try {
    for (const piece of pieces) for (const command of lexer.write(piece)) seen.push(command);
    seen.push(lexer.pending, lexer.finish());
  } catch (error) {
    expect(error).to.be.instanceOf(CircuitError).with.property('code', 'EINVAL');
    seen.push((error as CircuitError).message);
  }
  return seen;
}
