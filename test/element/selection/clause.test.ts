import { expect } from 'chai';
import { SELECTION_CLAUSES_MAX } from '../../../src/base/limits.js';
import { checkClauses } from '../../../src/element/selection/clause.js';

const ID = 'X0123456789abcdef';

describe('a clause of a selection', () => {
  it('names a file recv, wait or send, as a circuit path or below a mount point', () => {
    expect(checkClauses([{ op: 'r', file: `/${ID}/a/b/recv` }])).to.deep.equal([
      { op: 'r', file: `/${ID}/a/b/recv`, server: ID, path: ['a', 'b'], name: 'recv' },
    ]);
    expect(checkClauses([{ op: 'w', file: `/some where/circuit/${ID}//a/send` }])[0]).to.include({ file: `/${ID}/a/send`, name: 'send' });
    expect(checkClauses([{ op: 'r', file: `/${ID}/p/wait` }])[0]).to.include({ name: 'wait' });
  });

  it('has no name of more than 255 bytes', () => {
    for (const long of ['x'.repeat(256), 'ü'.repeat(128), 'x'.repeat(100_000)]) {
      expect(() => checkClauses([{ op: 'r', file: `/${ID}/a/recv` }, { op: 'r', file: `/${ID}/${long}/recv` }])) // prettier-ignore
        .to.throw('clause 1: a name in "file" is too long; expected at most 255 bytes')
        .with.property('code', 'ENAMETOOLONG');
    }
    checkClauses([{ op: 'r', file: `/${ID}/${'x'.repeat(255)}/recv` }]);
  });

  it('is refused with its number and the reason if it is none', () => {
    for (const [spec, reason] of [
      [undefined, /a list of clauses/],
      [{}, /a list of clauses/],
      [[], /at least one/],
      [[1], /^clause 0: expected /],
      [[null], /^clause 0: expected /],
      [[{ op: 'x', file: `/${ID}/a/recv` }], /^clause 0: invalid "op": expected "r" or "w"/],
      [[{ op: 'r' }], /^clause 0: invalid "file": expected the path/],
      [[{ op: 'r', file: 7 }], /^clause 0: invalid "file": expected the path/],
      [[{ op: 'r', file: `/${ID}/a/recv`, more: 1 }], /^clause 0: unknown field "more"/],
      [
        [
          { op: 'r', file: `/${ID}/a/recv` },
          { op: 'r', file: `/${ID}/a/send` },
        ],
        /^clause 1: invalid "file" ".*" for "r": expected one that is called recv, take, wait, lock, next or sub/,
      ],
      [
        [
          { op: 'w', file: `/${ID}/a/send` },
          { op: 'r', file: `/${ID}/a/recv` },
        ],
        /^clause 0: .* is the other end of a channel/,
      ],
      [
        [
          { op: 'r', file: `/${ID}/a/take` },
          { op: 'w', file: `/${ID}/a/send` },
        ],
        /^clause 1: .* is the other end of a channel/,
      ],
      [[{ op: 'w', file: `/${ID}/a/recv` }], /for "w": expected one that is called send/],
      [[{ op: 'r', file: '/circuit/self/a/recv' }], /names no server/],
      [[{ op: 'r', file: `${ID}/a/recv` }], /names no server/],
      [[{ op: 'r', file: '/x'.repeat(50_000) }], /the path of a file/],
      [Array.from({ length: SELECTION_CLAUSES_MAX + 1 }, () => 1), /a selection of 1025 clauses: expected at most 1024/],
    ] as const) {
      expect(() => checkClauses(spec), String(reason))
        .to.throw(reason)
        .with.property('code', 'EINVAL');
    }
  });
});
