/**
 * A channel as a queue of jobs: each is received by one of several workers, which runs it on a server of its own. In plain JavaScript.
 *
 *   node examples/queue.mjs [JOBS]     6 unless given
 */
import { text } from 'node:stream/consumers';
import { dial } from 'circuitfs';

const count = Number(process.argv[2] ?? 6);

const circuit = await dial();
try {
  const jobs = await circuit.walk('/self/queue').makeChannel(10);
  try {
    const workers = circuit.members().map(({ id }) => work(id, jobs));
    for (let number = 1; number <= count; number++) await jobs.send(String(number));
    await jobs.close();
    await Promise.all(workers);
    console.log('All done.');
  } finally {
    await jobs.scrub();
  }
} finally {
  await circuit.close();
}

/** Ends when the channel is closed and empty. */
async function work(id, jobs) {
  for await (const job of jobs) {
    const number = String(job);
    const program = await circuit.walk([id, `queue-${number}`]).makeProcess({ Path: 'expr', Args: [number, '*', number] });
    console.log(`${number} squared is ${(await text(await program.stdout())).trim()}, by ${id}`);
    await program.scrub();
  }
}
