/**
 * The public API of Circuit: walk the tree of a circuit, make and use elements.
 */
export { CircuitError, ERRORS, type ErrorCode } from '../base/error.js';
export type { Asker, WaitOptions } from '../base/bytes.js';
export type { ElementKind } from '../base/kind.js';
export type { ServerPeek } from '../element/server.js';
export type { ProcessCommand } from '../element/process/command.js';
export type { HeldPeek, Phase, ProcessPeek } from '../element/process/peek.js';
export type { ChannelPeek } from '../element/channel/channel.js';
export type { SelectionClause } from '../element/selection/clause.js';
export type { ClauseState, SelectionPhase } from '../element/selection/contest.js';
export type { SelectionPeek, Winner } from '../element/selection/selection.js';
export type { EventSource, SubscriptionPeek } from '../element/subscription/subscription.js';
export { Anchor, type ElementHandle } from './anchor.js';
export { Channel } from './channel.js';
export { Circuit } from './circuit.js';
export type { AnchorPath, AnchorStat, LogPart, Member } from './place.js';
export { Process } from './process.js';
export { Selection } from './selection.js';
export { Server } from './server.js';
export { Subscription } from './subscription.js';
