/**
 * The operation for each opcode, and how an interrupted request of it ends.
 */
import { directoryOperations } from './directory-operations.js';
import { fileOperations } from './file-operations.js';
import { inodeOperations } from './inode-operations.js';
import { interruptOperations } from './interrupts.js';
import { OPCODES_END, OPCODES, type Opcode } from './layout.js';
import type { Dispatch, Operations } from './session.js';
import { lockOperations } from './lock-operations.js';
import { sessionOperations } from './session-operations.js';

const OPERATIONS: Operations = {
  ...sessionOperations,
  ...interruptOperations,
  ...inodeOperations,
  ...directoryOperations,
  ...fileOperations,
  ...lockOperations,
};

/** These change nothing, so they need no true answer. An open that is let go is discarded when it completes. */
const QUESTIONS: readonly Opcode[] = ['LOOKUP', 'GETATTR', 'READLINK', 'ACCESS', 'OPENDIR', 'READDIR', 'OPEN', 'POLL'];
/** The kernel holds the parent directory's lock meanwhile: everyone else who looks there waits too, and could not even be killed. */
const LOCKING: readonly Opcode[] = ['MKDIR', 'RMDIR'];

/** An array, so that a request costs one look-up. */
export const DISPATCH: Dispatch = Array.from({ length: OPCODES_END }, (_, code) => {
  const name = (Object.keys(OPCODES) as Opcode[]).find((key) => OPCODES[key].code === code);
  const operation = name && OPERATIONS[name];
  return operation && { operation, bytes: OPCODES[name].bytes, letGo: QUESTIONS.includes(name) || LOCKING.includes(name) };
});
