/**
 * The npm client of redis, as far as it is used here. It comes from bench/package.json, which is installed when it is first wanted: so its types are
 * declared here, and the project compiles without it.
 */
import { createRequire } from 'node:module';

export interface RedisClient {
  on(event: 'error' | 'message', listener: () => void): void;
  del(key: string): Promise<number>;
  lpush(key: string, value: string): Promise<number>;
  brpop(key: string, timeout_s: number): Promise<readonly [key: string, value: string] | null>;
  brpoplpush(source: string, destination: string, timeout_s: number): Promise<string | null>;
  lrem(key: string, count: number, value: string): Promise<number>;
  publish(channel: string, message: string): Promise<number>;
  subscribe(channel: string): Promise<unknown>;
  llen(key: string): Promise<number>;
  ltrim(key: string, start: number, stop: number): Promise<'OK'>;
  set(key: string, value: string, expiry: 'PX', expiry_ms: number, condition: 'NX'): Promise<'OK' | null>;
  eval(script: string, keys: number, ...keysAndValues: readonly string[]): Promise<unknown>;
  disconnect(): void;
}

interface Package {
  readonly Redis: new (url: string, options?: { readonly retryStrategy: () => null }) => RedisClient;
}

const require = createRequire(new URL('../../../bench/package.json', import.meta.url));
export const { Redis } = require('ioredis') as Package;
