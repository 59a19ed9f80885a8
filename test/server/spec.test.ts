/**
 * Whatever comes from a client as the spec of an element is made into it, or refused as a bad one: never a fault of the server.
 */
import { expect } from 'chai';
import { CircuitError } from '../../src/base/error.js';
import type { ElementKind } from '../../src/base/kind.js';
import { startServer } from '../mount/server.js';

/** Those of which a spec is needed. */
const KINDS: readonly ElementKind[] = ['proc', 'docker', 'chan', 'dns', 'select'];
const BAD: readonly unknown[] = [
  null,
  1,
  'text',
  true,
  [],
  [null],
  [[[]]],
  { capacity: null },
  { Path: {} },
  { address: 1 },
  { Image: [] },
];
const ASKER = { uid: 0, gid: 0, pid: 1 };

describe('the spec of an element', () => {
  for (const kind of KINDS)
    it(`of kind ${kind} is refused when it is null or of another type`, async () => {
      const server = await startServer();
      try {
        const tree = server.circuit.tree(server.id);
        for (const spec of BAD) {
          const error: unknown = await Promise.resolve()
            .then(() => tree.makeElement(['a'], kind, spec, ASKER))
            .catch((thrown: unknown) => thrown);
          expect(error, JSON.stringify(spec)).to.be.instanceOf(CircuitError);
          // Without an engine there is nothing to say of a spec.
          expect((error as CircuitError).code, JSON.stringify(spec)).to.equal(kind === 'docker' ? 'EOPNOTSUPP' : 'EINVAL');
        }
      } finally {
        await server.stop();
      }
    });
});
