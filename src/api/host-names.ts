/**
 * The live servers by the names of their hosts.
 */
import type { Member } from '../tree/server-tree.js';

/** RFC 1123, section 2.1. */
const HOST_NAME = /^(?=.{1,253}$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i;

/** A peer may call itself what it likes: what is no host name is shown as the server's ID. */
export function hostOf({ host, id }: Member): string {
  return HOST_NAME.test(host) ? host : id;
}

/** The entries of `host/`: the server of a host that joined first has the plain name, others of that host have their ID in it too. */
export function linksByHost(members: readonly Member[]): ReadonlyMap<string, Member> {
  const known = linksOf.get(members);
  if (known !== undefined) return known;
  const links = sortedLinks(members);
  linksOf.set(members, links);
  return links;
}

/** By the list that membership has made: a listing of `host/` asks for each of its entries. */
const linksOf = new WeakMap<readonly Member[], ReadonlyMap<string, Member>>();

function sortedLinks(members: readonly Member[]): ReadonlyMap<string, Member> {
  const links = new Map<string, Member>();
  const inOrder = [...members].sort((a, b) => a.joined.getTime() - b.joined.getTime() || (a.id < b.id ? -1 : 1));
  for (const member of inOrder) {
    const host = hostOf(member);
    links.set(links.has(host) || host === 'help' ? `${host}.${member.id}` : host, member);
  }
  return links;
}
