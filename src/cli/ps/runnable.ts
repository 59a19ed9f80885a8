/**
 * What runs in a process or container element, from what its `peek` says; also of a kind that this version does not know, if it tells what these
 * tell. Pure: what comes from a server is looked at field by field.
 */

export interface Runnable {
  /** The server's name in output. */
  readonly host: string;
  readonly path: string;
  readonly kind: string;
  readonly pid: number | null;
  /** A process's, or the status of a container. */
  readonly phase: string;
  /** When it started, or ended if it has; RFC 3339. */
  readonly since: string | null;
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Whether it has ended. */
  readonly ended: boolean;
  /** Outputs that hold it back since nobody reads them. */
  readonly held: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Undefined for what runs nothing. */
export function runnableOf(host: string, path: string, kind: string, peek: unknown): Runnable | undefined {
  const fields = fieldsOf(peek);
  const state = fieldsOf(fields['State']);
  if (typeof fields['Phase'] === 'string') return { host, path, kind, ...processOf(fields, fields['Phase']) };
  if (typeof state['Status'] === 'string') return { host, path, kind, ...containerOf(fields, state, state['Status']) };
  return undefined;
}

type Found = Omit<Runnable, 'host' | 'path' | 'kind'>;

function processOf(fields: Fields, phase: string): Found {
  const command = fieldsOf(fields['Cmd']);
  const ended = phase === 'exited' || phase === 'signaled';
  return {
    pid: numberOf(fields['Pid']),
    phase: ended ? endOf(phase, fields) : phase,
    since: textOf(ended ? fields['Finished'] : fields['Started']),
    command: [textOf(command['Path']) ?? '?', ...textsOf(command['Args'])],
    ended,
    held: Object.keys(fieldsOf(fields['Held'])),
  };
}

function endOf(phase: string, { ExitCode: code, Signal: signal }: Fields): string {
  if (phase === 'exited' && typeof code === 'number') return `exited ${code}`;
  return typeof signal === 'string' ? signal : phase;
}

/** Docker's inspect document (Engine API, ContainerInspect). */
function containerOf(fields: Fields, state: Fields, status: string): Found {
  const ended = status === 'exited' || status === 'dead';
  return {
    pid: numberOf(state['Pid']) === 0 ? null : numberOf(state['Pid']),
    phase: ended && typeof state['ExitCode'] === 'number' ? `${status} ${state['ExitCode']}` : status,
    since: textOf(ended ? state['FinishedAt'] : state['StartedAt']),
    command: [textOf(fields['Path']) ?? '?', ...textsOf(fields['Args'])],
    ended,
    held: [],
  };
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
