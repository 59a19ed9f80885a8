/**
 * The units of systemd that packages bring, of the text that `circuit install-service` writes as well.
 */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ROOT } from '../setup/checkout.js';

const KINDS = { 'circuit.service': 'system', 'circuit@.service': 'template', 'circuit-user.service': 'user' };

/** Name and text of each. @param program the command's path once it is installed */
export async function units(program) {
  const { serviceUnit } = await import(pathToFileURL(join(ROOT, 'dist/src/cli/service-unit.js')).href);
  return Object.entries(KINDS).map(([name, kind]) => [name, serviceUnit({ kind, command: [program, 'start'] })]);
}
