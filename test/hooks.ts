/**
 * Around the whole run, and around each file where files run in processes of their own (`mocha --parallel`): a run that leaves something on the
 * machine fails, says what it was, and cleans it up.
 */
import { removeImage, stopDockerEngine } from './docker.js';
import { removeOwn, Traces } from './traces.js';

let traces: Traces | undefined;

/** Once a run, in the process that starts the others. */
export function mochaGlobalSetup(): void {
  traces = new Traces();
}

/** Once a run, when the others have ended. */
export async function mochaGlobalTeardown(): Promise<void> {
  await removeImage();
  expectNothing((await traces?.remove()) ?? []);
}

/** In each process of the run; after each file if there are several. */
export const mochaHooks: Mocha.RootHookObject = {
  async afterAll(this: Mocha.Context) {
    this.timeout(60_000); // an engine ends its containers first
    await stopDockerEngine();
    expectNothing(removeOwn());
  },
};

function expectNothing(left: readonly string[]): void {
  if (left.length > 0) throw new Error(`the tests left behind:\n  ${left.join('\n  ')}`);
}
