/**
 * mocha's usual report, and its figures in the file that CIRCUIT_TEST_COUNTS names. (CommonJS, since that is how mocha loads a reporter.)
 */
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(process.env.CIRCUIT_TEST_COUNTS, `${passes} ${failures} ${pending}\n`);
    });
  }
};
