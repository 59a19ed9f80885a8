import { expect } from 'chai';
import { type CircuitEvent, CircuitError, type EventsOptions } from '../../src/api/index.js';
import { EVENTS_HELD } from '../../src/base/limits.js';
import { another, atEachDistance, code } from './api.js';

atEachDistance('events', (here) => {
  /** Those at the root's server until one is there, without what differs from run to run. */
  async function until(last: (event: CircuitEvent) => boolean, options: EventsOptions): Promise<readonly object[]> {
    const told: object[] = [];
    for await (const event of here.circuit.events(options)) {
      const { time, server, pid } = event;
      const rest: Record<string, unknown> = { ...event };
      for (const key of ['seq', 'time', 'server', 'host', 'pid']) Reflect.deleteProperty(rest, key);
      expect(new Date(time).toISOString()).to.equal(time);
      expect(server).to.equal(here.root.serverId);
      told.push({ ...rest, ...(pid !== undefined && { pid: typeof pid }) });
      if (last(event)) return told;
    }
    return expect.fail('ended');
  }

  it('tell what comes, what happens to it, and what goes, in order, and nothing secret', async () => {
    const anchor = here.root.walk('p/q');
    const process = await anchor.makeProcess({ Path: 'sh', Args: ['-c', 'echo hush; exit 3'], Env: ['SECRET=hush'] });
    await process.wait();
    await process.scrub();
    const channel = await here.root.walk('p/c').makeChannel(1);
    await channel.close();
    await channel.scrub();
    const path = `${here.root.path}/p`;
    const wanted = [
      { path, what: 'anchor-made' },
      { path: `${path}/q`, what: 'anchor-made' },
      { path: `${path}/q`, what: 'made', kind: 'proc' },
      { path: `${path}/q`, what: 'started', pid: 'number' },
      { path: `${path}/q`, what: 'exited', code: 3, signal: null },
      { path: `${path}/q`, what: 'scrubbed', kind: 'proc' },
      { path: `${path}/q`, what: 'anchor-gone' },
      { path, what: 'anchor-gone' },
      { path, what: 'anchor-made' },
      { path: `${path}/c`, what: 'anchor-made' },
      { path: `${path}/c`, what: 'made', kind: 'chan' },
      { path: `${path}/c`, what: 'closed', kind: 'chan' },
      { path: `${path}/c`, what: 'scrubbed', kind: 'chan' },
      { path: `${path}/c`, what: 'anchor-gone' },
      { path, what: 'anchor-gone' },
    ];
    let gone = 0;
    const told = await until((event) => event.path === path && event.what === 'anchor-gone' && ++gone === 2, { path });
    expect(told).to.deep.equal(wanted);
    expect(JSON.stringify(told)).not.to.include('hush');
    const ends = await until(({ what }) => what === 'closed', { path: `${path}/c`, what: ['made', 'closed'] });
    expect(ends).to.deep.equal([wanted[10], wanted[11]]);
  });

  it('are those of the whole circuit, of who joins and leaves too', async () => {
    const { circuit, root } = here;
    const stop = new AbortController();
    const events = circuit.events({ signal: stop.signal });
    const next = async (what: string, of: string): Promise<CircuitEvent> => {
      for await (const event of { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) })
        if (event.what === what && event.path.startsWith(of)) return event;
      return expect.fail('ended');
    };
    for (const { id } of circuit.members()) expect(await next('joined', `/${id}`)).to.include({ server: id });
    await root.walk('a b').make();
    expect(await next('anchor-made', `${root.path}/a b`)).to.include({ server: root.serverId });
    if (circuit.address !== '') {
      const newcomer = await another(circuit);
      expect(await next('joined', `/${newcomer.id}`)).to.include({ server: newcomer.id });
      await newcomer.circuit.walk('/self/new').make();
      expect(await next('anchor-made', `/${newcomer.id}/new`)).to.include({ server: newcomer.id });
      await newcomer.stop();
      expect(await next('left', `/${newcomer.id}`)).to.include({ server: newcomer.id });
    }
    stop.abort(new CircuitError('EINTR', 'enough'));
    expect(await code(events.next())).to.equal('EINTR');
    await root.walk('a b').remove();
  });

  it('fail once with EOVERFLOW for who does not ask for long, and go on', async () => {
    const { circuit, root } = here;
    await using events = circuit.events({ what: 'anchor-made' });
    await root.walk('first').make();
    while ((await events.next()).value?.path !== `${root.path}/first`);
    const names = Array.from({ length: 100 }, (_, number) => root.walk(`many-${number}`));
    for (let count = 0; count < 12 * EVENTS_HELD; count += 2 * names.length) {
      await Promise.all(names.map((anchor) => anchor.make()));
      await Promise.all(names.map((anchor) => anchor.remove()));
    }
    await root.walk('final').make();
    let overtaken = 0;
    for (;;) {
      const path = await events.next().then(
        ({ value }) => value?.path,
        (error: unknown) => {
          // prettier-ignore
          expect(CircuitError.from(error).code).to.equal('EOVERFLOW');
          overtaken++;
          return '';
        },
      );
      if (path === `${root.path}/final`) break;
    }
    expect(overtaken).to.be.within(1, 2); // by its server, and here
  }).timeout(60_000);

  it('are refused for what there is not, and end with their circuit', async () => {
    expect(() => here.circuit.events({ what: 'exit' as 'exited' })).to.throw(/unknown event "exit".*exited/);
    expect(() => here.circuit.events({ path: '/X0000000000000000' })).to.throw(/no live server/);
    const events = here.circuit.events({ what: 'held' });
    const pending = events.next();
    await events.return();
    expect(await pending).to.deep.equal({ done: true, value: undefined });
    expect((await events.next()).done).to.equal(true);
  });
});
