import { expect } from 'chai';
import { ERRORS } from '../../src/base/error.js';
import { FRAME_MAX_BYTES } from '../../src/base/limits.js';
import { COMMANDS } from '../../src/command/table.js';
import { Metrics } from '../../src/server/metrics.js';

describe('metrics', () => {
  it('are Prometheus text: operations by result, the census at the time of asking, and the process itself', async () => {
    const census = {
      anchors: 3,
      processes: 1,
      containers: 0,
      elements: new Map([['chan', 2] as const]),
      members: 8,
      membership: { dials: 5 },
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
