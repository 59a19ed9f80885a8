/**
 * Runs five programs, spread over the servers of a circuit, waits for the first that ends, and clears the others away.
 *
 *   node dist/examples/wait-first.js [SECONDS]     program i sleeps i times that long, 3 s unless given
 */
import { dial, type ErrorCode, isCircuitError, type Process } from 'circuitfs';

const PROGRAMS = [1, 2, 3, 4, 5] as const;
const unit_s = Number(process.argv[2] ?? 3);
/** By Ctrl-C and the like; a second one does not break off what is done then. */
const interrupted = new AbortController();
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

/** Ends a program, and takes it off its anchor. */
async function clear(program: Process): Promise<void> {
  try {
    await program.signal('KILL').catch(unless('EINVAL')); // it has ended already
    await program.wait();
    await program.scrub();
  } catch (error) {
    unless('EHOSTDOWN', 'ENOENT')(error); // it is gone with its server
  }
}

/** Lets errors of these codes pass, and throws any other. */
function unless(...codes: readonly ErrorCode[]): (error: unknown) => void {
  return (error) => {
    if (!isCircuitError(error, ...codes)) throw error;
  };
}

await using circuit = await dial();
const servers = [...circuit.view().values()];
const programs = await Promise.all(
  PROGRAMS.map(async (number) => {
    const server = servers[number % servers.length] ?? circuit.walk('/self');
    return server.walk(`wait-first/${number}`).makeProcess({ Path: 'sleep', Args: [String(number * unit_s)] });
  }),
);

try {
  const first = await Promise.any(programs.map(async (program) => program.wait(interrupted).then(() => program)));
  console.log(`${first.path} was first`);
} catch (error) {
  if (!interrupted.signal.aborted) throw error;
  process.exitCode = 1;
} finally {
  await Promise.all(programs.map(clear));
}
if (!interrupted.signal.aborted) console.log('One done.');
