/**
 * A mounted daemon, and where a test puts its anchors: in its own server's directory, or in that of another server, where everything is to be the same.
 */
import { join } from 'node:path';
import { Daemon, type DaemonOptions } from './daemon.js';

export const PLACES = ['its own server', 'another server'] as const;
export type PlaceName = (typeof PLACES)[number];

export class Neighbours {
  /** The one that is mounted. */
  readonly daemon: Daemon;
  readonly other: Daemon | undefined;

  static async start(tree: PlaceName, options: DaemonOptions = {}): Promise<Neighbours> {
    if (tree === 'its own server') return new Neighbours(await Daemon.start(options), undefined);
    const other = await Daemon.start({ args: ['--no-mount', ...(options.args ?? [])] });
    try {
      const daemon = await Daemon.start({ ...options, args: ['-j', other.url, ...(options.args ?? [])] });
      await daemon.says(`server ${other.id}`);
      return new Neighbours(daemon, other);
    } catch (error) {
      await other.stop();
      throw error;
    }
  }

  private constructor(daemon: Daemon, other: Daemon | undefined) {
    this.daemon = daemon;
    this.other = other;
  }

  /** Name of the server's directory below the mount point. */
  get name(): string {
    return this.other?.id ?? 'self';
  }

  /** The server's directory. */
  get directory(): string {
    return join(this.daemon.directory, this.name);
  }

  get log(): string {
    return [this.daemon.log, this.other?.log].filter(Boolean).join('\n---\n');
  }

  async stop(): Promise<void> {
    await Promise.all([this.daemon.stop(), this.other?.stop()]);
  }
}
