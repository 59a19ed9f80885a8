/**
 * Runs five programs, spread over the servers of a circuit, and waits for all of them. If a server dies, another one runs its program anew.
 *
 *   node dist/examples/wait-all.js [SECONDS]     program i sleeps i times that long, 3 s unless given
 */
import { type Circuit, dial, isCircuitError } from 'circuit';

const PROGRAMS = [1, 2, 3, 4, 5] as const;
const unit_s = Number(process.argv[2] ?? 3);

/** Returns the server that has run it to its end. */
async function run(circuit: Circuit, number: number, attempt = 0): Promise<string> {
  const servers = circuit.members();
  const id = servers[(number + attempt) % servers.length]?.id ?? circuit.serverId;
  try {
    const sleep = await circuit.walk(`/${id}/wait-all/${number}`).makeProcess({ Path: 'sleep', Args: [String(number * unit_s)] });
    await sleep.wait();
    await sleep.scrub();
    return id;
  } catch (error) {
    // Without the server that was dialled there is no way to the others.
    if (!isCircuitError(error, 'EHOSTDOWN') || id === circuit.serverId) throw error;
    return run(circuit, number, attempt + 1);
  }
}

await using circuit = await dial();
const programs = PROGRAMS.map(async (number) => {
  const id = await run(circuit, number);
  console.log(`program ${number} has ended on ${id}`);
});
await Promise.all(programs);
console.log('All done.');
