import { expect } from 'chai';
import { Anchor } from '../../src/tree/anchor.js';
import { CircuitError, type ErrorCode } from '../../src/base/error.js';
import { DEPTH_MAX, NAME_MAX_BYTES } from '../../src/base/limits.js';
import { CONTROL_FILES } from '../../src/base/name.js';
import { BareElement } from './element.js';

function code(run: () => unknown): ErrorCode | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    expect(error).to.be.instanceOf(CircuitError);
    return (error as CircuitError).code;
  }
}

/** A tree whose clock ticks when told. */
function tree(): { root: Anchor; clock: { now_ms: number; now: () => number } } {
  const clock = { now_ms: 1000, now: () => clock.now_ms };
  return { root: Anchor.root(clock), clock };
}

describe('an anchor', () => {
  it('is found by its path, and knows it', () => {
    const { root } = tree();
    root.make('a').make('b');
    expect(root.find(['a', 'b']).path).to.deep.equal(['a', 'b']);
    expect(root.find([])).to.equal(root);
    expect(code(() => root.find(['a', 'c']))).to.equal('ENOENT');
  });

  it('takes any name of up to 255 bytes but those that mean something else', () => {
    const { root } = tree();
    for (const name of ['a', 'ü'.repeat(127), ' ', '-rf', '*', '..a', '🙂', 'x'.repeat(NAME_MAX_BYTES)])
      expect(root.make(name).name).to.equal(name);
    for (const name of ['', '.', '..', '...', 'a/b', 'a\nb', '\u007f', '\ufffd'])
      expect(
        code(() => root.make(name)),
        name,
      ).to.equal('EINVAL');
    expect(code(() => root.make('ü'.repeat(128)))).to.equal('ENAMETOOLONG');
    for (const name of [...CONTROL_FILES, 'read.0', 'write.12'])
      expect(
        code(() => root.make(name)),
        name,
      ).to.equal('EEXIST');
    expect(code(() => root.make('a'))).to.equal('EEXIST');
  });

  it('is told from a later one at the same path', () => {
    const { root } = tree();
    const first = root.make('a');
    first.remove();
    expect(root.make('a').serial).to.be.greaterThan(first.serial);
  });

  it('lies at most 64 deep; a path that goes deeper leaves nothing behind', () => {
    const { root } = tree();
    const path = Array.from({ length: DEPTH_MAX }, (_, depth) => `d${depth}`);
    expect(code(() => root.walk([...path, 'deeper']))).to.equal('EINVAL');
    expect(root.total).to.equal(1);
    root.walk(path);
    expect(root.total).to.equal(DEPTH_MAX + 1);
  });

  it('made on the way to an element goes with it; one made by hand stays', () => {
    const { root } = tree();
    root.make('kept');
    for (const path of [
      ['kept', 'x', 'y'],
      ['this', 'is', 'charlie'],
    ]) {
      const anchor = root.walk(path);
      anchor.reserve();
      anchor.settle(new BareElement());
      anchor.scrub();
    }
    expect([...root.children.keys()]).to.deep.equal(['kept']);
    expect(root.find(['kept']).children.size).to.equal(0);
  });

  it('made on the way to an element goes when the element could not be made', () => {
    const { root } = tree();
    const anchor = root.walk(['a', 'b']);
    anchor.reserve();
    anchor.settle(undefined);
    expect(root.total).to.equal(1);
  });

  it('holds at most one element, from when its making begins', () => {
    const { root } = tree();
    const anchor = root.make('a');
    anchor.reserve();
    expect(code(() => anchor.reserve())).to.equal('EEXIST');
    anchor.settle(new BareElement());
    expect(code(() => anchor.reserve())).to.equal('EEXIST');
    anchor.scrub();
    expect(code(() => anchor.reserve())).to.equal(undefined);
  });

  it('is removed with its element, but neither under sub-anchors nor under something that runs', () => {
    const { root } = tree();
    const anchor = root.make('a');
    const element = new BareElement();
    anchor.reserve();
    expect(
      code(() => anchor.remove()),
      'while it is being made',
    ).to.equal('EBUSY');
    anchor.settle(element);
    element.busy = true;
    expect(code(() => anchor.remove())).to.equal('EBUSY');
    element.busy = false;
    const child = anchor.make('b');
    expect(code(() => anchor.remove())).to.equal('ENOTEMPTY');
    child.remove();
    anchor.remove();
    expect(element.scrubbed).to.equal(true);
    expect(root.children.size).to.equal(0);
    expect(code(() => root.remove())).to.equal('EPERM');
  });

  it('has changed when its element or one of its children comes or goes', () => {
    const { root, clock } = tree();
    const anchor = root.make('a');
    const changes: (readonly [string, () => void])[] = [
      [
        'element made',
        () => {
          anchor.reserve();
          anchor.settle(new BareElement());
        },
      ],
      ['element changed', () => anchor.touch()],
      ['element gone', () => anchor.scrub()],
      ['child made', () => void anchor.make('b')],
      ['child removed', () => anchor.find(['b']).remove()],
      ['transient child', () => void anchor.walk(['c'])],
      ['transient child gone', () => anchor.find(['c']).collect()],
    ];
    for (const [what, change] of changes) {
      clock.now_ms++;
      change();
      expect(anchor.changed_ms, what).to.equal(clock.now_ms);
    }
    expect(root.changed_ms, "a grandchild is not the root's change").to.equal(1000);
  });

  it('does not let go of a newer element when an older one says that it has ended', () => {
    const { root } = tree();
    const anchor = root.make('a');
    const [older, newer] = [new BareElement(), new BareElement()];
    anchor.reserve();
    anchor.settle(older);
    anchor.scrub();
    anchor.reserve();
    anchor.settle(newer);
    anchor.release(older);
    expect(anchor.element).to.equal(newer);
  });

  it('clears everything below itself, running or not', () => {
    const { root } = tree();
    const elements = [
      ['a', 'b'],
      ['a', 'c', 'd'],
    ].map((path) => {
      const element = new BareElement();
      element.busy = true;
      const anchor = root.walk(path);
      anchor.reserve();
      anchor.settle(element);
      return element;
    });
    root.clear();
    expect(elements.every(({ scrubbed }) => scrubbed)).to.equal(true);
    expect(root.total).to.equal(1);
  });
});
