import { expect } from 'chai';
import { labelsOf, serversNamed } from '../../src/cli/servers.js';
import type { Whereabouts } from '../../src/api/paths.js';
import type { Member } from '../../src/tree/server-tree.js';

const member = (id: string, host: string): Member => ({ id, host, address: '10.0.0.1:1', joined: new Date(0) });
const WEB_1 = member('X1111111111111111', 'web-1');
const WEB_10 = member('X1222222222222222', 'web-10');
const DB = member('X3333333333333333', 'db');
const TWIN = member('X4444444444444444', 'db');
const circuit = (...members: readonly Member[]): Whereabouts => ({ serverId: DB.id, members: () => members });
const ALL = circuit(WEB_1, WEB_10, DB);

describe('a server is named', () => {
  it('by its host, even if another one begins with that', () => {
    expect(serversNamed(['web-1'], ALL)).to.deep.equal([WEB_1]);
  });

  it('by its ID, with the slash that ls prints or without', () => {
    expect(serversNamed([WEB_10.id, `/${DB.id}`], ALL)).to.deep.equal([WEB_10, DB]);
  });

  it('by its host with the ID added, as it is listed where several have that host', () => {
    const twins = circuit(DB, TWIN);
    expect(serversNamed([`db.${TWIN.id}`, `host/db.${DB.id}`], twins)).to.deep.equal([TWIN, DB]);
    expect(serversNamed(['db.X4'], twins)).to.deep.equal([TWIN]);
  });

  it('by a path that leads to it', () => {
    expect(serversNamed(['self', '/self', '/host/web-1', `/circuit/${WEB_10.id}`], ALL)).to.deep.equal([DB, WEB_1, WEB_10]);
  });

  it('by what only one of them begins with', () => {
    expect(serversNamed(['d', 'X12', 'web-10'], ALL)).to.deep.equal([DB, WEB_10]);
  });

  it('not by what several begin with, nor by what none does: the error says which there are', () => {
    expect(() => serversNamed(['web'], ALL))
      .to.throw('"web" may be web-1, web-10: give more')
      .with.property('code', 'EINVAL');
    expect(() => serversNamed(['db'], circuit(DB, TWIN)))
      .to.throw(`"db" may be db.${DB.id}, db.${TWIN.id}`)
      .with.property('code', 'EINVAL');
    expect(() => serversNamed(['mail\u001b'], ALL))
      .to.throw(String.raw`no server is called "mail\033": expected one of db, web-1, web-10`)
      .with.property('code', 'ENOENT');
    expect(() => serversNamed([''], ALL))
      .to.throw()
      .with.property('code', 'ENOENT');
  });

  it('in the output by its host, and by its ID if several have that host or it has none', () => {
    expect([...labelsOf([WEB_1, DB, TWIN, member('X5', '')]).values()]).to.deep.equal(['web-1', `db.${DB.id}`, `db.${TWIN.id}`, 'X5']);
  });
});
