/**
 * The kinds of element, and the handle of each.
 */
import type { Credentials } from '../base/bytes.js';
import type { ElementKind } from '../base/kind.js';
import type { AnchorPath, ServerTree } from '../tree/server-tree.js';
import { Channel } from './channel.js';
import { Container } from './container.js';
import { Lock } from './lock.js';
import { NameServer } from './name-server.js';
import { Process } from './process.js';
import { Selection } from './selection.js';
import { Server } from './server.js';
import { JoinSubscription, LeaveSubscription } from './subscription.js';
import { Topic } from './topic.js';

/** A handle of what an anchor holds; its `kind` tells which. */
export type AnyElement =
  Process | Container | Channel | NameServer | JoinSubscription | LeaveSubscription | Selection | Lock | Topic | Server;

/** Makes a handle of one kind. @internal */
export type HandleClass<T> = new (tree: ServerTree, names: AnchorPath, credentials: Credentials) => T;

/** Of each kind. @internal */
export const HANDLES: Readonly<Record<ElementKind, HandleClass<AnyElement>>> = {
  proc: Process,
  docker: Container,
  chan: Channel,
  dns: NameServer,
  '@join': JoinSubscription,
  '@leave': LeaveSubscription,
  select: Selection,
  lock: Lock,
  topic: Topic,
  server: Server,
};
