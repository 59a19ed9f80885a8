/**
 * What carries out one kind of request.
 */
import type { Awaitable } from '../../../src/base/bytes.js';
import type { Opcode } from './layout.js';
import type { Request } from './request.js';
import type { Session } from './session.js';

/**
 * Carries out a request and answers it, now or later; what it throws is answered in its stead. Everything that it needs of the request is read
 * before it first waits: the next batch overwrites the arena.
 */
export type Operation = (session: Session, request: Request) => Awaitable<void>;
export type Operations = Partial<Record<Opcode, Operation>>;
