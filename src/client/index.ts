/**
 * What programs see of a circuit: walk its tree, make and use elements. The package's public API is this and `dial`, see `src/api`.
 */
export { CircuitError, ERRORS, type ErrorCode, isCircuitError } from '../base/error.js';
export type { WaitOptions } from '../base/bytes.js';
export type { ElementKind } from '../base/kind.js';
export type { ServerPeek } from '../element/server.js';
export type { SelectionClause } from '../element/selection/clause.js';
export type { ClauseState, SelectionPhase } from '../element/selection/contest.js';
export type { SelectionPeek, Winner } from '../element/selection/selection.js';
export type { HeldOutputs, HeldPeek } from '../stream/held.js';
export type { ContainerPeek, ContainerState } from '../element/container/peek.js';
export type { ContainerRun } from '../element/container/run.js';
export type { NameServerPeek } from '../element/name-server/name-server.js';
export type { EventSource, SubscriptionPeek } from '../element/subscription/subscription.js';
export type { Command, ProcessCommand } from '../element/process/command.js';
export type { Phase, ProcessPeek } from '../element/process/peek.js';
export type { ChannelPeek } from '../element/channel/channel.js';
export { Anchor, type AnyElement, type ScrubOptions } from './anchor.js';
export { Channel } from './channel.js';
export { Container } from './container.js';
export { Circuit, type MemberChange } from './circuit.js';
export { ElementHandle } from './element-handle.js';
export type { AnchorStat, LogPart, Member, ProfileName } from '../tree/server-tree.js';
export { NameServer } from './name-server.js';
export { Process } from './process.js';
export { Running, type StdinOptions } from './running.js';
export { Selection } from './selection.js';
export { Server } from './server.js';
export { JoinSubscription, LeaveSubscription, Subscription } from './subscription.js';
