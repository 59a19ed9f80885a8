/**
 * `circuit members`: the live servers, for people, for programs, and for Prometheus, which finds what to scrape by it.
 */
import type { Command } from 'commander';
import { formatAddress, parseAddress } from '../base/address.js';
import { shownJson } from '../base/quote.js';
import type { Member } from '../api/index.js';
import type { Console } from '../console/console.js';
import { clientCommand } from './client-command.js';
import { type DialGiven, withCircuit } from './options/dialling.js';
import { parsePort } from './options/listen.js';
import { understood } from './options/row.js';
import { print } from './output.js';
import { tableText } from './ps/table.js';

interface Given extends DialGiven {
  readonly json: boolean;
  readonly httpSd?: number;
}

export function membersCommand(console: Console): Command {
  return clientCommand({
    name: 'members',
    arguments: '',
    help: 'list the live servers: ID, address, host, and since when each is there',
    examples: ['circuit members', 'circuit members --json', 'circuit members --http-sd 9102 > targets.json'],
  })
    .option('--json', 'print them as JSON', false)
    .option('--http-sd <PORT>', 'print them as Prometheus finds targets, each with the port of its --metrics', understood(parsePort))
    .action((given: Given) =>
      withCircuit(console, given, async (circuit) => {
        const members = [...circuit.members()].sort((one, other) => (one.host < other.host ? -1 : one.host > other.host ? 1 : 0));
        await print(console.stdout, textOf(members, given));
      }),
    );
}

function textOf(members: readonly Member[], { json, httpSd }: Given): string {
  if (httpSd !== undefined) return `${shownJson(targetsOf(members, httpSd), '\t')}\n`;
  if (json) return `${shownJson(members.map(({ joined, ...member }) => ({ ...member, joined: joined.toISOString() })), '\t')}\n`; // prettier-ignore
  const rows = members.map(({ id, address, host, joined }) => [id, address, host, joined.toISOString()]);
  return `${tableText(['ID', 'ADDRESS', 'HOST', 'JOINED'], rows, Infinity).join('\n')}\n`;
}

/** As Prometheus' HTTP service discovery and its files have it. @param port where each serves its metrics */
export function targetsOf(members: readonly Member[], port: number): readonly object[] {
  return members
    .filter(({ address }) => address !== '')
    .map(({ id, address, host }) => ({
      targets: [formatAddress({ host: parseAddress(address).host, port })],
      labels: { circuit_host: host, circuit_server: id },
    }));
}
