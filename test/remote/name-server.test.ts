import { expect } from 'chai';
import { Anchor, type CircuitError, NameServer } from '../../src/api/index.js';
import { makeNameServer } from '../../src/element/name-server/name-server.js';
import { Distance, server } from '../lib/distance.js';

const asker = { uid: 1, gid: 2, pid: 3 };

/** What goes for a name server wherever it is. */
for (const where of ['here', 'elsewhere']) {
  describe(`a name server by the API, ${where}`, () => {
    let root: Anchor;
    beforeEach(() => {
      const far = server({ dns: makeNameServer });
      root = new Anchor(where === 'here' ? far.here : new Distance(far).tree, [], asker);
    });
    afterEach(() => root.scrub({ recursive: true }));

    it('takes records and names, and shows what it has', async () => {
      const names = await root.walk('names').makeNameServer();
      await names.set('miek.nl. 3600 IN MX 10 mx.miek.nl.');
      await names.set('www.miek.nl. 60 IN A 192.0.2.1');
      await names.unset('www.miek.nl');
      const { Address, Records } = await names.peek();
      expect(Address).to.match(/^127\.0\.0\.1:\d+$/);
      expect(Records).to.deep.equal({ 'miek.nl.': ['miek.nl.\t3600\tIN\tMX\t10 mx.miek.nl.'] });
    });

    it('is made at an address, or the call says why not; and a failed one leaves nothing', async () => {
      const { Address } = await (await root.walk('names').makeNameServer('127.0.0.1:0')).peek();
      const failed = await root.walk('other').makeNameServer(Address).catch((error: unknown) => error as CircuitError); // prettier-ignore
      expect(failed).to.have.property('code', 'EBUSY');
      expect(Array.from((await root.view()).keys())).to.deep.equal(['names']);
    });

    it('refuses what is no record with EINVAL, and says why', async () => {
      const names = await root.walk('names').makeNameServer();
      const failed = await names.set('miek.nl. A nowhere').catch((error: unknown) => error as CircuitError);
      expect(failed).to.include({ code: 'EINVAL', message: 'A: value 1 must be an IPv4 address' });
    });

    it('has a handle that an anchor gives', async () => {
      await root.walk('names').makeNameServer();
      expect(await root.walk('names').get()).to.be.instanceOf(NameServer);
      expect(await root.walk('names').nameServer()).to.have.property('kind', 'dns');
    });
  });
}
