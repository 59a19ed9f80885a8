import { expect } from 'chai';
import { type ElementKind, ELEMENT_KINDS } from '../../src/base/kind.js';
import { CommandLexer } from '../../src/command/lexer.js';
import { commandsFor, usagesFor } from '../../src/command/offered.js';
import { COMMANDS, jsonOf } from '../../src/command/table.js';
import { showBytes } from '../../src/command/word.js';

function names(kind: ElementKind | undefined): string[] {
  return commandsFor(kind).map(({ name }) => name);
}

describe('the table of commands', () => {
  it('says what an anchor takes as it is now', () => {
    expect(names(undefined)).to.deep.equal([
      'mkproc',
      'mkdkr',
      'mkchan',
      'mklock',
      'mktopic',
      'mkdns',
      'mk@join',
      'mk@leave',
      'mkselect',
      'scrub',
    ]);
    expect(names('proc')).to.deep.equal(['scrub', 'signal', 'drain']);
    expect(names('docker')).to.deep.equal(['scrub', 'signal', 'drain']);
    expect(names('dns')).to.deep.equal(['scrub', 'set', 'unset']);
    expect(names('chan')).to.deep.equal(['scrub', 'close']);
    expect(names('server')).to.include('suicide').and.not.include('mkproc');
  });

  it('says that with an element others can be made below only', () => {
    expect(usagesFor(undefined)).to.include('mkchan [-C NAME] CAPACITY | {"Capacity":…,"Tries":…}');
    expect(usagesFor('chan')).to.include('mkchan -C NAME CAPACITY | {"Capacity":…,"Tries":…}').and.to.include('close');
    expect(usagesFor('server')).to.include('mk@join -C NAME').and.to.include('suicide');
  });

  it('has a row for each command once, with a help line and an example that it understands itself', () => {
    expect(new Set(COMMANDS.map(({ name }) => name))).to.have.property('size', COMMANDS.length);
    for (const row of COMMANDS) {
      const [command] = [...new CommandLexer(jsonOf).write(Buffer.from(`${row.example}\n`))];
      if (command === undefined) return expect.fail(row.name);
      const [name, ...words] = command.words;
      expect(showBytes(name.bytes)).to.equal(row.name);
      expect(row.parse(words, command)).to.be.a('function');
      expect(row.help).to.match(/^[a-z].*[^.]$/);
    }
  });

  it('has no command that no anchor takes', () => {
    const taken = new Set([undefined, ...ELEMENT_KINDS].flatMap(names));
    expect(COMMANDS.map(({ name }) => name).filter((name) => !taken.has(name))).to.deep.equal([]);
  });
});
