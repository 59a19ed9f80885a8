/**
 * Which servers a command means: by host name, ID, or what only one of these begins with; and what each is called in its output. Pure.
 */
import { CircuitError } from '../base/error.js';
import { SERVERS_TOLD_MAX } from '../base/limits.js';
import { escapeControls } from '../base/quote.js';
import type { Member } from '../api/index.js';
import { namesOf, type Whereabouts } from '../api/paths.js';

/**
 * The servers that are meant, in the order in which they were named, each once.
 * @throws CircuitError ENOENT for a word that fits none, EINVAL for one that fits several
 */
export function serversNamed(words: readonly string[], circuit: Whereabouts): readonly Member[] {
  return [...new Set(words.map((word) => serverNamed(word, circuit)))];
}

function serverNamed(word: string, circuit: Whereabouts): Member {
  const members = circuit.members();
  const [name = ''] = word.startsWith('/') || word === 'self' ? namesOf(word, circuit) : [word.replace(/^host\//, '')];
  const called = members.filter((member) => namesFor(member).includes(name));
  const fitting =
    called.length > 0 || name === '' ? called : members.filter((member) => namesFor(member).some((each) => each.startsWith(name)));
  const [server] = fitting;
  const shown = escapeControls(name);
  if (server === undefined) throw new CircuitError('ENOENT', `no server is called "${shown}": expected one of ${listed(members)}`);
  if (fitting.length > 1) throw new CircuitError('EINVAL', `"${shown}" may be ${listed(fitting)}: give more of its name, or its ID`);
  return server;
}

/** All that it may be called by; the last one is how it is listed where several servers have that host. */
function namesFor({ id, host }: Member): readonly string[] {
  return host === '' ? [id] : [id, host, `${host}.${id}`];
}

/** What each is called: its host's name, with the ID if several have that; the ID alone if it has none. */
export function labelsOf(members: readonly Member[]): ReadonlyMap<Member, string> {
  const counts = new Map<string, number>();
  for (const { host } of members) counts.set(host, (counts.get(host) ?? 0) + 1);
  const label = ({ id, host }: Member): string => (host === '' ? id : (counts.get(host) ?? 0) > 1 ? `${host}.${id}` : host);
  return new Map(members.map((member) => [member, escapeControls(label(member))]));
}

/** What a server is called, by its ID; undefined for what is no live server. */
export function nameIn(circuit: Whereabouts): (id: string) => string | undefined {
  const labels = labelsOf(circuit.members());
  const names = new Map([...labels].map(([{ id }, label]) => [id, label]));
  return (id) => names.get(id);
}

function listed(members: readonly Member[]): string {
  const names = [...labelsOf(members).values()].sort();
  const more = names.length - SERVERS_TOLD_MAX;
  return names.slice(0, SERVERS_TOLD_MAX).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
