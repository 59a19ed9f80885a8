/**
 * What stands between the quotes of `$'…'`, as bash has it ("ANSI-C Quoting"; POSIX.1-2024 calls it dollar-single-quotes).
 */
import { CircuitError } from '../base/error.js';

const NAMED: Readonly<Record<string, number>> = { a: 7, b: 8, e: 27, E: 27, f: 12, n: 10, r: 13, t: 9, v: 11 };
/** In Latin-1, where each byte is one character. */
const ESCAPE =
  /\\(?:(?<octal>[0-7]{1,3})|x(?<hex>[\da-fA-F]{1,2})|u(?<short>[\da-fA-F]{1,4})|U(?<long>[\da-fA-F]{1,8})|c(?<control>\\\\|[^])|(?<named>[abeEfnrtv])|(?<itself>[\\'"?]))/g;

type Groups = Readonly<Record<string, string | undefined>>;

/**
 * The bytes that the text between the quotes stands for; an unknown escape stands for itself.
 * @throws CircuitError EINVAL for an escape that is no byte of a word: NUL, a surrogate, or beyond Unicode
 */
export function ansiC(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body).toString('latin1');
  const replaced = text.replace(ESCAPE, (escape, ...rest) => {
    const groups = rest.at(-1) as Groups;
    const bytes = bytesOf(groups);
    if (bytes === undefined || bytes.includes(0))
      throw new CircuitError('EINVAL', `invalid escape ${escape}: expected a character other than NUL`);
    return bytes.toString('latin1');
  });
  return Buffer.from(replaced, 'latin1');
}

/** Undefined for what is no character. */
function bytesOf({ octal, hex, short, long, control, named, itself }: Groups): Buffer | undefined {
  if (octal !== undefined) return Buffer.of(parseInt(octal, 8) & 0xff);
  if (hex !== undefined) return Buffer.of(parseInt(hex, 16));
  const point = short ?? long;
  if (point !== undefined) return unicode(parseInt(point, 16));
  if (control !== undefined) return Buffer.of(control === '?' ? 0x7f : control.charCodeAt(0) & 0x1f);
  return Buffer.of(named === undefined ? (itself ?? '').charCodeAt(0) : (NAMED[named] ?? 0));
}

function unicode(point: number): Buffer | undefined {
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
  return Buffer.from(String.fromCodePoint(point));
}
