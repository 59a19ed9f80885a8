import { expect } from 'chai';
import { Registry } from 'prom-client';
import type { Clock } from '../../src/base/clock.js';
import { ERRORS } from '../../src/base/error.js';
import { FRAME_MAX_BYTES } from '../../src/base/limits.js';
import { ELEMENT_KINDS } from '../../src/base/kind.js';
import { COMMANDS } from '../../src/command/table.js';
import { noCounts } from '../../src/cluster/membership/counters.js';
import type { Census } from '../../src/server/census.js';
import { Metrics } from '../../src/server/metrics.js';
import { EventLoopLag } from '../../src/server/event-loop-lag.js';
import { collectRuntimeMetrics } from '../../src/server/runtime-metrics.js';
import { snakeCase } from '../../src/server/snake-case.js';
import { familiesOf, faultsOf } from './exposition.js';

describe('metrics', () => {
  it('are as promtool wants them: help and type, units, names, suffixes; label values are names of ours or in snake case', async () => {
    const elements: Census['elements'] = new Map(ELEMENT_KINDS.map((kind) => [kind, 1]));
    const metrics = new Metrics(() => ({ anchors: 1, processes: 1, containers: 1, elements, members: 1, membership: { ...noCounts() } }));
    for (const { name } of COMMANDS) metrics.count(name, 'ok');
    metrics.count('mkdir', 'EEXIST');
    const families = familiesOf(await metrics.text());
    expect(faultsOf(families)).to.deep.equal([]);
    const ours = new Set<string>([...ELEMENT_KINDS, ...COMMANDS.map(({ name }) => name), ...Object.keys(ERRORS)]);
    const values = families.flatMap(({ name, samples }) =>
      name === 'nodejs_version_info' ? [] : samples.flatMap(({ labels }) => [...labels].filter(([label]) => label !== 'le')),
    );
    expect(values.filter(([, value]) => !ours.has(value) && !/^[a-z][a-z\d]*(_[a-z\d]+)*$/.test(value))).to.deep.equal([]);
    expect(values.map(([, value]) => value)).to.include.members(['links_made', 'rumors_sent', 'mk@join', 'EEXIST']);
  });

  it('have the lag of the event loop without the interval of its samples, the same for each who reads them', async () => {
    const clock = new VirtualClock();
    const registry = new Registry();
    let busy = 1;
    collectRuntimeMetrics(registry, new EventLoopLag(clock, () => busy));
    const lag = async (figure: string): Promise<number | undefined> => {
      const families = familiesOf(await registry.metrics());
      return families.find(({ name }) => name === `nodejs_eventloop_lag${figure}_seconds`)?.samples[0]?.value;
    };
    expect(await lag('_max')).to.equal(0);
    for (let samples = 0; samples < 9; samples++) clock.ring();
    for (const figure of ['', '_min', '_max', '_mean', '_stddev', '_p50', '_p90', '_p99']) expect(await lag(figure), figure).to.equal(0);
    clock.ring(500);
    for (const figure of ['', '_max', '_p99', '_max']) expect(await lag(figure), figure).to.equal(0.5);
    for (const figure of ['_min', '_p50', '_p90']) expect(await lag(figure), figure).to.equal(0);
    expect(await lag('_mean')).to.equal(0.05);
    expect(await lag('_stddev')).to.be.closeTo(0.15, 1e-9);
    for (let samples = 0; samples < 60; samples++) clock.ring();
    expect(await lag('_max'), 'a minute later').to.equal(0);
    busy = 0;
    clock.ring();
    const before_ms = clock.now_ms();
    clock.ring(100);
    expect(clock.now_ms() - before_ms, 'while nothing happens it rings rarely').to.equal(5100);
    expect(await lag('_max')).to.equal(0.1);
    for (let samples = 0; samples < 12; samples++) clock.ring();
    expect(await lag('_max'), 'a minute later').to.equal(0);
  });

  it('have the time in which the event loop was busy, which never becomes less', async () => {
    const metrics = new Metrics(() => ({ anchors: 0, processes: 0, containers: 0, elements: new Map(), members: 1, membership: {} }));
    const busy_s = async (): Promise<number> => {
      const family = familiesOf(await metrics.text()).find(({ name }) => name === 'nodejs_eventloop_active_seconds_total');
      return family?.samples[0]?.value ?? Number.NaN;
    };
    const before_s = await busy_s();
    expect(before_s).to.be.greaterThan(0);
    expect(await busy_s()).to.be.at.least(before_s);
  });

  it('have names of the code as labels in snake case', () => {
    for (const [name, label] of [
      ['linksMade', 'links_made'],
      ['TCPServerWrap', 'tcp_server_wrap'],
      ['Timeout', 'timeout'],
      ['FSReqCallback', 'fs_req_callback'],
      ['TTYWrap', 'tty_wrap'],
      ['dials', 'dials'],
    ] as const)
      expect(snakeCase(name)).to.equal(label);
  });

  it('are Prometheus text: operations by result, the census at the time of asking, and the process itself', async () => {
    const census = {
      anchors: 3,
      processes: 1,
      containers: 0,
      elements: new Map([['chan', 2] as const]),
      members: 8,
      membership: { dials: 5, linksLost: 2 },
    };
    const metrics = new Metrics(() => census);
    metrics.count('mkdir', 'ok');
    metrics.count('mkdir', 'ok');
    metrics.count('mkdir', 'EEXIST');
    for (let made = 0; made < 100; made++) metrics.count(`made-up-${made}`, 'EINVAL');
    const text = await metrics.text();
    expect(text).not.to.contain('made-up');
    for (const line of [
      'circuit_operations_total{operation="mkdir",result="ok"} 2',
      'circuit_operations_total{operation="mkdir",result="EEXIST"} 1',
      'circuit_operations_total{operation="other",result="EINVAL"} 100',
      'circuit_anchors 3',
      'circuit_processes 1',
      'circuit_elements{kind="chan"} 2',
      'circuit_members 8',
      'circuit_membership_total{event="dials"} 5',
      'circuit_membership_total{event="links_lost"} 2',
    ]) {
      expect(text.split('\n')).to.include(line);
    }
    expect(text)
      .to.match(/^process_resident_memory_bytes \d+$/m)
      .and.match(/^nodejs_eventloop_lag_seconds /m);
    for (const { name } of COMMANDS) for (const code of ['ok', ...Object.keys(ERRORS)]) metrics.count(name, code);
    expect((await metrics.text()).length, 'whatever happens, they go over the wire in one frame').to.be.below(FRAME_MAX_BYTES / 2);
    census.elements.clear();
    expect(await metrics.text()).not.to.contain('circuit_elements{');
  });
});

/** Time that passes when the test says so; what is due is late by as much as it says. */
class VirtualClock implements Clock {
  #now_ms = 0;
  #due: { readonly at_ms: number; readonly fire: () => void } | undefined;

  now_ms(): number {
    return this.#now_ms;
  }

  after(delay_ms: number, fire: () => void): () => void {
    this.#due = { at_ms: this.#now_ms + delay_ms, fire };
    return () => (this.#due = undefined);
  }

  soon(fire: () => void): void {
    fire();
  }

  ring(late_ms = 0): void {
    const due = this.#due;
    this.#due = undefined;
    this.#now_ms = (due?.at_ms ?? 0) + late_ms;
    due?.fire();
  }
}
