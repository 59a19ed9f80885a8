/**
 * Lines for the operator, as every room writes them; who starts a server says where they go.
 */

export type LogLevel = 'info' | 'warn' | 'error';

export type Log = (level: LogLevel, message: string) => void;
