/**
 * `circuit install-service`: the unit of systemd, where no package brought one.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { geteuid } from 'node:process';
import { Command } from 'commander';
import { CircuitError } from '../base/error.js';
import type { Console } from '../console/console.js';
import { print } from './output.js';
import { serviceUnit } from './service-unit.js';

interface Given {
  readonly force: boolean;
  readonly output?: string;
}

export function installServiceCommand({ stdout }: Console): Command {
  return new Command('install-service')
    .description("write a unit of systemd that runs a server: the system's as root, else your own")
    .argument('[OPTION...]', 'options of "circuit start" for it, behind --')
    .option('--force', 'replace a unit that differs', false)
    .option('--output <FILE>', 'write it there; - is standard output')
    .addHelpText(
      'after',
      '\nExample:\n  circuit install-service -- --if eth0:11022 --key /etc/circuit/key\n  systemctl enable --now circuit',
    )
    .action(async (options: readonly string[], { force, output }: Given) => {
      const isRoot = geteuid?.() === 0;
      const [, program = ''] = process.argv;
      const command = [process.execPath, resolve(program), 'start', ...options];
      const text = serviceUnit({ kind: isRoot ? 'system' : 'user', command });
      if (output === '-') return print(stdout, text);
      const file = output === undefined ? placeOfUnit(isRoot) : resolve(output);
      write(file, text, force);
      const ctl = isRoot ? 'systemctl' : 'systemctl --user';
      await print(stdout, `${file}\nNow: ${ctl} daemon-reload && ${ctl} enable --now circuit\n`);
    });
}

function placeOfUnit(isRoot: boolean): string {
  const { XDG_CONFIG_HOME: config = '' } = process.env;
  return isRoot ? '/etc/systemd/system/circuit.service' : join(config || join(homedir(), '.config'), 'systemd/user/circuit.service');
}

/** @throws CircuitError EEXIST for a unit of another text, and the system's codes */
function write(file: string, text: string, force: boolean): void {
  try {
    if (!force && existsSync(file) && readFileSync(file, 'utf8') !== text) {
      throw new CircuitError('EEXIST', `${file}: a unit with another text is there; --force replaces it`);
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw CircuitError.from(error);
  }
}
