/**
 * `circuit doctor`: says what a server or a client would miss on this machine, and what to do, a line a check.
 */
import type { Command } from 'commander';
import { shownJson } from '../../base/quote.js';
import { DEFAULT_GROUP, type Group } from '../../cluster/discovery/group.js';
import type { Console } from '../../console/console.js';
import { ownKeyPath } from '../../wire/transport/key-file.js';
import { clientCommand } from '../client-command.js';
import { type DialGiven, dialCircuit, entrancesOf } from '../options/dialling.js';
import { keyFileOf } from '../options/network.js';
import { print } from '../output.js';
import type { Check, Finding } from './finding.js';

const NO_KEY = { error: 'there is no key yet, so no server of yours has been started: start one with "circuit start"' };

interface Given extends DialGiven {
  readonly json: boolean;
}

export function doctorCommand(console: Console): Command {
  return clientCommand({
    name: 'doctor',
    arguments: '',
    help: 'check what this machine has of what circuit needs, and say what to do',
    examples: ['circuit doctor', 'circuit doctor --json'],
  })
    .option('--json', 'print the findings as JSON', false)
    .addHelpText('after', '\nExit status: 1 if something failed; a warning is none.')
    .action(async (given: Given) => {
      const { findingsText, statusOf } = await import('./finding.js');
      const findings = await examine(console, given);
      await print(console.stdout, given.json ? `${shownJson(findings, '\t')}\n` : findingsText(findings));
      console.status = statusOf(findings);
    });
}

/** All at a time, told in the order of the checks. */
async function examine(console: Console, given: Given): Promise<readonly Finding[]> {
  const [
    { judgeCompiled, judgeDocker, judgeFuse, judgeNode },
    { judgeKey, judgeMulticast, judgePorts, judgeServer },
    { lookAtCompiled, lookAtDocker, lookAtFuse, lookAtNode },
    { lookAtKey, lookAtMulticast, lookAtPorts, lookForServer },
    { judgeConfig, judgeMetrics, judgePort },
    { lookAtConfig, lookAtMetrics, lookAtPort },
  ] = await Promise.all([
    import('./machine.js'),
    import('./network.js'),
    import('./look-at-machine.js'),
    import('./look-at-network.js'),
    import('./configuration.js'),
    import('./look-at-configuration.js'),
  ]);
  const config = lookAtConfig(given.config, console.env);
  // A client reads the host's file as well: what is wrong with that is said by the check of the server.
  const found =
    config.path === undefined || 'options' in config.state ? entrancesOf(given, console) : { keys: given, group: given.discover };
  const named = keyFileOf(found.keys, console);
  const key = lookAtKey(named ?? ownKeyPath(), named !== undefined);
  // To dial would make the user's own key, and nothing is made here.
  const isKeyed = key.state !== undefined || found.keys.insecure || found.keys.writtenKey !== undefined;
  const server = isKeyed ? lookForServer(() => dialCircuit(console, given)) : Promise.resolve(NO_KEY);
  const address = server.then((seen) => ('address' in seen ? seen.address : undefined));
  const checks = [
    run({ look: lookAtNode, judge: judgeNode }),
    run({ look: lookAtCompiled, judge: judgeCompiled }),
    run({ look: lookAtFuse, judge: judgeFuse }),
    run({ look: () => lookAtDocker(), judge: judgeDocker }),
    run({ look: () => lookAtMulticast(groupToTry(found.group)), judge: judgeMulticast }),
    run({ look: () => lookAtPorts(), judge: judgePorts }),
    run({ look: () => config, judge: judgeConfig }),
    run({ look: async () => lookAtPort(config.listen, await address), judge: judgePort }),
    run({ look: () => lookAtMetrics(config.metrics), judge: judgeMetrics }),
    run({ look: () => key, judge: judgeKey }),
    run({ look: () => server, judge: judgeServer }),
  ];
  return (await Promise.all(checks)).flat();
}

function groupToTry(group: Group | 'none' | undefined): Group {
  return group === undefined || group === 'none' ? DEFAULT_GROUP : group;
}

async function run<Seen>({ look, judge }: Check<Seen>): Promise<readonly Finding[]> {
  return judge(await look());
}
