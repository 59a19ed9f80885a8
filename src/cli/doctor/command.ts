/**
 * `circuit doctor`: says what a server or a client would miss on this machine, and what to do, a line a check.
 */
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { geteuid } from 'node:process';
import { Command } from 'commander';
import { DEFAULT_GROUP, type Group } from '../../cluster/discovery/group.js';
import { ownKeyPath } from '../../wire/key-file.js';
import { discoverOption, keyOptions } from '../network-options.js';
import type { Check, Finding } from './finding.js';

interface Given {
  readonly discover?: Group | 'none';
  readonly hmac?: string;
  readonly insecure: boolean;
  readonly json: boolean;
}

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description('check what this machine has of what circuit needs, and say what to do')
    .addOption(discoverOption('the multicast group to try'))
    .option('--json', 'print the findings as JSON', false)
    .addHelpText('after', '\nExample:\n  circuit doctor\n\nExit status: 1 if something failed; a warning is none.');
  for (const option of keyOptions()) command.addOption(option);
  return command.action(async (given: Given) => {
    const { findingsText, statusOf } = await import('./finding.js');
    const findings = await examine(given);
    process.stdout.write(given.json ? `${JSON.stringify(findings, undefined, '\t')}\n` : findingsText(findings));
    process.exitCode = statusOf(findings);
  });
}

/** All at a time, told in the order of the checks. */
async function examine(given: Given): Promise<readonly Finding[]> {
  const [machine, network, look, lookOut] = await Promise.all([
    import('./machine.js'),
    import('./network.js'),
    import('./look-at-machine.js'),
    import('./look-at-network.js'),
  ]);
  const { discover, hmac } = given;
  const isNamed = hmac !== undefined && hmac !== '';
  const file = isNamed ? resolve(hmac) : ownKeyPath({ uid: geteuid?.() ?? 0, home: homedir(), env: process.env });
  const group = discover === undefined || discover === 'none' ? DEFAULT_GROUP : discover;
  const checks = [
    run({ look: look.lookAtNode, judge: machine.judgeNode }),
    run({ look: look.lookAtAddon, judge: machine.judgeAddon }),
    run({ look: look.lookAtFuse, judge: machine.judgeFuse }),
    run({ look: () => look.lookAtDocker(), judge: machine.judgeDocker }),
    run({ look: () => lookOut.lookAtMulticast(group), judge: network.judgeMulticast }),
    run({ look: () => lookOut.lookAtPorts(), judge: network.judgePorts }),
    run({ look: () => lookOut.lookAtKey(file, isNamed), judge: network.judgeKey }),
  ];
  return (await Promise.all(checks)).flat();
}

async function run<Seen>({ look, judge }: Check<Seen>): Promise<readonly Finding[]> {
  return judge(await look());
}
