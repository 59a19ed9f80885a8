/**
 * `npm run bench [FIGURE…] [-- --quick]`: measures all figures, or those named, and prints them as Markdown.
 */
import type { Figure } from './figure.js';
import { cluster } from './figures/cluster.js';
import { commands } from './figures/commands.js';
import { container } from './figures/container.js';
import { dns } from './figures/dns.js';
import { idle } from './figures/idle.js';
import { listing } from './figures/listing.js';
import { lock } from './figures/lock.js';
import { message } from './figures/message.js';
import { operations } from './figures/operations.js';
import { packets } from './figures/packets.js';
import { processes } from './figures/processes.js';
import { remoteFar } from './figures/remote-far.js';
import { remoteListing } from './figures/remote-listing.js';
import { remoteMany } from './figures/remote-many.js';
import { remoteMessage } from './figures/remote-message.js';
import { remotePeek } from './figures/remote-peek.js';
import { remoteThroughput } from './figures/remote-throughput.js';
import { run } from './figures/run.js';
import { storm } from './figures/storm.js';
import { scale } from './figures/scale.js';
import { take } from './figures/take.js';
import { throughput } from './figures/throughput.js';
import { topic } from './figures/topic.js';
import { AbsentError } from './program.js';
import { machine, rowsOf, TABLE_HEAD } from './report.js';
import { Scope } from './scope.js';
import { FULL, QUICK } from './settings.js';

const FIGURES: readonly Figure[] = [
  operations,
  listing,
  message,
  packets,
  lock,
  take,
  topic,
  throughput,
  processes,
  scale,
  container,
  dns,
  idle,
  commands,
  remotePeek,
  remoteListing,
  remoteMessage,
  remoteThroughput,
  remoteMany,
  remoteFar,
  run,
  cluster,
  storm,
];

const args = process.argv.slice(2);
const settings = args.includes('--quick') ? QUICK : FULL;
const names = args.filter((arg) => arg !== '--quick');
const unknown = names.find((name) => FIGURES.every((figure) => figure.name !== name));
if (unknown !== undefined) {
  console.error(`no figure "${unknown}"; there are ${FIGURES.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void Scope.disposeAll().then(() => process.exit(1)));
}
console.log(`${machine()}; ${settings.rounds} rounds, medians\n`);
for (const figure of FIGURES.filter(({ name }) => names.length === 0 || names.includes(name))) {
  console.log(`## ${figure.title}\n\n${TABLE_HEAD}`);
  await using scope = new Scope();
  try {
    for await (const result of figure.run(scope, settings)) console.log(rowsOf(result));
  } catch (error) {
    if (!(error instanceof AbsentError)) throw error;
    console.log(`\npassed over: ${error.message}`);
  }
  console.log();
}
