/**
 * Where a server looks for others besides multicast: the addresses that it was told, a DNS name, and those that it knew last.
 */
import type { ServerUrl } from '../base/address.js';
import { SYSTEM_CLOCK } from '../base/clock.js';
import { DnsName, SYSTEM_RESOLVER } from '../cluster/discovery/dns-name.js';
import { FixedAddresses } from '../cluster/discovery/fixed.js';
import type { Source } from '../cluster/discovery/hint.js';
import type { MembersFile } from '../cluster/discovery/members-file.js';
import type { Log } from '../base/log.js';

interface Told {
  readonly join: readonly ServerUrl[];
  /** `NAME` or `NAME:PORT`. */
  readonly joinName: string | undefined;
}

export function sourcesOf({ join, joinName }: Told, snapshot: MembersFile | undefined, log: Log): readonly Source[] {
  const sources: Source[] = [new FixedAddresses(join, SYSTEM_CLOCK, Math.random)];
  if (joinName !== undefined) sources.push(dnsName(joinName, log));
  if (snapshot !== undefined) sources.push(snapshot);
  return sources;
}

function dnsName(text: string, log: Log): DnsName {
  const [, name = text, port] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  return new DnsName({
    name,
    ...(port !== undefined && { port: Number(port) }),
    resolver: SYSTEM_RESOLVER,
    log,
    clock: SYSTEM_CLOCK,
    random: Math.random,
  });
}
