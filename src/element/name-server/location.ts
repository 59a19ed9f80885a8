/**
 * Where something is on the Earth (LOC, RFC 1876): `52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m`.
 */
import { numberBytes, restField } from './field.js';

/** Of latitude and longitude 0, in thousandths of a second of arc. */
const ZERO = 2 ** 31;
/** Of altitude 0, in cm: 100 km below the reference spheroid. */
const ALTITUDE_ZERO_CM = 10_000_000;
/** A digit, and a power of ten that is one (RFC 1876 section 2). */
const SIZE_MAX_CM = 9e9;
/** Size, horizontal and vertical precision, where they are not given (section 3). */
const DEFAULTS = [100, 1_000_000, 1000] as const;
const ANGLE = String.raw`(\d{1,3})(?: (\d{1,2})(?: (\d{1,2}(?:\.\d{1,3})?))?)?`;
const LENGTH = String.raw`(?: (\d{1,8}(?:\.\d{1,2})?)m?)?`;
const FORM = new RegExp(`^${ANGLE} ([NS]) ${ANGLE} ([EW]) (-?\\d{1,8}(?:\\.\\d{1,2})?)m?${LENGTH.repeat(3)}$`, 'i');

interface Location {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude_cm: number;
  /** Size, horizontal and vertical precision, each as mantissa and power of ten. */
  readonly sizes: readonly number[];
}

export const location = restField(
  'a place as 52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m',
  (tokens) => parse(tokens.map(({ text }) => text).join(' ')),
  ({ latitude, longitude, altitude_cm, sizes }) =>
    Buffer.concat([Buffer.of(0, ...sizes), numberBytes(latitude, 4), numberBytes(longitude, 4), numberBytes(altitude_cm, 4)]),
  ({ latitude, longitude, altitude_cm, sizes }) =>
    [
      shownAngle(latitude, 'N', 'S'),
      shownAngle(longitude, 'E', 'W'),
      `${((altitude_cm - ALTITUDE_ZERO_CM) / 100).toFixed(2)}m`,
      ...sizes.map(shownSize),
    ].join(' '),
);

function parse(text: string): Location | undefined {
  const found = FORM.exec(text);
  if (found === null) return undefined;
  const [, d1, m1, s1, north, d2, m2, s2, east, altitude, ...sizes] = found;
  const latitude = angle([d1, m1, s1], 90, north?.toUpperCase() === 'S');
  const longitude = angle([d2, m2, s2], 180, east?.toUpperCase() === 'W');
  const altitude_cm = Math.round(Number(altitude) * 100) + ALTITUDE_ZERO_CM;
  const lengths_cm = DEFAULTS.map((usual_cm, at) => (sizes[at] === undefined ? usual_cm : Math.round(Number(sizes[at]) * 100)));
  if (latitude === undefined || longitude === undefined || altitude_cm < 0 || altitude_cm > 0xffff_ffff) return undefined;
  if (lengths_cm.some((length_cm) => length_cm > SIZE_MAX_CM)) return undefined;
  return { latitude, longitude, altitude_cm, sizes: lengths_cm.map(sizeByte) };
}

function angle(
  [degrees = '0', minutes = '0', seconds = '0']: readonly (string | undefined)[],
  max: number,
  below: boolean,
): number | undefined {
  if (Number(minutes) >= 60 || Number(seconds) >= 60) return undefined;
  const thousandths = (Number(degrees) * 60 + Number(minutes)) * 60_000 + Math.round(Number(seconds) * 1000);
  if (thousandths > max * 3_600_000) return undefined;
  return below ? ZERO - thousandths : ZERO + thousandths;
}

function shownAngle(value: number, above: string, below: string): string {
  const thousandths = Math.abs(value - ZERO);
  const [degrees, minutes] = [Math.floor(thousandths / 3_600_000), Math.floor(thousandths / 60_000) % 60];
  return `${degrees} ${minutes} ${((thousandths % 60_000) / 1000).toFixed(3)} ${value < ZERO ? below : above}`;
}

/** One digit and a power of ten, in half a byte each. */
function sizeByte(length_cm: number): number {
  let [mantissa, exponent] = [length_cm, 0];
  for (; mantissa >= 10; exponent++) mantissa = Math.floor(mantissa / 10);
  return (mantissa << 4) | exponent;
}

function shownSize(byte: number): string {
  const length_cm = (byte >> 4) * 10 ** (byte & 15);
  return `${length_cm % 100 === 0 ? String(length_cm / 100) : (length_cm / 100).toFixed(2)}m`;
}
