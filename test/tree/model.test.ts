import { expect } from 'chai';
import fc from 'fast-check';
import { Anchor } from '../../src/tree/anchor.js';
import { CircuitError } from '../../src/base/error.js';
import { BareElement } from './element.js';

/** What a tree should be, told as plainly as can be: paths, each kept or not, each with an element or not. */
class Model {
  readonly anchors = new Map<string, { kept: boolean; element: boolean }>();

  below(path: string): string[] {
    return [...this.anchors.keys()].filter((other) => other.startsWith(`${path}/`));
  }

  /** Drops what nothing keeps, from the leaves up. */
  collect(): void {
    for (const [path, { kept, element }] of [...this.anchors].sort(([a], [b]) => b.length - a.length)) {
      if (!kept && !element && this.below(path).length === 0) this.anchors.delete(path);
    }
  }
}

const path = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 });
const step = fc.record({ does: fc.constantFrom('make', 'element', 'fail', 'scrub', 'remove', 'clear'), path });

describe('a tree of anchors', () => {
  it('is what a simple model says, whatever is done in whatever order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const root = Anchor.root();
        const model = new Model();
        for (const { does, path } of steps) {
          expect(
            attempt(() => DO[does](root, path)),
            `${does} ${path.join('/')}`,
          ).to.equal(EXPECT[does](model, `/${path.join('/')}`));
          model.collect();
          expect(shape(root)).to.deep.equal([...model.anchors].map(([path, { element }]) => `${path} ${element}`).sort());
          expect(root.total).to.equal(model.anchors.size + 1);
        }
      }),
      { numRuns: 500 },
    );
  });
});

type Step = 'make' | 'element' | 'fail' | 'scrub' | 'remove' | 'clear';

const DO: Readonly<Record<Step, (root: Anchor, path: readonly string[]) => void>> = {
  make: (root, path) => void root.find(path.slice(0, -1)).make(path.at(-1) ?? ''),
  element: (root, path) => settle(root.walk(path), new BareElement()),
  fail: (root, path) => settle(root.walk(path), undefined),
  scrub: (root, path) => root.find(path).scrub(),
  remove: (root, path) => root.find(path).remove(),
  clear: (root, path) => {
    const anchor = root.find(path);
    anchor.clear();
    anchor.scrub();
  },
};

/** The same to the model; the result is the code of the error, or 'ok'. */
const EXPECT: Readonly<Record<Step, (model: Model, path: string) => string>> = {
  make: (model, path) => {
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (parent !== '' && !model.anchors.has(parent)) return 'ENOENT';
    if (model.anchors.has(path)) return 'EEXIST';
    model.anchors.set(path, { kept: true, element: false });
    return 'ok';
  },
  element: (model, path) => {
    if (model.anchors.get(path)?.element === true) return 'EEXIST';
    const names = path.split('/');
    for (let depth = 2; depth <= names.length; depth++) {
      const each = names.slice(0, depth).join('/');
      if (!model.anchors.has(each)) model.anchors.set(each, { kept: false, element: false });
    }
    const anchor = model.anchors.get(path);
    if (anchor !== undefined) anchor.element = true;
    return 'ok';
  },
  fail: (model, path) => (model.anchors.get(path)?.element === true ? 'EEXIST' : 'ok'),
  scrub: (model, path) => {
    const anchor = model.anchors.get(path);
    if (anchor === undefined) return 'ENOENT';
    anchor.element = false;
    return 'ok';
  },
  remove: (model, path) => {
    if (!model.anchors.has(path)) return 'ENOENT';
    if (model.below(path).length > 0) return 'ENOTEMPTY';
    model.anchors.delete(path);
    return 'ok';
  },
  clear: (model, path) => {
    const anchor = model.anchors.get(path);
    if (anchor === undefined) return 'ENOENT';
    for (const each of model.below(path)) model.anchors.delete(each);
    anchor.element = false;
    return 'ok';
  },
};

function settle(anchor: Anchor, element: BareElement | undefined): void {
  anchor.reserve();
  anchor.settle(element);
}

function attempt(run: () => void): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    expect(error).to.be.instanceOf(CircuitError);
    return (error as CircuitError).code;
  }
}

/** Every anchor with whether it holds an element. */
function shape(root: Anchor): string[] {
  const lines: string[] = [];
  const visit = (anchor: Anchor): void => {
    if (anchor !== root) lines.push(`/${anchor.path.join('/')} ${anchor.element !== undefined}`);
    for (const child of anchor.children.values()) visit(child);
  };
  visit(root);
  return lines.sort();
}
