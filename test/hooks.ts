/**
 * Around the whole run, and around each file where files run in processes of their own (`mocha --parallel`): a run that leaves something on the
 * machine fails, says what it was and whose, and cleans it up.
 */
import { relative } from 'node:path';
import { watchChildren } from './lib/children.js';
import { removeImage, stopDockerEngine } from './lib/docker.js';
import { markFile, removeOwn, Traces } from './lib/traces.js';

let traces: Traces | undefined;

watchChildren();
// What this machine is configured for is no matter of the tests.
process.env['CIRCUIT_CONFIG'] ??= '';

/** Once a run, in the process that starts the others. */
export function mochaGlobalSetup(): void {
  traces = new Traces();
}

/** Once a run, when the others have ended. */
export async function mochaGlobalTeardown(): Promise<void> {
  if (traces?.isInner !== true) await removeImage();
  expectNothing('the tests', (await traces?.remove()) ?? []);
}

/** In each process of the run; around each file if there are several. */
export const mochaHooks: Mocha.RootHookObject = {
  beforeAll(this: Mocha.Context) {
    const files = filesOf(this);
    markFile(files.length === 1 ? files[0] : undefined);
  },
  async afterAll(this: Mocha.Context) {
    this.timeout(60_000); // an engine ends its containers first
    await stopDockerEngine();
    expectNothing(filesOf(this).at(-1) ?? 'the tests', await removeOwn());
  },
};

/** The files whose tests run between the root hooks: one if each has a process of its own, else all. */
function filesOf({ test: hook }: Mocha.Context): readonly string[] {
  const { suites = [], tests = [] } = hook?.parent ?? {};
  const files = [...suites, ...tests].map(({ file }) => file).filter((file) => file !== undefined);
  return [...new Set(files)].map((file) => relative(process.cwd(), file));
}

function expectNothing(who: string, left: readonly string[]): void {
  if (left.length > 0) throw new Error(`${who} left behind:\n  ${left.join('\n  ')}`);
}
