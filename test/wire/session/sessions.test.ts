import { expect } from 'chai';
import { CircuitError } from '../../../src/base/error.js';
import type { LocalProcess, ProcessState } from '../../../src/base/local-process.js';
import { SESSION_IDLE_MS, SESSION_RESUME_MS, SESSION_SILENCE_MS, SESSIONS_PEER_MAX } from '../../../src/base/limits.js';
import { type Hello, VERSIONS } from '../../../src/wire/transport/connection.js';
import type { SessionDiallerOptions } from '../../../src/wire/session/dialled-session.js';
import { SessionDialler } from '../../../src/wire/session/session-dialler.js';
import type { Farewell, SessionHandler } from '../../../src/wire/session/session-handler.js';
import { SessionTable } from '../../../src/wire/session/session-table.js';
import { Network } from './network.js';
import { randomFrom } from '../../lib/random.js';
import { VirtualClock } from '../../lib/virtual-clock.js';

const PORT = 11_022;
const SERVER = 'Xb';
const SELF = { id: 'Xa', role: 'server' } as const;

/** Two servers: one dials, one accepts. */
class Circuit {
  readonly clock = new VirtualClock();
  readonly network = new Network(this.clock);
  /** What the accepting end was asked, in order. */
  readonly asked: unknown[] = [];
  readonly aborted: unknown[] = [];
  readonly ended: string[] = [];
  readonly farewells: Farewell[] = [];
  known = true;
  #drawn = 0;
  readonly serve = (): SessionHandler => this.#handler;
  table = new SessionTable({ clock: this.clock, serve: this.serve });
  readonly options: SessionDiallerOptions = {
    self: SELF,
    transport: this.network,
    clock: this.clock,
    addressOf: () => (this.known ? { host: 'b', port: PORT } : undefined),
    drawId: () => (++this.#drawn).toString(16).padStart(32, '0'),
    serve: () => ({ handle: (_op, args) => args }),
  };
  dialler = new SessionDialler(this.options);
  readonly #handler: SessionHandler = {
    handle: (op, args, { signal }) => {
      this.asked.push(args);
      if (op !== 'wait') return args;
      signal.addEventListener('abort', () => this.aborted.push(args));
      return new Promise(() => undefined);
    },
    ended: (reason, peer) => {
      this.ended.push(reason.message);
      this.farewells.push(peer);
    },
  };

  constructor() {
    this.network.hosts.set(PORT, { id: SERVER, table: this.table });
  }

  /** What a call comes to, `undefined` while it is open. */
  call(op: string, args: unknown): { outcome: unknown } {
    const call: { outcome: unknown } = { outcome: undefined };
    this.dialler
      .session(SERVER)
      .call(op, args)
      .then(
        (value) => (call.outcome = value),
        (error: unknown) => (call.outcome = error instanceof CircuitError ? `${error.code}: ${error.message}` : error),
      );
    return call;
  }

  /** Ends both sides, and sees that no timer is left. */
  async close(): Promise<void> {
    this.dialler.close();
    this.table.close();
    await this.clock.advance(2000);
    expect([this.dialler.size, this.table.size, this.clock.timers]).to.deep.equal([0, 0, 0]);
  }
}

describe('sessions between two servers', () => {
  let circuit: Circuit;

  beforeEach(() => {
    circuit = new Circuit();
  });
  afterEach(async () => circuit.close());

  it('are made on demand, one to each peer', async () => {
    const calls = [circuit.call('echo', 1), circuit.call('echo', 2)];
    await circuit.clock.settle();
    expect(calls.map(({ outcome }) => outcome)).to.deep.equal([1, 2]);
    expect(circuit.network.dials).to.have.length(1);
    expect(circuit.network.dials[0]?.hello).to.deep.include({ ...SELF, purpose: 'session', to: SERVER });
  });

  it('take calls from the end that accepted, too', async () => {
    const answers: unknown[] = [];
    const table = new SessionTable({
      clock: circuit.clock,
      serve: (session) => {
        void session.call('echo', `to ${session.peer.id}`).then((answer) => answers.push(answer));
        return { handle: () => null };
      },
    });
    circuit.network.hosts.set(PORT, { id: SERVER, table });
    circuit.call('echo', 1);
    await circuit.clock.settle();
    expect(answers).to.deep.equal([`to ${SELF.id}`]);
    table.close();
  });

  it('go on over the next connection, and nobody sees it', async () => {
    const before = circuit.call('wait', 'before');
    await circuit.clock.settle();
    circuit.network.break();
    circuit.network.failure = 'unreachable';
    const meanwhile = circuit.call('echo', 'meanwhile');
    await circuit.clock.advance(SESSION_RESUME_MS / 2);
    circuit.network.failure = undefined;
    await circuit.clock.advance(1000);
    expect([before.outcome, meanwhile.outcome]).to.deep.equal([undefined, 'meanwhile']);
    expect(circuit.asked).to.deep.equal(['before', 'meanwhile']);
    expect(circuit.aborted).to.deep.equal([]);
  });

  it('are dialled again at once, then more and more slowly', async () => {
    const call = circuit.call('wait', 1);
    await circuit.clock.advance(2000);
    circuit.network.failure = 'refused';
    const dialled = circuit.network.dials.length;
    circuit.network.break();
    await circuit.clock.settle();
    const counts: number[] = [];
    for (const until_ms of [0, 50, 100, 200, 400, 800, 1000, 1000]) {
      await circuit.clock.advance(until_ms);
      counts.push(circuit.network.dials.length - dialled);
    }
    expect(counts).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(call.outcome).to.equal(undefined);
  });

  it('end at both ends when they cannot go on for a minute', async () => {
    const call = circuit.call('wait', 1);
    await circuit.clock.settle();
    circuit.network.break();
    circuit.network.failure = 'refused';
    await circuit.clock.advance(SESSION_RESUME_MS - 1500);
    expect([call.outcome, circuit.aborted]).to.deep.equal([undefined, []]);
    await circuit.clock.advance(3000);
    expect(call.outcome).to.match(/^EHOSTDOWN: Xb could not be reached for 60 s/);
    expect(circuit.aborted).to.deep.equal([1]);
    expect(circuit.farewells[0]?.silent_ms).to.be.within(SESSION_RESUME_MS, SESSION_RESUME_MS + 2000);
    expect([circuit.dialler.size, circuit.table.size]).to.deep.equal([0, 0]);
  });

  it('end at once when the peer is declared dead', async () => {
    const call = circuit.call('wait', 1);
    await circuit.clock.settle();
    circuit.network.silent = true;
    circuit.dialler.peerDied(SERVER);
    circuit.table.peerDied(SELF.id);
    await circuit.clock.settle();
    expect(call.outcome).to.equal('EHOSTDOWN: Xb died');
    expect(circuit.ended).to.deep.equal(['Xa died']);
  });

  it('tell when their peers have what they were answered', async () => {
    const call = circuit.call('echo', 1);
    await circuit.clock.settle();
    circuit.network.silent = true;
    const late = circuit.call('echo', 2);
    let heard = false;
    const hearing = circuit.table.heard().then(() => (heard = true));
    await circuit.clock.settle();
    expect([call.outcome, late.outcome, heard]).to.deep.equal([1, undefined, false]);
    circuit.network.silent = false;
    await circuit.clock.advance(SESSION_SILENCE_MS);
    await hearing;
    expect(late.outcome).to.equal(2);
  });

  it('notice that a peer has vanished while something goes on, and dial anew', async () => {
    const call = circuit.call('wait', 1);
    await circuit.clock.advance(1000);
    circuit.network.silent = true;
    await circuit.clock.advance(SESSION_SILENCE_MS + 1000);
    expect(circuit.network.dials).to.have.length(2);
    circuit.network.silent = false;
    await circuit.clock.advance(SESSION_SILENCE_MS);
    const echo = circuit.call('echo', 2);
    await circuit.clock.settle();
    expect([call.outcome, echo.outcome, circuit.asked]).to.deep.equal([undefined, 2, [1, 2]]);
    expect(circuit.network.open.size, 'ends of connections').to.equal(2);
  });

  it('exchange no more than a few messages each five seconds while a call waits', async () => {
    circuit.call('wait', 1);
    await circuit.clock.advance(10_000);
    const before = circuit.network.sent;
    await circuit.clock.advance(60_000);
    expect(circuit.network.sent - before).to.be.within(20, 48);
  });

  it('are closed when nothing goes on for half a minute, and made again when needed', async () => {
    circuit.call('echo', 1);
    await circuit.clock.advance(SESSION_IDLE_MS - 2000);
    expect([circuit.dialler.size, circuit.table.size]).to.deep.equal([1, 1]);
    await circuit.clock.advance(4000);
    expect([circuit.dialler.size, circuit.table.size, circuit.network.open.size, circuit.clock.timers]).to.deep.equal([0, 0, 0, 0]);
    const again = circuit.call('echo', 2);
    await circuit.clock.settle();
    expect(again.outcome).to.equal(2);
  });

  it('stay while somebody holds them', async () => {
    const session = circuit.dialler.session(SERVER);
    const release = session.hold();
    await circuit.clock.advance(5 * SESSION_IDLE_MS);
    expect(session.open).to.be.true;
    expect(circuit.table.size).to.equal(1);
    release();
    await circuit.clock.advance(2 * SESSION_IDLE_MS);
    expect([circuit.dialler.size, circuit.table.size]).to.deep.equal([0, 0]);
  });

  it('are dropped by the accepting end when a peer vanishes without a word', async () => {
    circuit.call('echo', 1);
    await circuit.clock.settle();
    circuit.network.silent = true;
    circuit.dialler.close();
    await circuit.clock.advance(2 * SESSION_IDLE_MS + SESSION_RESUME_MS + 2 * SESSION_SILENCE_MS);
    expect(circuit.table.size).to.equal(0);
  });

  for (const [failure, outcome] of [
    ['stranger', /^EHOSTDOWN: Xb is gone/],
    ['key', /^EACCES: Xb has another key/],
    ['rejected', /^EHOSTDOWN: Xb refuses/],
  ] as const) {
    it(`end at once when the dial fails as "${failure}"`, async () => {
      const call = circuit.call('wait', 1);
      await circuit.clock.settle();
      circuit.network.break();
      circuit.network.failure = failure;
      await circuit.clock.advance(100);
      expect(call.outcome).to.match(outcome);
      expect(circuit.network.dials).to.have.length(2);
    });
  }

  for (const failure of ['refused', 'unreachable', 'silent', 'local'] as const) {
    it(`that were never connected end when the dial fails as "${failure}", where nobody else tells that a server is down`, async () => {
      circuit.network.failure = failure;
      const dialler = new SessionDialler({ ...circuit.options, failedIsDown: true });
      const outcome = dialler
        .session(SERVER)
        .call('wait', 1)
        .catch((error: unknown) => CircuitError.from(error));
      await circuit.clock.advance(100);
      expect(await outcome)
        .to.have.property('message')
        .that.matches(/^Xb is down: /);
      expect(circuit.network.dials).to.have.length(1);
    });
  }

  it('end at once when the accepting server does not know them any more', async () => {
    const call = circuit.call('wait', 1);
    await circuit.clock.settle();
    circuit.network.hosts.set(PORT, {
      id: SERVER,
      table: new SessionTable({ clock: circuit.clock, serve: () => ({ handle: () => null }) }),
    });
    circuit.network.break();
    await circuit.clock.advance(100);
    expect(call.outcome).to.match(/^EHOSTDOWN: Xb refuses: that session is over/);
  });

  it('end at once when nobody knows where the server is', async () => {
    circuit.known = false;
    const call = circuit.call('echo', 1);
    await circuit.clock.settle();
    expect(call.outcome).to.match(/^EHOSTDOWN: no live server/);
  });

  describe('of a program that names its process', () => {
    const own: LocalProcess = { pid: 7, start: '8', boot: '0'.repeat(36), namespace: 'pid:[9]' };
    let state: ProcessState;
    const asks: LocalProcess[] = [];
    const dial = async (): Promise<{ outcome: unknown }> => {
      const stateOf = (process: LocalProcess): ProcessState => {
        asks.push(process);
        return state;
      };
      const table = new SessionTable({ clock: circuit.clock, serve: circuit.serve, stateOf });
      circuit.network.hosts.set(PORT, { id: SERVER, table });
      circuit.dialler = new SessionDialler({ ...circuit.options, process: own });
      circuit.table = table;
      const call = circuit.call('wait', 1);
      await circuit.clock.settle();
      return call;
    };
    beforeEach(() => {
      state = 'running';
    });

    it('end at the accepting end when it is gone, a second after their connection, and the peer counts as told', async () => {
      await dial();
      await circuit.clock.advance(60_000);
      circuit.network.failure = 'unreachable';
      circuit.network.break();
      state = 'gone';
      await circuit.clock.advance(900);
      expect(circuit.ended).to.deep.equal([]);
      await circuit.clock.advance(1200);
      expect(circuit.ended).to.deep.equal(['Xa has ended']);
      expect(circuit.farewells).to.deep.equal([{ knows: true }]);
      expect(asks).to.deep.include(own);
    });

    it('go on while it runs, and as others do where it cannot be seen', async () => {
      const call = await dial();
      circuit.network.failure = 'unreachable';
      circuit.network.break();
      await circuit.clock.advance(SESSION_RESUME_MS / 2);
      state = 'unknown';
      await circuit.clock.advance(SESSION_RESUME_MS / 4);
      circuit.network.failure = undefined;
      await circuit.clock.advance(1000);
      expect([call.outcome, circuit.ended]).to.deep.equal([undefined, []]);
    });

    it('do not take one for gone that could not be seen when they began', async () => {
      state = 'gone';
      const call = await dial();
      circuit.network.break();
      await circuit.clock.advance(5000);
      expect([call.outcome, circuit.ended]).to.deep.equal([undefined, []]);
    });
  });

  it('are refused after the end', async () => {
    circuit.dialler.close(new CircuitError('EHOSTDOWN', 'over'));
    const call = circuit.call('echo', 1);
    await circuit.clock.settle();
    expect(call.outcome).to.equal('EHOSTDOWN: over');
  });

  it('lose nothing and do nothing twice, whatever the network does', async function () {
    for (let seed = 0; seed < 20; seed++) {
      circuit = new Circuit();
      const random = randomFrom(seed);
      const calls: { outcome: unknown }[] = [];
      for (let i = 0; i < 60; i++) {
        const what = random(8);
        if (what < 4) calls.push(circuit.call('echo', calls.length + 1));
        else if (what === 4) circuit.network.break();
        else if (what === 5) circuit.network.silent = !circuit.network.silent;
        else if (what === 6) circuit.network.failure = random(2) === 0 ? 'refused' : undefined;
        else await circuit.clock.advance(random(3000));
        if (random(3) === 0) await circuit.clock.settle();
      }
      circuit.network.failure = undefined;
      circuit.network.silent = false;
      await circuit.clock.advance(30_000);
      const numbers = calls.map((_, at) => at + 1);
      expect(calls.map(({ outcome }) => outcome), `seed ${seed}`).to.deep.equal(numbers); // prettier-ignore
      expect(circuit.asked, `seed ${seed}`).to.deep.equal(numbers);
      if (seed < 19) await circuit.close();
    }
  });
});

describe('a table of sessions', () => {
  const PEER = { host: '10.0.0.1', port: 1 };
  const hello = (session: string, more: object = {}, id: string = SELF.id): Hello => {
    const note = { session, received: 0, fresh: true, ...more };
    return { versions: VERSIONS, id, role: 'server', purpose: 'session', to: SERVER, note };
  };
  const session = (n: number): string => n.toString(16).padStart(32, '0');

  it('refuses what is no greeting of a session, a session of another peer, one that is over, and too many', async () => {
    const clock = new VirtualClock();
    const table = new SessionTable({ clock, serve: () => ({ handle: () => null }) });
    for (const note of [undefined, null, 'x', {}, { session: 'x', received: 0, fresh: true }]) {
      expect(table.welcome({ ...hello(''), note }, PEER)).to.have.property('refused');
    }
    for (const more of [{ received: -1 }, { received: 1.5 }, { fresh: 1 }])
      expect(table.welcome(hello(session(1), more), PEER)).to.have.property('refused');
    expect(table.welcome(hello(session(1), { fresh: false }), PEER)).to.deep.equal({ refused: 'that session is over' });
    for (let n = 1; n <= SESSIONS_PEER_MAX; n++) expect(table.welcome(hello(session(n)), PEER)).to.deep.equal({ note: { received: 0 } });
    expect(table.welcome(hello(session(99)), PEER)).to.deep.equal({ refused: 'there are too many sessions' });
    expect(table.welcome(hello(session(1), {}, 'Xc'), PEER)).to.deep.equal({ refused: 'that session is of another peer' });
    expect(table.welcome(hello(session(99), {}, 'Xc'), PEER)).to.deep.equal({ note: { received: 0 } });
    await clock.advance(SESSION_RESUME_MS + 2000);
    expect([table.size, clock.timers], 'those that never got a connection').to.deep.equal([0, 0]);
  });
});
