import { expect } from 'chai';
import { degreesOf, shownMembers } from '../../../src/cli/map/model.js';
import { mapJson } from '../../../src/cli/map/json.js';
import { elementsText, titleOf } from '../../../src/cli/map/words.js';
import { AT, idOf, mapOfServers } from './fixture.js';

describe('a map', () => {
  it('has each link once, whichever end tells of it', () => {
    const map = mapOfServers([{ links: [idOf(1), idOf(2)] }, { links: [idOf(0)] }, { links: [] }, { silent: true }]);
    expect(map.links).to.deep.equal([[0, 1], [0, 2]]); // prettier-ignore
    expect(degreesOf(map)).to.deep.equal([2, 1, 1, 0]);
    expect(titleOf(map)).to.equal('circuit of 4 servers, 2 links, 1 did not answer, 2026-01-02T03:04:05Z');
  });

  it('believes nothing that makes no sense', () => {
    const map = mapOfServers([
      { links: [idOf(0), 'X9', 3, null, idOf(1), idOf(1)], load: 'high' },
      { links: 'all', metrics: 'circuit_elements{kind="a"} x\ncircuit_elements{kind="proc"} -3\nno metrics at all' },
      { links: { length: 1e9 }, metrics: Array.from({ length: 1000 }, (_, at) => `circuit_elements{kind="k${at}"} 1`).join('\n') },
    ]);
    expect(map.links).to.deep.equal([[0, 1]]);
    expect(map.servers[0]?.told?.figures.load).to.equal(undefined);
    expect(map.servers[1] && elementsText(map.servers[1])).to.equal('no elements');
    expect(map.servers[2]?.told?.elements.size).to.be.at.most(32);
  });

  it('counts elements by kind, in words', () => {
    const [server] = mapOfServers([{}]).servers;
    expect(server && elementsText(server)).to.equal('2 processes, 1 channel');
  });

  it('shows a thousand servers, the one that was asked among them', () => {
    const members = Array.from({ length: 1500 }, (_, at) => ({ id: idOf(at), address: '', host: `h${String(at).padStart(4, '0')}`, joined: AT }));
    const names = new Map(members.map((member) => [member, member.host]));
    const shown = shownMembers(members, names, idOf(1499));
    expect(shown).to.have.length(1000);
    expect([shown[0]?.id, shown.at(-1)?.id]).to.deep.equal([idOf(0), idOf(1499)]);
  }); // prettier-ignore

  it('is JSON for programs', () => {
    const json = mapJson(mapOfServers([{ links: [idOf(1)] }, { silent: true }]));
    expect(json).to.deep.equal({
      time: '2026-01-02T03:04:05.000Z',
      omitted: 0,
      servers: [
        { id: idOf(0), name: 'web-0', address: '10.0.0.0:11022', joined: '2026-01-02T01:04:05.000Z', self: true, answers: true, version: '1.2.3', load: 0.1, processors: 2, elements: { proc: 2, chan: 1 }, links: [idOf(1)] },
        { id: idOf(1), name: 'web-1', address: '10.0.0.1:11022', joined: '2026-01-02T01:04:05.000Z', self: false, answers: false, version: null, load: null, processors: null, elements: {}, links: [idOf(0)] },
      ],
    }); // prettier-ignore
  });
});
