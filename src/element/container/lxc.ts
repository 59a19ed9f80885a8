/**
 * The original's field `Lxc`: lines of an LXC configuration, `KEY = VALUE`. Docker runs containers without LXC today; a line for which its engine
 * has a field is translated into that field, and any other is refused by its name.
 */
import { CircuitError } from '../../base/error.js';
import { didYouMean } from '../../base/nearest.js';

/** What a container may use, as the engine's HostConfig has it. */
export interface Resources {
  /** Bytes; 0: no limit. */
  readonly Memory?: number;
  /** Memory and swap together, in bytes; -1: no limit. */
  readonly MemorySwap?: number;
  readonly MemoryReservation?: number;
  readonly MemorySwappiness?: number;
  readonly CpuShares?: number;
  readonly CpuPeriod?: number;
  readonly CpuQuota?: number;
  readonly CpusetCpus?: string;
  readonly CpusetMems?: string;
  readonly BlkioWeight?: number;
  readonly PidsLimit?: number;
  readonly DeviceCgroupRules?: string[];
}

type Value = string | number | readonly string[];

/** How a value is written: what it means to the engine, or undefined if it is not written so. */
interface Notation {
  readonly read: (text: string) => Value | undefined;
  readonly expected: string;
}

const UNITS = ['', 'k', 'm', 'g', 't'];

/** As the kernel reads memory limits: a number with a unit of 1024, or -1. */
const bytes = (unlimited: number): Notation => ({
  read: (text) => {
    const [, digits, unit = ''] = /^(\d+)([kmgt]?)$/i.exec(text) ?? [];
    const size = Number(digits) * 1024 ** UNITS.indexOf(unit.toLowerCase());
    return text === '-1' ? unlimited : Number.isSafeInteger(size) ? size : undefined;
  },
  expected: 'bytes, as in 512M, or -1 for no limit',
});
const number: Notation = {
  read: (text) => (/^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined),
  expected: 'a whole number',
};
const list: Notation = {
  read: (text) => (/^\d+(-\d+)?(\s*,\s*\d+(-\d+)?)*$/.test(text) ? text.replace(/\s/g, '') : undefined),
  expected: 'numbers and ranges, as in 0,1 or 0-3',
};
const device: Notation = {
  read: (text) => {
    if (text === 'a') return ['a *:* rwm'];
    return /^[abc] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(text) ? [text] : undefined;
  },
  expected: 'TYPE MAJOR:MINOR ACCESS, as in c 1:3 rwm, or a for all devices',
};

/** What can be set through cgroups, behind `lxc.cgroup.`, and the engine's field for it. */
const CGROUP: Readonly<Record<string, readonly [keyof Resources, Notation]>> = {
  'cpuset.cpus': ['CpusetCpus', list],
  'cpuset.mems': ['CpusetMems', list],
  'cpu.shares': ['CpuShares', number],
  'cpu.cfs_period_us': ['CpuPeriod', number],
  'cpu.cfs_quota_us': ['CpuQuota', number],
  'memory.limit_in_bytes': ['Memory', bytes(0)],
  'memory.memsw.limit_in_bytes': ['MemorySwap', bytes(-1)],
  'memory.soft_limit_in_bytes': ['MemoryReservation', bytes(0)],
  'memory.swappiness': ['MemorySwappiness', number],
  'blkio.weight': ['BlkioWeight', number],
  'pids.max': ['PidsLimit', { ...number, read: (text) => (text === 'max' ? -1 : number.read(text)) }],
  'devices.allow': ['DeviceCgroupRules', device],
};
const KEYS = Object.keys(CGROUP).map((name) => `lxc.cgroup.${name}`);

/** Fields of `mkdkr` that do what else was set through LXC. */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [/^lxc\.net(work)?\b/, 'Network'],
  [/^lxc\.mount\b/, 'Volume'],
  [/^lxc\.environment\b/, 'Env'],
  [/^lxc\.rootfs\b/, 'Image'],
  [/^lxc\.(init|execute)\.cmd\b/, 'Path'],
  [/^lxc\.cgroup2\.cpu\.weight\b/, 'CpuShares'],
];

/**
 * The resources that the lines stand for, besides those that are given otherwise.
 * @throws CircuitError EINVAL that names the line and what is wrong with it, or what it contradicts
 */
export function withLxc(given: Resources, lines: readonly string[]): Resources {
  const all: Partial<Record<keyof Resources, Value>> = { ...given };
  for (const [index, line] of lines.entries()) {
    const [field, value] = translated(line, `mkdkr: "Lxc.${index}"`);
    const before = all[field];
    if (typeof value === 'object') all[field] = typeof before === 'object' ? [...before, ...value] : value;
    else if (before === undefined || before === value) all[field] = value;
    else
      throw new CircuitError('EINVAL', `mkdkr: "Lxc.${index}": "${shown(line)}" contradicts ${field} ${String(before)}: give one of them`);
  }
  return all as Resources;
}

/** The engine's field for a line, and its value. */
function translated(line: string, where: string): readonly [keyof Resources, Value] {
  const [, key, text = ''] = /^\s*([^\s=]+)\s*=\s*([^]*?)\s*$/.exec(line) ?? [];
  if (key === undefined) throw new CircuitError('EINVAL', `${where}: invalid line "${shown(line)}": expected KEY = VALUE`);
  const [, name = ''] = /^lxc\.cgroup2?\.(.+)$/.exec(key) ?? [];
  const known = Object.hasOwn(CGROUP, name) ? CGROUP[name] : undefined;
  if (known === undefined) throw refusal(key, where);
  const [field, { read, expected }] = known;
  const value = read(text);
  if (value === undefined) throw new CircuitError('EINVAL', `${where}: invalid ${key} "${shown(text)}": expected ${expected}`);
  return [field, value];
}

function refusal(key: string, where: string): CircuitError {
  const instead = INSTEAD.find(([pattern]) => pattern.test(key))?.[1];
  const advice = instead === undefined ? `expected one of ${KEYS.join(', ')}` : `use the field "${instead}"`;
  return new CircuitError('EINVAL', `${where}: "${shown(key)}" has no field in Docker${didYouMean(key, KEYS)}: ${advice}`);
}

/** Part of a sentence, however long it was. */
function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
