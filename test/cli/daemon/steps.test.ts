/**
 * The start of a daemon as a list of steps: whichever fails, those before it are undone; first of steps that only note it, then of a real daemon.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { CircuitError } from '../../../src/base/error.js';
import { type Step, takeSteps, undoSteps } from '../../../src/cli/daemon/steps.js';
import { needs } from '../../lib/machine.js';
import type { Found } from './failing-steps.js';

const LIMIT_MS = 50_000;
const FAILING = fileURLToPath(new URL('failing-steps.js', import.meta.url));

describe('steps', () => {
  const noted: string[] = [];
  const note = (text: string): void => void noted.push(text);
  const fail = (error: Error) => (): never => {
    throw error;
  };
  const step = (name: string, more: Partial<Step> = {}): Step => ({
    name,
    take: () => note(name),
    undo: () => note(`no ${name}`),
    ...more,
  });
  const failure = async (steps: readonly Step[]): Promise<CircuitError> => {
    const error: unknown = await takeSteps(steps, note).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(CircuitError);
    return error as CircuitError;
  };

  beforeEach(() => noted.splice(0));

  it('are taken in order', async () => {
    await takeSteps([step('a'), step('b')], note);
    expect(noted).to.deep.equal(['a', 'b']);
  });

  it('are undone from the last one on, without the one that failed, whose error is told', async () => {
    const error = await failure([step('a'), step('b'), step('c', { take: fail(new CircuitError('EBUSY', 'in use')) }), step('d')]);
    expect(error).to.include({ code: 'EBUSY', message: 'in use' });
    expect(noted).to.deep.equal(['a', 'b', 'no b', 'no a']);
  });

  it('fail with a sentence that names the step if the system or a fault of ours is the reason', async () => {
    const error = await failure([step('opening the door', { take: fail(new Error('EMFILE: too many open files')) })]);
    expect(error).to.include({ code: 'EIO', message: 'opening the door: EMFILE: too many open files' });
  });

  it('are undone whatever becomes of another one', async () => {
    const stuck = step('b', { undo: fail(new Error('stuck')) });
    expect(await failure([step('a'), stuck, step('c', { take: fail(new Error('no')) })])).to.have.property('message', 'c: no');
    expect(noted).to.deep.equal(['a', 'b', 'b: stuck', 'no a']);
    expect(await undoSteps([step('a'), stuck], note)).to.equal(false);
    expect(await undoSteps([step('a')], note)).to.equal(true);
  });
});

describe('a daemon that fails at a step of its start', () => {
  it('leaves no child, no mount, no socket and no file, whichever step it is', async function () {
    needs(this, 'linux', 'fuse', 'root');
    const scratch = mkdtempSync(join(tmpdir(), 'steps-'));
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [FAILING, scratch], { timeout: LIMIT_MS });
      const found = stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Found); // prettier-ignore
      const last = found.at(-1);
      expect(found.map(({ behind }) => behind)).to.include.members(['nothing', 'preparing the mount point', 'starting the server', 'listening', 'mounting', 'starting the launcher', 'saying where it is']); // prettier-ignore
      expect(last?.there, 'what the last step finds').to.deep.include({ isMounted: true, isLocked: true, children: 2 });
      for (const { behind, error, left } of found)
        expect({ behind, error, left }).to.deep.equal({
          behind,
          error: 'failing on purpose: injected',
          left: { children: [], descriptors: [], files: [], isMounted: false },
        });
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});
