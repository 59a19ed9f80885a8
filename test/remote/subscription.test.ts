import { expect } from 'chai';
import { Anchor, type CircuitError, Subscription } from '../../src/api/index.js';
import { Subscription as Element } from '../../src/element/subscription/subscription.js';
import { TestMembership } from '../element/subscription/membership.js';
import { Distance, server } from '../lib/distance.js';

const credentials = { uid: 1, gid: 2, pid: 3 };

/** What goes for a subscription wherever it is. */
for (const where of ['here', 'elsewhere']) {
  describe(`a subscription by the API, ${where}`, () => {
    let members: TestMembership;
    let distance: Distance | undefined;
    let root: Anchor;
    beforeEach(() => {
      members = new TestMembership('Xa', 'Xb');
      const far = server({ '@join': () => new Element('@join', members), '@leave': () => new Element('@leave', members) });
      distance = where === 'here' ? undefined : new Distance(far);
      root = new Anchor(distance?.tree ?? far.here, [], credentials);
    });
    afterEach(() => root.scrub({ recursive: true }));

    it('gives the servers that are there and those that come, each to exactly one receiver', async () => {
      const joins = await root.walk('joins').makeOnJoin();
      expect([await joins.receive(), await joins.receive()]).to.deep.equal(['/Xa', '/Xb']);
      const receivers = Array.from({ length: 20 }, () => joins.receive());
      await joins.peek(); // behind their asking
      const names = receivers.map((_, at) => `Xn${at}`);
      await members.become(...names);
      expect((await Promise.all(receivers)).sort()).to.deep.equal(names.map((name) => `/${name}`).sort());
      expect(await joins.peek()).to.deep.equal({ Source: '@join', Pending: 0, Closed: false, Dropped: 0 });
    });

    it('gives the servers that leave, as an iterator', async () => {
      const leaves = await root.walk('leaves').makeOnLeave();
      await members.become();
      const seen: string[] = [];
      for await (const path of leaves) if (seen.push(path) === 2) break;
      expect(seen).to.deep.equal(['/Xa', '/Xb']);
    });

    it('keeps the event of a receiver that was interrupted, and ends with EIDRM', async () => {
      const leaves = await root.walk('leaves').makeOnLeave();
      const abort = new AbortController();
      const left = leaves.receive({ signal: abort.signal }).catch((error: unknown) => error);
      abort.abort('enough');
      expect(await left).to.equal('enough');
      await members.become('Xb');
      expect(await leaves.receive()).to.equal('/Xa');
      const waiting = leaves.receive().catch((error: unknown) => error as CircuitError);
      await leaves.peek();
      await leaves.scrub();
      expect(await waiting).to.have.property('code', 'EIDRM');
    });

    it('has a handle that an anchor gives', async () => {
      await root.walk('joins').makeOnJoin();
      expect(await root.walk('joins').get()).to.be.instanceOf(Subscription);
      expect(await root.walk('joins').subscription()).to.be.instanceOf(Subscription);
    });

    if (where === 'elsewhere') {
      it('gets an event back that was on its way to a receiver whose server died', async () => {
        const joins = await root.walk('joins').makeOnJoin();
        const reader = await distance?.tree.openReader(['joins'], 'recv', credentials, { unacked: true });
        expect(Buffer.from((await reader?.read(100)) ?? '').toString()).to.equal('/Xa\n');
        expect(await joins.peek()).to.have.property('Pending', 2);
        reader?.close(); // without having said that it has it
        expect([await joins.receive(), await joins.receive()]).to.deep.equal(['/Xa', '/Xb']);
      });
    }
  });
}
