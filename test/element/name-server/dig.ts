/**
 * Questions put by `dig`, as users put them.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Address } from '../../../src/base/address.js';

/** All that dig prints; `words` as on its command line. */
export async function dig({ host, port }: Address, words: string): Promise<string> {
  const { stdout } = await promisify(execFile)('dig', [`@${host}`, '-p', String(port), '+tries=1', '+time=5', ...words.split(' ')]);
  return stdout;
}

/** The data of the answers, one a line, as `dig +short` prints them. */
export async function digShort(address: Address, words: string): Promise<readonly string[]> {
  return (await dig(address, `+short ${words}`)).split('\n').filter((line) => line !== '');
}
