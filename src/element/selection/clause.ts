/**
 * The clauses of a selection, as a user writes them: each names a file of an element anywhere in the circuit to wait for.
 */
import { isServerId } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import { didYouMean } from '../../base/nearest.js';
import { NAME_MAX_BYTES, SELECTION_CLAUSES_MAX, SELECTION_PATH_MAX } from '../../base/limits.js';
import { isTooLong } from '../../base/name.js';
import type { ReadFile } from './end.js';

/** One clause: "r" waits for a message or an end, "w" for room to send. */
export interface SelectionClause {
  readonly op: 'r' | 'w';
  /** The path of a file `recv`, `take`, `wait`, `lock`, `next`, `sub` or `send`, as in `/X317c2314a386a9db/jobs/recv`; anything before the server's ID is taken as a mount point. */
  readonly file: string;
}

/** A parsed clause. */
export interface Clause extends SelectionClause {
  readonly server: string;
  /** Names from the server down to the anchor. */
  readonly path: readonly string[];
  readonly name: ReadFile | 'send';
}

/** The files that each kind of clause can name. */
const NAMES = { r: ['recv', 'take', 'wait', 'lock', 'next', 'sub'], w: ['send'] } as const satisfies Record<
  'r' | 'w',
  readonly (ReadFile | 'send')[]
>;

/** @throws CircuitError EINVAL, ENAMETOOLONG with the number of the clause and what is wrong with it */
export function checkClauses(spec: unknown): readonly Clause[] {
  if (!Array.isArray(spec) || spec.length === 0) {
    throw new CircuitError('EINVAL', 'invalid selection: expected a list of clauses like {"op":"r","file":"/X…/a/recv"}, at least one');
  }
  if (spec.length > SELECTION_CLAUSES_MAX) {
    throw new CircuitError('EINVAL', `a selection of ${spec.length} clauses: expected at most ${SELECTION_CLAUSES_MAX}`);
  }
  const clauses = spec.map((clause: unknown, index) => checkClause(clause, `clause ${index}`));
  // At capacity 0 such a selection would take itself for the other end that it waits for.
  const received = new Set(
    clauses.filter(({ name }) => name === 'recv' || name === 'take').map(({ server, path }) => `/${[server, ...path, 'send'].join('/')}`),
  );
  for (const [index, { name, file }] of clauses.entries()) {
    if (name === 'send' && received.has(file)) {
      throw new CircuitError('EINVAL', `clause ${index}: "${file}" is the other end of a channel that another clause receives from`);
    }
  }
  return clauses;
}

function checkClause(clause: unknown, which: string): Clause {
  if (typeof clause !== 'object' || clause === null || Array.isArray(clause))
    throw new CircuitError('EINVAL', `${which}: expected {"op":…,"file":…}`);
  const { op, file, ...others } = clause as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new CircuitError(
      'EINVAL',
      `${which}: unknown field "${other.slice(0, 40)}"${didYouMean(other, ['op', 'file'])}; expected "op" and "file"`,
    );
  if (op !== 'r' && op !== 'w') throw new CircuitError('EINVAL', `${which}: invalid "op": expected "r" or "w"`);
  if (typeof file !== 'string') throw new CircuitError('EINVAL', `${which}: invalid "file": expected the path of a file`);
  const names = file.split('/').filter((name) => name !== '');
  if (names.some(isTooLong))
    throw new CircuitError('ENAMETOOLONG', `${which}: a name in "file" is too long; expected at most ${NAME_MAX_BYTES} bytes`);
  if (file.length > SELECTION_PATH_MAX) throw new CircuitError('EINVAL', `${which}: invalid "file": expected the path of a file`);
  const at = names.findIndex(isServerId);
  const [server, ...below] = at < 0 ? [] : names.slice(at);
  if (server === undefined || !file.startsWith('/')) {
    throw new CircuitError('EINVAL', `${which}: "${file}" names no server: expected a path that begins with /X… and the server's ID`);
  }
  const name = NAMES[op].find((known) => known === below.at(-1));
  if (name === undefined) {
    const expected = NAMES[op].join(', ').replace(/, (\w+)$/, ' or $1');
    throw new CircuitError('EINVAL', `${which}: invalid "file" "${file}" for "${op}": expected one that is called ${expected}`);
  }
  return { op, file: `/${[server, ...below].join('/')}`, server, path: below.slice(0, -1), name };
}
