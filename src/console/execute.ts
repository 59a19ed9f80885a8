/**
 * What a service is told of commands: how one is run, and which are meant for its server.
 */
import type { Console } from './console.js';

/** Called when the words of a command are understood, with its name and its options, before it does anything; what it throws ends the command. */
export type Begin = (name: string, given: Readonly<Record<string, unknown>>) => void;

/** Runs a command; returns its exit status. @throws what `begin` throws; faults of ours */
export type Execute = (console: Console, args: readonly string[], begin: Begin) => Promise<number>;

/** Whether a command is meant for this server. @param byUrl whether a URL has led to it */
export type IsMeant = (console: Console, name: string, given: Readonly<Record<string, unknown>>, byUrl: boolean) => boolean;
