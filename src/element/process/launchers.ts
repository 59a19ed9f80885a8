/**
 * The two launchers, and which of them starts the programs of a server on this system.
 */
import { hasLauncher } from '../../../native/index.js';
import { Launcher } from './launcher.js';
import type { LaunchRequest } from './launcher-protocol.js';
import { Orphans } from './orphans.js';
import { Output } from './output.js';
import { PipeSink } from './pipe-sink.js';
import { closeEnds, openPipes } from './pipes.js';
import { PortableLauncher } from './portable/launcher.js';
import type { LauncherOptions, OrphanKeeper, ProgramLauncher, StartedProgram } from './program-launcher.js';

export interface LauncherKind {
  /** Before the mount, so that it holds nothing of it. @throws Error when the system is out of something */
  start(options: LauncherOptions): ProgramLauncher;
  /** Made before the first one is started. */
  orphans(): OrphanKeeper;
}

/** A program in C: no descendant escapes it. */
export const COMPILED_LAUNCHER: LauncherKind = {
  start: (options) => {
    const launcher = Launcher.start(options);
    return {
      pid: launcher.pid,
      answers: () => launcher.answers(),
      start: (request) => startWithPipes(launcher, request),
      stop: () => launcher.stop(),
    };
  },
  orphans: () => new Orphans(),
};

/** A program of Node's: for systems on which the other one is not built. */
export const PORTABLE_LAUNCHER: LauncherKind = {
  start: (options) => PortableLauncher.start(options),
  orphans: () => ({ end: async () => Promise.resolve([]) }), // it ends them itself, as far as it knows them
};

export function launcherOfThisSystem(): LauncherKind {
  return hasLauncher() ? COMPILED_LAUNCHER : PORTABLE_LAUNCHER;
}

/** @throws as `Launcher.launch`; CircuitError EAGAIN when the server has no descriptors left */
async function startWithPipes(launcher: Launcher, request: LaunchRequest): Promise<StartedProgram> {
  const { ours, theirs } = openPipes();
  const [stdin, stdout, stderr] = ours;
  try {
    return {
      process: await launcher.launch(request, theirs),
      stdin: (writable) => new PipeSink(stdin, writable),
      stdout: (window, onFirstHold) => new Output(stdout, window, onFirstHold),
      stderr: (window, onFirstHold) => new Output(stderr, window, onFirstHold),
    };
  } catch (error) {
    closeEnds(ours);
    throw error;
  } finally {
    closeEnds(theirs);
  }
}
