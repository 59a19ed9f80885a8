/**
 * Domain names as text (RFC 1035 section 5.1): fully qualified, compared without case.
 *
 * Labels are printable ASCII, as host names, service names and wildcards need it; other bytes that the wire allows cannot be set here. A name as a key
 * is in lower case and ends with a dot.
 */
import { CircuitError } from '../../base/error.js';

/** Longest name on the wire, in bytes (RFC 1035 section 2.3.4). */
const DOMAIN_NAME_MAX_BYTES = 255;
/** RFC 1035 section 2.3.4. */
const LABEL_MAX_BYTES = 63;
/** Not printable, or something that means something in a zone file, the dot included. */
const ODD = /[^!#-'*-\-/-:<-?A-[\]-~]/g;

/** A name that ends with a dot, as it was spelt. One without it is fully qualified too: there is no other origin. @throws CircuitError EINVAL */
export function parseName(text: string): string {
  return parse(text, text.split('.'));
}

/** A mailbox as a name: `first\.last.example.` is first.last@example. @throws CircuitError EINVAL */
export function parseMailbox(text: string): string {
  if (text.includes('@'))
    throw new CircuitError('EINVAL', `"${text}": a mailbox is written with a dot instead of the @, as in hostmaster.example.`);
  return parse(text, text.split(/(?<!\\)\./));
}

/** @param parts its labels; in the first, the local part of a mailbox, `\.` is a dot */
function parse(text: string, parts: readonly string[]): string {
  if (text === '.') return text;
  const labels = parts.at(-1) === '' ? parts.slice(0, -1) : parts;
  const refuse = (why: string): never => {
    throw new CircuitError('EINVAL', `"${text}" is no domain name: ${why}`);
  };
  if (labels.length === 0 || labels.includes('')) refuse('a label is empty');
  const [first = '', ...others] = labels;
  if (![first.replaceAll('\\.', ''), ...others].every((label) => escapeLabel(label) === label))
    refuse('labels are printable ASCII (for others see Punycode, xn--…)');
  if (labels.some((label) => label.replaceAll('\\', '').length > LABEL_MAX_BYTES)) refuse(`a label has at most ${LABEL_MAX_BYTES} bytes`);
  const name = `${labels.join('.')}.`;
  if (name.replaceAll('\\', '').length + 1 > DOMAIN_NAME_MAX_BYTES) refuse(`it has at most ${DOMAIN_NAME_MAX_BYTES} bytes`);
  return name;
}

/** By which names are compared (RFC 4343). */
export function keyOf(name: string): string {
  return name.toLowerCase();
}

/** A label as it comes over the wire, Latin-1: what no name here has is made different from all that they have. */
export function escapeLabel(label: string): string {
  return label.replace(ODD, (character) => `\\${character.charCodeAt(0)}`);
}

/** The names above a key, the nearest first, the root last. */
export function ancestorsOf(key: string): readonly string[] {
  const ancestors = [];
  for (let rest = key; rest !== '.';) {
    rest = rest.slice(rest.indexOf('.') + 1) || '.';
    ancestors.push(rest);
  }
  return ancestors;
}

/** As it goes over the wire, uncompressed (RFC 1035 section 3.1). */
export function encodeName(name: string): Buffer {
  const labels = name === '.' ? [] : name.slice(0, -1).split('.');
  return Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), Buffer.from(label, 'latin1')]), Buffer.of(0)]);
}
