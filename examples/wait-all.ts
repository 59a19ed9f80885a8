/**
 * Runs five programs, spread over the servers of a circuit, and waits for all of them. If a server dies, another one runs its program anew.
 *
 *   node dist/examples/wait-all.js [SECONDS]     program i sleeps i times that long, 3 s unless given
 */
import { type Circuit, dial, isCircuitError, type Process } from 'circuitfs';

const PROGRAMS = [1, 2, 3, 4, 5] as const;
const unit_s = Number(process.argv[2] ?? 3);
const running = new Set<Process>();
/** By Ctrl-C and the like; a second one does not break off what is done then. */
const interrupted = new AbortController();
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

/** Returns the server that has run it to its end. */
async function run(circuit: Circuit, number: number, attempt = 0): Promise<string> {
  const servers = circuit.members();
  const id = servers[(number + attempt) % servers.length]?.id ?? circuit.serverId;
  try {
    const sleep = await circuit.walk(`/${id}/wait-all/${number}`).makeProcess({ Path: 'sleep', Args: [String(number * unit_s)] });
    running.add(sleep);
    await sleep.wait(interrupted);
    await sleep.scrub();
    running.delete(sleep);
    return id;
  } catch (error) {
    // Without the server that was dialled there is no way to the others.
    if (!isCircuitError(error, 'EHOSTDOWN') || id === circuit.serverId) throw error;
    return run(circuit, number, attempt + 1);
  }
}

/** Ends a program before its time, and takes it off its anchor. */
async function end(sleep: Process): Promise<void> {
  try {
    await sleep.signal('KILL').catch(() => undefined); // it may have ended already
    await sleep.wait();
    await sleep.scrub();
  } catch (error) {
    if (!isCircuitError(error, 'EHOSTDOWN', 'ENOENT')) throw error; // it is gone with its server
  }
}

await using circuit = await dial();
const programs = PROGRAMS.map(async (number) => {
  const id = await run(circuit, number);
  console.log(`program ${number} has ended on ${id}`);
});
try {
  await Promise.all(programs);
  console.log('All done.');
} catch (error) {
  if (!interrupted.signal.aborted) throw error;
  process.exitCode = 1;
} finally {
  interrupted.abort(); // what still runs is not waited for
  await Promise.allSettled(programs);
  await Promise.all([...running].map(end));
}
