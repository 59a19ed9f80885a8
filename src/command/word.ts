/**
 * A command once its words are told apart. Words are bytes, since the names of files may be any; where text is meant, they are decoded strictly.
 */
import { CircuitError } from '../base/error.js';

export interface Word {
  /** Without its quotes. */
  readonly bytes: Uint8Array;
  /** Whether it stood there as JSON, unquoted. */
  readonly json: boolean;
  /** Where it begins in the command, in bytes. */
  readonly offset: number;
}

/** Where words come from: a command as the user wrote it. */
export interface Source {
  readonly bytes: Uint8Array;
  /** Line of the user's text on which it begins, from 1. */
  readonly line: number;
}

export interface Command extends Source {
  /** At least one. */
  readonly words: readonly [Word, ...Word[]];
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws CircuitError EINVAL for bytes that are not UTF-8: replacing them would hand another word on than the one that was written */
export function textOf({ bytes }: Pick<Word, 'bytes'>): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new CircuitError('EINVAL', `invalid word "${showBytes(bytes)}": expected UTF-8`, { cause: error });
  }
}

/** Bytes for people to read: text where they are UTF-8, else with the octal escapes of printf(1). */
export function showBytes(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes)
      .toString('latin1')
      .replace(/[^\n -~]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
  }
}

/** A word that has been taken apart already, by a shell. */
export function wordOf(text: string, json = false): Word {
  return { bytes: Buffer.from(text), json, offset: 0 };
}
