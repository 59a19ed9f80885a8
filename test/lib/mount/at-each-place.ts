/**
 * The same tests in the directory of the mounted server, and in that of another one: everything is to be alike.
 */
import { needs, type Part } from '../machine.js';
import { Neighbours, type PlaceName, PLACES } from '../neighbours.js';
import { Programs } from './programs.js';

/** What a test has there; looked at when it runs. */
export interface Surroundings {
  readonly where: PlaceName;
  readonly neighbours: Neighbours;
  /** They know the test's own anchor, which is there at its begin and gone after it, as $A. */
  readonly programs: Programs;
}

export function atEachPlace(title: string, parts: readonly Part[], tests: (here: Surroundings) => void): void {
  for (const where of PLACES)
    describe(`${title}, at ${where}`, function () {
      let neighbours: Neighbours | undefined;
      let programs: Programs | undefined;
      const started = <T>(what: T | undefined): T => {
        if (what === undefined) throw new Error('nothing runs yet');
        return what;
      };

      before(async function () {
        needs(this, ...parts);
        neighbours = await Neighbours.start(where);
        programs = new Programs({ A: `${neighbours.directory}/a` });
      });

      after(() => neighbours?.stop());

      beforeEach(() => programs?.run('mkdir $A'));

      afterEach(async function () {
        if (this.currentTest?.state === 'failed') console.log(neighbours?.log);
        await programs?.end();
        await programs?.run('echo signal KILL > $A/ctl || :; echo scrub > $A/ctl || :; rmdir $A');
      });

      tests({
        where,
        get neighbours() {
          return started(neighbours);
        },
        get programs() {
          return started(programs);
        },
      });
    });
}
