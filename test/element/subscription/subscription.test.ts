import { expect } from 'chai';
import { Subscription } from '../../../src/element/subscription/subscription.js';
import { codeOf, outcome, received } from '../channel/fixture.js';
import { TestMembership } from './membership.js';

const credentials = { uid: 0, gid: 0, pid: 1 };

describe('a subscription', () => {
  it('to joins begins with the servers that are there, and goes on with those that come', async () => {
    const members = new TestMembership('Xa', 'Xb');
    const joins = new Subscription('@join', members);
    expect(joins.peek()).to.deep.equal({ Source: '@join', Pending: 2, Closed: false, Dropped: 0 });
    const event = (): Promise<string> => received(joins.openReader('recv', credentials));
    expect([await event(), await event()]).to.deep.equal(['/Xa\n', '/Xb\n']);
    const waiting = event();
    await members.become('Xb', 'Xc', 'Xd');
    expect([await waiting, await event(), await received(joins.openReader('tryrecv', credentials))]).to.deep.equal([
      '/Xc\n',
      '/Xd\n',
      'EAGAIN',
    ]);
    joins.scrub();
  });

  it('to leaves tells of none that is there, and of each that goes', async () => {
    const members = new TestMembership('Xa', 'Xb', 'Xc');
    const leaves = new Subscription('@leave', members);
    expect(leaves.peek()).to.include({ Source: '@leave', Pending: 0 });
    const waiting = received(leaves.openReader('recv', credentials));
    await members.become('Xb');
    expect([await waiting, await received(leaves.openReader('recv', credentials))]).to.deep.equal(['/Xa\n', '/Xc\n']);
    leaves.scrub();
  });

  it('does not tell of a server that came and went before anybody looked', async () => {
    const members = new TestMembership('Xa');
    const [joins, leaves] = [new Subscription('@join', members), new Subscription('@leave', members)];
    await members.become('Xa', 'Xb');
    await members.become('Xa');
    await members.become();
    await members.become('Xa');
    expect([joins.peek().Pending, leaves.peek().Pending]).to.deep.equal([1, 1]);
    expect([await received(joins.openReader('recv', credentials)), await received(leaves.openReader('recv', credentials))]).to.deep.equal([
      '/Xa\n',
      '/Xb\n',
    ]);
    joins.scrub();
    leaves.scrub();
  });

  it('can be polled', async () => {
    const members = new TestMembership();
    const joins = new Subscription('@join', members);
    const reader = joins.openReader('recv', credentials);
    expect(reader.ready()).to.equal(false);
    const ready = reader.whenReady();
    await members.become('Xa');
    await ready;
    expect(await outcome(reader.read(100, { nonblock: true }))).to.equal('/Xa\n');
    joins.scrub();
  });

  it('ends all who wait with EIDRM when it is scrubbed, and watches nobody any more', async () => {
    const members = new TestMembership();
    const joins = new Subscription('@join', members);
    const waiting = received(joins.openReader('recv', credentials));
    expect(members.waiting).to.equal(1);
    joins.scrub();
    joins.scrub();
    expect(await waiting).to.equal('EIDRM');
    await new Promise(setImmediate);
    expect(members.waiting).to.equal(0);
    expect(joins.peek().Closed).to.equal(true);
  });

  it('has the files recv and tryrecv, and no command', () => {
    const joins = new Subscription('@join', new TestMembership());
    expect(codeOf(() => joins.openReader('wait', credentials))).to.equal('ENOENT');
    expect(codeOf(() => joins.openWriter('send'))).to.equal('ENOENT');
    expect(codeOf(() => joins.perform())).to.equal('EINVAL');
    joins.scrub();
  });
});
