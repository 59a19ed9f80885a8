/**
 * How a server listens that a test starts in its own process: on a free port of the loopback interface, and looks for nobody.
 */
import type { NetworkOptions } from '../../src/server/network-options.js';

/** All but the keys. */
export const ALONE = {
  listen: { host: '127.0.0.1', port: 0 },
  join: [],
  joinName: undefined,
  multicast: undefined,
  keyFile: undefined,
  var: undefined,
  patience_ms: 0,
} as const satisfies Omit<NetworkOptions, 'keys'>;
