/**
 * Lines for the operator, as every room writes them; who starts a server says where they go.
 */

/** From the gravest to the least. `debug` is for what each client does. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export type Log = (level: LogLevel, message: string) => void;
