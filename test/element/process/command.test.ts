import { expect } from 'chai';
import fc from 'fast-check';
import { CircuitError } from '../../../src/base/error.js';
import { checkCommand } from '../../../src/element/process/command.js';
import { InheritedEnvironment } from '../../../src/element/process/environment.js';

describe('the JSON of a process', () => {
  it('needs a path alone', () => {
    expect(checkCommand({ Path: 'ls' })).to.deep.equal({
      Path: 'ls',
      Args: [],
      Env: [],
      ClearEnv: false,
      Dir: '',
      Scrub: false,
      Buffer: 1_048_576,
      Overflow: 'hold',
    });
  });

  for (const [what, spec, sentence] of [
    ['no path', {}, '"Path" is missing'],
    ['an empty path', { Path: '' }, '"Path" must not be empty'],
    ['a path that is none', { Path: 1 }, '"Path" must be a string'],
    ['no object', ['ls'], 'JSON object'],
    ['nothing', null, 'JSON object'],
    ['an unknown field', { Path: 'ls', Arg: [] }, 'unknown field "Arg" (did you mean "Args"?); expected one of Path, Args,'],
    ['a lone surrogate', { Path: 'ls', Args: ['\ud83d'] }, '"Args.0" must be Unicode text, without a lone surrogate'],
    ['one in the path', { Path: '/\ud83d' }, '"Path" must be Unicode text'],
    ['one in a variable', { Path: 'ls', Env: ['A=\ud83d'] }, '"Env.0" must be Unicode text'],
    ['one in the directory', { Path: 'ls', Dir: '/\ud83d' }, '"Dir" must be'],
    ['arguments that are no list', { Path: 'ls', Args: '/' }, '"Args" must be a list of strings'],
    ['an argument that is no string', { Path: 'ls', Args: ['a', 1] }, '"Args.1" must be a string'],
    ['a NUL byte', { Path: 'ls', Args: ['a\0b'] }, '"Args.0" must have no NUL'],
    ['a variable without value', { Path: 'ls', Env: ['HOME'] }, '"Env.0" must be KEY=value'],
    ['a variable without name', { Path: 'ls', Env: ['=x'] }, '"Env.0" must be KEY=value'],
    ['a relative directory', { Path: 'ls', Dir: 'tmp' }, '"Dir" must be an absolute path'],
    ['a flag that is none', { Path: 'ls', Scrub: 'yes' }, '"Scrub" must be true or false'],
    ['a buffer too large', { Path: 'ls', Buffer: 268_435_457 }, '"Buffer" must be a whole number from 1 to 268435456'],
    ['a buffer of nothing', { Path: 'ls', Buffer: 0 }, '"Buffer" must be a whole number'],
    ['another overflow', { Path: 'ls', Overflow: 'block' }, '"Overflow" must be "hold" or "drop"'],
  ] as const) {
    it(`is refused with ${what}, and told why`, () => {
      expect(() => checkCommand(spec))
        .to.throw(CircuitError, sentence)
        .with.property('code', 'EINVAL');
    });
  }

  it('is taken or refused in words, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ Path: fc.anything(), Args: fc.anything(), Env: fc.anything(), Buffer: fc.anything() })),
        (spec) => {
          try {
            checkCommand(spec);
          } catch (error) {
            expect(error).to.be.instanceOf(CircuitError).with.property('code', 'EINVAL');
          }
        },
      ),
    );
  });
});

describe('the environment of a process', () => {
  const environment = new InheritedEnvironment({
    PATH: '/bin',
    HOME: '/root',
    NOTIFY_SOCKET: 's',
    WATCHDOG_PID: '1',
    LISTEN_FDS: '1',
    CIRCUIT_KEY: 'k',
    CIRCUIT_HMAC: 'k',
    NODE_OPTIONS: 'o',
  });

  it("is the server's with what was given, less what is the server's own", () => {
    expect(environment.of({ Env: ['HOME=/tmp', 'EMPTY=', 'A=b=c'], ClearEnv: false })).to.deep.equal([
      'PATH=/bin',
      'HOME=/tmp',
      'EMPTY=',
      'A=b=c',
    ]);
  });

  it('is read and filtered once, for however many processes', () => {
    let times = 0;
    const server = new Proxy<NodeJS.ProcessEnv>({ PATH: '/bin' }, { ownKeys: (target) => (times++, Reflect.ownKeys(target)) });
    const inherited = new InheritedEnvironment(server);
    for (const variable of ['A=1', 'B=2', 'C=3'])
      expect(inherited.of({ Env: [variable], ClearEnv: false })).to.deep.equal(['PATH=/bin', variable]);
    expect(times).to.equal(1);
  });

  it('is what was given alone if so asked', () => {
    expect(environment.of({ Env: ['NODE_OPTIONS=mine'], ClearEnv: true })).to.deep.equal(['NODE_OPTIONS=mine']);
  });

  it("of another user is the user's own, with PATH, LANG and TZ of the server's alone", () => {
    const nobody = { directory: '/', variables: { HOME: '/nonexistent', USER: 'nobody' } };
    expect(environment.of({ Env: [], ClearEnv: false }, nobody)).to.deep.equal(['PATH=/bin', 'HOME=/nonexistent', 'USER=nobody']);
    expect(environment.of({ Env: ['HOME=/tmp'], ClearEnv: false }, nobody)).to.include('HOME=/tmp');
    expect(environment.of({ Env: ['A=1'], ClearEnv: true }, nobody)).to.deep.equal(['A=1']);
  });

  describe('of which some is not UTF-8', () => {
    const bytes = ['PATH=/b\xff', 'Y\xe9=1', 'Y\xe8=2', 'NODE_\xff=3', 'Z=\xef\xbf\xbd'].map((pair) => Buffer.from(pair, 'latin1'));
    // As Node has them: of names that look alike it finds no value.
    const server = { PATH: '/b\ufffd', 'Y\ufffd': undefined, 'NODE_\ufffd': undefined, Z: '\ufffd' };
    const all = (inherited: InheritedEnvironment): readonly string[] =>
      inherited.of({ Env: ['A=1'], ClearEnv: false }).map((pair) => Buffer.from(pair).toString('latin1')); // prettier-ignore

    it('has its bytes, name by name', () => {
      const inherited = new InheritedEnvironment(server, bytes);
      expect(all(inherited)).to.have.members(['PATH=/b\xff', 'Z=\xef\xbf\xbd', 'Y\xe9=1', 'Y\xe8=2', 'A=1']);
      expect(inherited.lost).to.deep.equal([]);
      const nobody = { directory: '/', variables: {} };
      expect(inherited.of({ Env: [], ClearEnv: false }, nobody)).to.deep.equal([bytes[0]]);
      expect(inherited.of({ Env: ['PATH=/bin'], ClearEnv: false }, nobody)).to.deep.equal(['PATH=/bin']);
    });

    it('is left out by name where its bytes are not known, and never changed', () => {
      const inherited = new InheritedEnvironment({ ...server, B: 'b' });
      expect(all(inherited)).to.deep.equal(['B=b', 'A=1']);
      expect(inherited.lost).to.deep.equal(['PATH', 'Y\ufffd', 'Z']);
    });
  });
});
