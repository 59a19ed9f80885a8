import { expect } from 'chai';
import { DEFAULT_PARAMETERS } from '../../../src/cluster/membership/parameters.js';
import { Membership } from '../../../src/cluster/membership/membership.js';
import { encodeNote, decodeNote } from '../../../src/cluster/membership/codec.js';
import type { GossipMessage } from '../../../src/cluster/membership/gossip-message.js';
import type { Dial, Effects, MembershipEvent, Token } from '../../../src/cluster/membership/protocol.js';
import { DEAD, LEFT, stateOf, versionOf } from '../../../src/cluster/membership/record.js';

const ANN = { id: 'X0000000000000001', address: '10.0.0.1:1', host: 'ann', joined_ms: 1 };
const BOB = { id: 'X0000000000000002', address: '10.0.0.2:1', host: 'bob', joined_ms: 2 };
const CAROL = { id: 'X0000000000000003', address: '10.0.0.3:1', host: 'carol', joined_ms: 3 };

/** A shell that records the effects. */
class Recorder implements Effects {
  readonly dials: Dial[] = [];
  readonly accepted: { readonly token: Token; readonly note: unknown }[] = [];
  readonly refused: Token[] = [];
  readonly sent: { readonly token: Token; readonly message: GossipMessage }[] = [];
  readonly closed: Token[] = [];
  readonly events: MembershipEvent[] = [];
  wake_ms = 0;

  dial(dial: Dial): void {
    this.dials.push(dial);
  }

  accept(token: Token, note: unknown): void {
    this.accepted.push({ token, note });
  }

  refuse(token: Token): void {
    this.refused.push(token);
  }

  send(token: Token, message: GossipMessage): void {
    this.sent.push({ token, message });
  }

  close(token: Token): void {
    this.closed.push(token);
  }

  timer(at_ms: number): void {
    this.wake_ms = at_ms;
  }

  report(event: MembershipEvent): void {
    this.events.push(event);
  }
}

function alone(): { readonly ann: Membership; readonly shell: Recorder } {
  const shell = new Recorder();
  const ann = new Membership({ identity: ANN, effects: shell, seed: 1 });
  ann.step(0, { kind: 'start', seeds: [] });
  return { ann, shell };
}

/** The note in somebody's hello; `you`: Ann's version in their view. */
function hello(you = 0, identity = BOB): unknown {
  const self = { id: identity.id, version: versionOf(1, 0), identity };
  return encodeNote({
    self,
    you,
    digest: { low: 0, high: 0 },
    members: 1,
    links: 0,
    needed: true,
    snapshot: false,
    linked: false,
    sample: [],
  });
}

describe('the membership of one server', () => {
  it('begins alone and ready, and asks for a timer', () => {
    const { ann, shell } = alone();
    expect(shell.events).to.deep.equal([{ kind: 'ready', members: 1 }]);
    expect([...ann.members()]).to.deep.equal([{ ...ANN, incarnation: 1, state: 'alive' }]);
    expect(shell.wake_ms).to.be.within(1, 1000);
    expect(ann.digest).to.have.length(8);
  });

  it('takes in who dials, and links', () => {
    const { ann, shell } = alone();
    ann.step(1, { kind: 'accepted', token: 1, id: BOB.id, purpose: 'link', note: hello() });
    expect(decodeNote(shell.accepted[0]?.note)).to.deep.include({ linked: true });
    expect(shell.events).to.deep.include({ kind: 'joined', member: { ...BOB, incarnation: 1, state: 'alive' } });
    expect(ann.size).to.equal(2);
  });

  it('answers a hello that holds it dead as one who is alive, with a higher incarnation', () => {
    const { ann, shell } = alone();
    ann.step(1, { kind: 'accepted', token: 1, id: BOB.id, purpose: 'probe', note: hello(versionOf(4, DEAD)) });
    expect(decodeNote(shell.accepted[0]?.note)?.self.version).to.equal(versionOf(5, 0));
  });

  it('learns from the answer to its own dial that it is held dead, and refutes that before it dials again', () => {
    const shell = new Recorder();
    const ann = new Membership({ identity: ANN, effects: shell, seed: 1 });
    ann.step(0, { kind: 'start', seeds: [BOB.address] });
    const token = shell.dials[0]?.token ?? 0;
    ann.step(1, { kind: 'established', token, id: BOB.id, note: hello(versionOf(1, DEAD)) });
    expect(ann.member(ANN.id)?.incarnation).to.equal(2);
    for (const { note } of shell.dials.slice(1)) expect(decodeNote(note)?.self.version).to.equal(versionOf(2, 0));
    expect(shell.dials).to.have.length.above(1);
  });

  it('refuses a hello that is none, or that is not of the one who says it, or its own', () => {
    const { ann, shell } = alone();
    for (const [token, note] of [undefined, null, 7, [], [1, 2, 3], { self: BOB }].entries()) {
      ann.step(1, { kind: 'accepted', token: token + 1, id: BOB.id, purpose: 'link', note });
    }
    ann.step(1, { kind: 'accepted', token: 50, id: 'X0000000000000003', purpose: 'link', note: hello() });
    ann.step(1, { kind: 'accepted', token: 51, id: ANN.id, purpose: 'link', note: hello() });
    expect(shell.refused).to.deep.equal([1, 2, 3, 4, 5, 6, 50, 51]);
    expect(shell.events.filter(({ kind }) => kind === 'misbehaved')).to.have.length(8);
    expect(ann.size).to.equal(1);
  });

  it('drops what it does not understand, and after three times the link', () => {
    const { ann, shell } = alone();
    ann.step(1, { kind: 'accepted', token: 1, id: BOB.id, purpose: 'link', note: hello() });
    for (let count = 0; count < 3; count++) {
      expect(shell.closed).to.deep.equal([]);
      ann.step(2, { kind: 'message', token: 1, message: undefined });
    }
    expect(shell.closed).to.deep.equal([1]);
    expect(ann.size).to.equal(2);
  });

  it('comes to an end with a verification whose own dial ends when no helper is waited for any more', () => {
    const shell = new Recorder();
    const ann = new Membership({ identity: ANN, effects: shell, seed: 1, slowdown: () => 4 });
    const until = (from_ms: number, to_ms: number): void => {
      for (let now_ms = from_ms; now_ms <= to_ms; now_ms += 100) ann.step(now_ms, { kind: 'timer' });
    };
    const dialsOfBob = (): readonly Dial[] => shell.dials.filter(({ id }) => id === BOB.id);
    ann.step(0, { kind: 'start', seeds: [] });
    ann.step(1, { kind: 'accepted', token: 1, id: BOB.id, purpose: 'link', note: hello() });
    ann.step(2, { kind: 'accepted', token: 2, id: CAROL.id, purpose: 'link', note: hello(0, CAROL) });
    ann.step(3, { kind: 'closed', token: 1 });
    const [dial] = dialsOfBob();
    const token = dial?.token ?? 0;
    expect(dial?.timeout_ms).to.equal(4 * DEFAULT_PARAMETERS.verify_ms);
    until(100, 1_300);
    expect(shell.sent.filter(({ message }) => message.kind === 'ask')).to.have.length(1);
    ann.step(1_350, { kind: 'connected', token });
    until(1_400, 5_000);
    expect(dialsOfBob()).to.have.length(1);
    ann.step(5_050, { kind: 'failed', token, failure: 'key' });
    until(5_100, 6_300);
    expect(dialsOfBob(), 'a second round').to.have.length(2);
  });

  it('is not impressed by anything about connections that it does not know', () => {
    const { ann, shell } = alone();
    ann.step(1, {
      kind: 'message',
      token: 9,
      message: { kind: 'snapshot', rumors: [{ id: BOB.id, version: 8, identity: BOB }], last: true },
    });
    ann.step(1, { kind: 'message', token: 9, message: { kind: 'bye' } });
    ann.step(1, { kind: 'closed', token: 9 });
    ann.step(1, { kind: 'failed', token: -9, failure: 'refused' });
    ann.step(1, { kind: 'connected', token: -9 });
    expect(ann.size).to.equal(1);
    expect(shell.dials).to.deep.equal([]);
  });

  it('raises its incarnation when it wakes from a long absence, and says how long it was', () => {
    const { ann, shell } = alone();
    ann.step(60_000, { kind: 'timer' });
    expect(ann.member(ANN.id)?.incarnation).to.equal(2);
    const late = shell.events.find((event) => event.kind === 'late');
    expect(late?.late_ms).to.be.above(DEFAULT_PARAMETERS.lateRefute_ms);
  });

  it('says good-bye at once, and does nothing any more', () => {
    const { ann, shell } = alone();
    ann.step(1, { kind: 'accepted', token: 1, id: BOB.id, purpose: 'link', note: hello() });
    ann.step(2, { kind: 'leave' });
    expect(shell.sent.at(-1)).to.deep.equal({
      token: 1,
      message: { kind: 'rumors', compared: false, rumors: [{ id: ANN.id, version: versionOf(1, 4) }] },
    });
    expect(shell.closed).to.deep.equal([1]);
    const said = shell.sent.length;
    ann.step(99_999, { kind: 'timer' });
    ann.step(99_999, { kind: 'accepted', token: 2, id: BOB.id, purpose: 'link', note: hello() });
    expect(shell.sent).to.have.length(said);
    expect(shell.refused).to.deep.equal([2]);
  });

  it('says good-bye to one who answers its dial only then, and believes in a link', () => {
    const { ann, shell } = alone();
    ann.step(1, { kind: 'hint', address: BOB.address, id: BOB.id });
    const [dial] = shell.dials;
    if (dial === undefined) throw new Error('no dial');
    ann.step(2, { kind: 'leave' });
    ann.step(3, { kind: 'established', token: dial.token, id: BOB.id, note: hello() });
    expect(shell.sent).to.have.length(1);
    const [{ token, message }] = shell.sent as [{ token: Token; message: GossipMessage }];
    expect(token).to.equal(dial.token);
    expect(message).to.deep.include({ kind: 'rumors', compared: false });
    expect(message.kind === 'rumors' && message.rumors.map(({ id, version }) => ({ id, state: stateOf(version) }))).to.deep.equal([
      { id: ANN.id, state: LEFT },
    ]);
    expect(shell.closed).to.deep.equal([dial.token]);
  });
});
