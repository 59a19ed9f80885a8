import { expect } from 'chai';
import { another, atEachDistance } from './api.js';

atEachDistance('a subscription', (here) => {
  it('gives the servers that are there, one that joins, and one that leaves, each once', async () => {
    const [joins, leaves] = [await here.root.walk('j').makeOnJoin(), await here.root.walk('l').makeOnLeave()];
    const { circuit } = here;
    const there = circuit.members().map(({ id }) => `/${id}`);
    const told = await Promise.all(there.map(() => joins.receive()));
    expect(told.sort()).to.deep.equal(there.sort());
    expect(await joins.peek()).to.deep.equal({ Source: '@join', Pending: 0, Closed: false, Dropped: 0 });
    if (circuit.address === '') return; // nobody can join it
    const joined = joins.receive();
    const newcomer = await another(circuit);
    const left = [leaves.receive(), leaves.receive().catch((error: unknown) => error)];
    expect(await joined).to.equal(`/${newcomer.id}`);
    await newcomer.stop();
    expect(await Promise.race(left)).to.equal(`/${newcomer.id}`);
    await leaves.scrub();
    expect((await Promise.all(left)).filter((each) => typeof each !== 'string')).to.have.nested.property('[0].code', 'EIDRM');
  });
});
