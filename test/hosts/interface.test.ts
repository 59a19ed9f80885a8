/**
 * A host whose own interface is down: what it hears of the others, and they of it.
 */
import { expect } from 'chai';
import { onHosts } from '../lib/hosts/circuit.js';

/** How long until a lost host is declared dead, with room for a slow machine. */
const LOST_LIMIT_S = 45;
const MEET_LIMIT_S = 120;

describe('a host whose own interface is down', function () {
  this.timeout(240_000);
  const on = onHosts(2);

  it('takes the others for dead as one does whose cable is cut, and is back when it is up again', async () => {
    await on.bed.host(1).run('mkdir /circuit/self/c; echo mkchan 0 > /circuit/self/c/ctl');
    const reader = on.bed.host(2).spawn(['cat', '/circuit/host/web-1/c/recv']);
    await reader.waits();
    await on.bed.host(2).run('ip link set eth0 down');
    await Promise.all([on.circuit.complete([1], LOST_LIMIT_S), on.circuit.complete([2], LOST_LIMIT_S)]);
    await reader.exited;
    expect(reader.stderr).to.include('Host is down');
    await on.bed.host(2).run('ip link set eth0 up');
    await on.circuit.complete([1, 2], MEET_LIMIT_S);
  });
});
