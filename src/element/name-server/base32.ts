/**
 * Base32 with the extended hex alphabet, without padding (RFC 4648 section 7), in which NSEC3 records write hashes (RFC 5155 section 3.3).
 */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUV';

export function encodeBase32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return Array.from(bits.matchAll(/[01]{1,5}/g), ([digit]) => ALPHABET.charAt(parseInt(digit.padEnd(5, '0'), 2))).join('');
}

/** undefined for what is none, or has nothing, or more than 255 bytes. */
export function decodeBase32(text: string): Buffer | undefined {
  if (!/^[\da-v]{2,408}$/i.test(text)) return undefined;
  const bits = Array.from(text.toUpperCase(), (digit) => ALPHABET.indexOf(digit).toString(2).padStart(5, '0')).join('');
  const bytes = Buffer.from(Array.from(bits.matchAll(/[01]{8}/g), ([byte]) => parseInt(byte, 2)));
  return encodeBase32(bytes) === text.toUpperCase() ? bytes : undefined;
}
