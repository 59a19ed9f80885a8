/**
 * What a server tells of its inside to those who look for a fault in it, as JSON. Each is made when it is asked for, and holds the server up for some ten milliseconds at most.
 */
import { getBuiltinModule, report } from 'node:process';
import { CircuitError } from '../base/error.js';
import type { ProfileName } from '../tree/server-tree.js';

// Else it would look up the names of all hosts that it is connected with, and stand still until the name server has answered.
Object.assign(report, { excludeNetwork: true });

const PROFILES: Readonly<Record<ProfileName, () => unknown>> = {
  /** Node's diagnostic report: stacks, memory, limits, handles. The environment may hold secrets and has a file of its own. */
  report: () => ({ ...report.getReport(), environmentVariables: undefined }),
  heap: () => {
    const { getHeapSpaceStatistics, getHeapStatistics } = getBuiltinModule('node:v8'); // 2 ms of each start if it were imported
    return { ...getHeapStatistics(), spaces: getHeapSpaceStatistics() };
  },
};

/** @throws CircuitError EINVAL for a name that is none */
export function profile(name: string): string {
  if (!Object.hasOwn(PROFILES, name)) {
    throw new CircuitError('EINVAL', `unknown profile "${name}": expected one of ${Object.keys(PROFILES).join(', ')}`);
  }
  return JSON.stringify(PROFILES[name as ProfileName](), null, '\t');
}
