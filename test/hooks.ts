/**
 * Around the whole run: a run that leaves something on the machine fails, says what it was, and cleans it up.
 */
import { stopDockerEngine } from './docker.js';
import { Traces } from './traces.js';

let traces: Traces | undefined;

/** Root hooks, as mocha's `--require` finds them. */
export const mochaHooks: Mocha.RootHookObject = {
  beforeAll() {
    traces = new Traces();
  },
  async afterAll(this: Mocha.Context) {
    this.timeout(60_000); // an engine ends its containers first
    await stopDockerEngine();
    const left = (await traces?.remove()) ?? [];
    if (left.length > 0) throw new Error(`the tests left behind:\n  ${left.join('\n  ')}`);
  },
};
