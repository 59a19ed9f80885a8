/**
 * What an anchor's file `error` says of an operation that failed.
 */
import type { Anchor } from './anchor.js';
import { CircuitError } from '../base/error.js';
import { escapeControls } from '../base/quote.js';

/** The longest command that is repeated, in characters. */
const TOLD_MAX = 200;

/** Makes a failure the anchor's last error, unless it is that the caller was interrupted. */
export function blame(anchor: Anchor, operation: string, reason: unknown): void {
  const error = CircuitError.from(reason);
  if (error.code !== 'EINTR') setLastError(anchor, operation, error);
}

/** One sentence with time and command. */
export function setLastError(anchor: Anchor, operation: string, { code, message }: CircuitError): void {
  anchor.lastError = escapeControls(`${new Date().toISOString()} ${operation.trim().slice(0, TOLD_MAX)}: ${message} (${code})`);
}

/** An operation in words, as it may be repeated to all who may read `error`. */
export function told(operation: string, args: unknown): string {
  if (args === undefined) return operation;
  return `${operation} ${isWords(args) ? args.join(' ') : JSON.stringify(args)}`;
}

function isWords(args: unknown): args is readonly string[] {
  return Array.isArray(args) && args.every((word) => typeof word === 'string');
}

/** A spec as it may be logged: of Env only the names. */
export function withoutSecrets(spec: unknown): unknown {
  if (typeof spec !== 'object' || spec === null || !('Env' in spec)) return spec;
  const { Env } = spec;
  return { ...spec, Env: Array.isArray(Env) ? Env.map((pair: unknown) => `${String(pair).split('=', 1)[0] ?? ''}=…`) : '…' };
}
