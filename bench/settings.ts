/**
 * How long and how often is measured. The quick settings only show that every program still runs: their figures mean nothing.
 */
export interface Settings {
  /** How often each contender has its turn; the median counts. */
  readonly rounds: number;
  /** Turns before those, not counted: compilers, caches. */
  readonly warmups: number;
  /** Time of one measurement that counts operations. */
  readonly seconds: number;
  /** Anchors that `ls -lR` walks. */
  readonly anchors: number;
  /** Sent through `cat`, in MiB. */
  readonly throughput_mib: number;
  /** Processes started at once. */
  readonly processes: number;
  /** How many there are of each thing on one server. */
  readonly scale_counts: readonly number[];
  /** How long the idle daemon is watched. */
  readonly idle_seconds: number;
  /** Sent from host to host, in MiB. */
  readonly remote_mib: number;
  /** Sent there and back over a long way, in MB. */
  readonly far_mb: number;
  /** Who subscribe to one topic. */
  readonly subscribers: readonly number[];
  /** Messages that all of them get together. */
  readonly deliveries: number;
  /** Who read remote output at once. */
  readonly readers: number;
  /** Senders, and as many receivers, of one channel. */
  readonly crowd: number;
  /** Hosts on which one command runs. */
  readonly run_hosts: number;
  /** Servers of a cluster, each on a host of its own. */
  readonly cluster_sizes: readonly number[];
  /** Servers that start at once, each on a host of its own. */
  readonly storm_sizes: readonly number[];
  /** Starts, crashes and joins of clusters: each takes seconds. */
  readonly cluster_rounds: number;
  /** From the last change of a cluster until it is called idle. */
  readonly settle_seconds: number;
}

export const FULL: Settings = {
  rounds: 7,
  warmups: 1,
  seconds: 0.5,
  anchors: 5000,
  throughput_mib: 1024,
  processes: 100,
  scale_counts: [1000, 10_000],
  idle_seconds: 60,
  remote_mib: 256,
  far_mb: 20,
  subscribers: [1, 10, 100],
  deliveries: 40_000,
  readers: 1000,
  crowd: 100,
  run_hosts: 10,
  cluster_sizes: [3, 10, 30],
  storm_sizes: [30, 60],
  cluster_rounds: 3,
  settle_seconds: 30,
};
export const QUICK: Settings = {
  rounds: 1,
  warmups: 0,
  seconds: 0.1,
  anchors: 20,
  throughput_mib: 4,
  processes: 5,
  scale_counts: [50],
  idle_seconds: 0.2,
  remote_mib: 4,
  far_mb: 1,
  subscribers: [1, 3],
  deliveries: 60,
  readers: 10,
  crowd: 4,
  run_hosts: 2,
  cluster_sizes: [3],
  storm_sizes: [3],
  cluster_rounds: 1,
  settle_seconds: 0,
};

/** For a figure of one operation: V8 has compiled what carries it after some 6,000 of them, and daemons run for days. */
export function warmed(settings: Settings): Settings {
  return { ...settings, warmups: 12 * settings.warmups };
}
