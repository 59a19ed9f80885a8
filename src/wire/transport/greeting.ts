/**
 * What two ends say first, and whether they go on: versions, who is there, what for. Pure: turns a hello into text and back and judges it.
 * It travels in a header of the WebSocket upgrade, both ways, so that it costs no round trip of its own and HTTP bounds it.
 */
import { isServerId } from '../../base/address.js';
import { escapeControls } from '../../base/quote.js';
import { CircuitError } from '../../base/error.js';
import { HELLO_MAX_BYTES, HELLO_REFUSAL_MAX, HELLO_VERSIONS_MAX } from '../../base/limits.js';
import { decodeItems, encode } from '../cbor.js';
import { type Hello, PURPOSES, type Purpose, VERSIONS } from './connection.js';

/** The header that carries a hello: CBOR in base64url. */
export const HELLO_HEADER = 'circuit-hello';

const ID = /^[XC][\da-f]{16}$/;

/** Why an accepting end does not go on. */
export interface Refusal {
  readonly failure: 'stranger' | 'rejected';
  readonly refused: string;
}

/** What an accepting end answers. */
export type Reply = { readonly hello: Hello } | (Refusal & { readonly versions: readonly number[] });

/** @throws CircuitError EMSGSIZE if its note is too long */
export function formatHello(hello: Hello): string {
  return format(hello);
}

/** @throws CircuitError EINVAL, EMSGSIZE: what is wrong with it; EOPNOTSUPP: no common version, with both lists */
export function parseHello(text: string): Hello {
  return checkHello(parse(text));
}

export function formatReply(reply: Reply): string {
  return 'hello' in reply ? format(reply.hello) : format(reply);
}

/** @throws CircuitError as `parseHello` */
export function parseReply(text: string): Reply {
  const data = parse(text);
  if (data['refused'] === undefined) return { hello: checkHello(data) };
  const { refused, failure, versions } = data;
  if (typeof refused !== 'string' || refused.length > HELLO_REFUSAL_MAX) throw malformed('its refusal is not text');
  return {
    versions: checkVersions(versions),
    failure: failure === 'stranger' ? 'stranger' : 'rejected',
    refused: escapeControls(refused),
  };
}

/** Why the server `id` does not go on with one who says this; undefined if it does. */
export function refusalOf({ id: other, to }: Hello, id: string): Refusal | undefined {
  if (other === id) return { failure: 'stranger', refused: `this is ${id}, the dialling server itself` };
  if (to !== undefined && to !== id) return { failure: 'stranger', refused: `this is ${id}, not ${to}` };
  return undefined;
}

function format(data: unknown): string {
  const bytes = encode(data);
  if (bytes.length > HELLO_MAX_BYTES) throw new CircuitError('EMSGSIZE', `a hello of ${bytes.length} bytes is too long`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
}

function parse(text: string): Readonly<Record<string, unknown>> {
  if (!/^[\w-]+$/.test(text)) throw malformed('it is not base64url');
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length > HELLO_MAX_BYTES) throw new CircuitError('EMSGSIZE', `a hello of ${bytes.length} bytes is too long`);
  const [data, ...more] = decodeItems(bytes, 0);
  if (typeof data !== 'object' || data === null || Object.getPrototypeOf(data) !== Object.prototype || more.length > 0) {
    throw malformed('it is not a map');
  }
  return data as Readonly<Record<string, unknown>>;
}

/** Versions first: the rest may be another in another version. Fields that are not known are another version's and let pass. */
function checkHello(data: Readonly<Record<string, unknown>>): Hello {
  const versions = checkVersions(data['versions']);
  if (!VERSIONS.some((version) => versions.includes(version))) {
    throw new CircuitError(
      'EOPNOTSUPP',
      `no common version: this program speaks ${VERSIONS.join(', ')}, the other one ${versions.join(', ')}`,
    );
  }
  const { id, role, purpose, to, note } = data;
  if (typeof id !== 'string' || !ID.test(id)) throw malformed('it has no ID');
  if ((role !== 'server' && role !== 'client') || (role === 'server') !== isServerId(id)) throw malformed('role and ID disagree');
  if (!isPurpose(purpose)) throw malformed('its purpose is not known');
  if (to !== undefined && (typeof to !== 'string' || !isServerId(to))) throw malformed('it is for no server');
  return { versions, id, role, purpose, to, note };
}

function checkVersions(versions: unknown): readonly number[] {
  const isVersion = (version: unknown): version is number => Number.isInteger(version) && Number(version) > 0 && Number(version) < 65_536;
  if (!Array.isArray(versions) || versions.length === 0 || versions.length > HELLO_VERSIONS_MAX || !versions.every(isVersion)) {
    throw malformed('it has no versions');
  }
  return versions;
}

function isPurpose(purpose: unknown): purpose is Purpose {
  return PURPOSES.some((known) => known === purpose);
}

function malformed(what: string): CircuitError {
  return new CircuitError('EINVAL', `a hello that cannot be understood: ${what}`);
}
