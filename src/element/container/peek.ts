/**
 * What `peek` prints of a container.
 */
import type { HeldOutputs } from '../../stream/held.js';

/** As Docker has it: `GET /containers/{id}/json`. */
export interface ContainerState {
  readonly Status: string;
  readonly Running: boolean;
  readonly Paused: boolean;
  readonly OOMKilled: boolean;
  readonly Dead: boolean;
  readonly Pid: number;
  readonly ExitCode: number;
  readonly Error: string;
  readonly StartedAt: string;
  readonly FinishedAt: string;
}

/** Docker's inspect document, of which the fields that most ask for have a type here, and what only the server knows. */
export interface ContainerPeek {
  readonly Id: string;
  readonly Name?: string;
  readonly State?: ContainerState;
  readonly Config?: { readonly Image: string; readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig?: {
    readonly Memory?: number | undefined;
    readonly MemorySwap?: number | undefined;
    readonly CpuShares?: number | undefined;
    readonly CpusetCpus?: string | undefined;
    readonly CpusetMems?: string | undefined;
    readonly BlkioWeight?: number | undefined;
    readonly DeviceCgroupRules?: readonly string[] | null | undefined;
  };
  /** The outputs that hold the container back since nobody reads them. */
  readonly Held: HeldOutputs;
  /** Why the document is not of this moment; absent if it is. */
  readonly Stale?: string;
  readonly [field: string]: unknown;
}
