/**
 * Domain names as text (RFC 1035 section 5.1): fully qualified, compared without case.
 *
 * A label may contain any bytes. Printable ASCII stands for itself, `\.` is a dot within a label, and `\DDD` is the byte with that decimal value, as
 * `\032` is a space. Each name has one canonical text, with no needless escapes; as a key it is in lower case.
 */
import { CircuitError } from '../../base/error.js';
import { unescapeWord } from './tokens.js';

/** Longest name on the wire, in bytes (RFC 1035 section 2.3.4). */
const DOMAIN_NAME_MAX_BYTES = 255;
/** RFC 1035 section 2.3.4. */
const LABEL_MAX_BYTES = 63;
/** Not printable, or something that means something in a zone file, the dot included. */
const ODD = /[^!#-'*-\-/-:<-?A-[\]-~]/g;
/** A label with its escapes. */
const LABEL = /(?:\\[^]|[^\\.])+/g;

/** A name that ends with a dot, in canonical form. One without it is fully qualified too: there is no other origin. @throws CircuitError EINVAL */
export function parseName(text: string): string {
  if (text === '.') return text;
  const refuse = (why: string): never => {
    throw new CircuitError('EINVAL', `invalid domain name "${text}": ${why}`);
  };
  const spelt = /^(?:\\[^]|[^\\.])+(?:\.(?:\\[^]|[^\\.])+)*\.?$/.test(text) ? (text.match(LABEL) ?? []) : refuse('a label is empty');
  const labels = spelt.map((label) => {
    const bare = label.replace(/\\(?:\d{3}|\D)/g, '');
    if (!bare.includes('\\') && escapeLabel(bare) !== bare)
      refuse('a label is not printable ASCII; expected others as Punycode, xn--…, or \\DDD for a byte');
    return unescapeWord(label).toString('latin1');
  });
  if (labels.some((label) => label.length > LABEL_MAX_BYTES)) refuse(`a label is too long; expected at most ${LABEL_MAX_BYTES} bytes`);
  if (labels.reduce((sum, label) => sum + label.length + 1, 1) > DOMAIN_NAME_MAX_BYTES)
    refuse(`it is too long; expected at most ${DOMAIN_NAME_MAX_BYTES} bytes`);
  return `${labels.map(escapeLabel).join('.')}.`;
}

/** A mailbox as a name: `first\.last.example.` is first.last@example. @throws CircuitError EINVAL */
export function parseMailbox(text: string): string {
  if (text.includes('@'))
    throw new CircuitError('EINVAL', `invalid mailbox "${text}": expected a dot instead of the @, as in hostmaster.example.`);
  return parseName(text);
}

/** By which names are compared (RFC 4343). */
export function keyOf(name: string): string {
  return name.toLowerCase();
}

/** A label as it is on the wire, Latin-1, as a part of a name. */
export function escapeLabel(label: string): string {
  return label.replace(ODD, (character) =>
    /[ -~]/.test(character) && character !== ' ' ? `\\${character}` : `\\${String(character.charCodeAt(0)).padStart(3, '0')}`,
  );
}

/** The names above a key, the nearest first, the root last. */
export function ancestorsOf(key: string): readonly string[] {
  const ancestors = [];
  for (let rest = key; rest !== '.';) {
    LABEL.lastIndex = 0;
    rest = rest.slice((LABEL.exec(rest)?.[0].length ?? 0) + 1) || '.';
    ancestors.push(rest);
  }
  return ancestors;
}

/** As it goes over the wire, uncompressed (RFC 1035 section 3.1). */
export function encodeName(name: string): Buffer {
  const labels = (name === '.' ? [] : (name.match(LABEL) ?? [])).map(unescapeWord);
  return Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)]);
}
