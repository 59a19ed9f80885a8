/**
 * The public API of Circuit: dial one of a circuit's servers, walk the tree of anchors, make and use elements.
 *
 * ```ts
 * import { dial } from 'circuitfs';
 *
 * await using circuit = await dial();
 * const hello = await circuit.walk('/self/hello').makeProcess({ Path: 'echo', Args: ['hello'] });
 * for await (const chunk of await hello.stdout()) console.log(String(chunk));
 * await hello.scrub();
 * ```
 *
 * Every failure is a `CircuitError` with a `code` out of `ERRORS`, or the reason of the signal that was handed in. Every call that may wait or
 * crosses the network takes a signal. What a program makes in a circuit stays when it ends: `scrub` or `remove` it.
 */
export { CircuitError, ERRORS, type ErrorCode, type ErrorOrigin, isCircuitError } from '../base/error.js';
export type { Credentials, WaitOptions } from '../base/bytes.js';
export type { CancelListener, CancelSignal } from '../base/cancellation.js';
export { EVENT_NAMES, type CircuitEvent, type EventName } from '../base/event.js';
export type { ElementKind } from '../base/kind.js';
export type { ServerPeek } from '../element/server.js';
export type { SelectionClause } from '../element/selection/clause.js';
export type { ClauseState, SelectionPhase } from '../element/selection/race.js';
export type { SelectionPeek, Winner } from '../element/selection/selection.js';
export type { HeldOutputs, HeldPeek } from '../stream/held.js';
export type { ContainerPeek, ContainerState } from '../element/container/peek.js';
export type { ContainerRun } from '../element/container/run.js';
export type { NameServerPeek } from '../element/name-server/name-server.js';
export type { EventSource, SubscriptionPeek } from '../element/subscription/subscription.js';
export type { Command, ProcessCommand } from '../element/process/command.js';
export type { Phase, ProcessPeek } from '../element/process/peek.js';
export type { ClaimPeek } from '../element/lock/claim.js';
export type { LockPeek } from '../element/lock/lock.js';
export type { TopicPeek } from '../element/topic/topic.js';
export type { ChannelPeek } from '../element/channel/channel.js';
export type { TakenPeek } from '../element/channel/taken.js';
export { Anchor, type BelowOptions, type ScrubOptions } from './anchor.js';
export type { AnyElement } from './elements.js';
export type { ListedAnchor } from './below.js';
export { Channel, type ChannelOptions } from './channel.js';
export { Container } from './container.js';
export { Circuit, type MemberChange } from './circuit.js';
export { EventStream, type EventsOptions } from './events.js';
export { ElementHandle } from './element-handle.js';
export { HeldLock } from './held-lock.js';
export { Job } from './job.js';
export { Lock, type LockOptions } from './lock.js';
export type { AnchorStat, LogPart, Member, ProfileName } from '../tree/server-tree.js';
export { NameServer } from './name-server.js';
export { Process } from './process.js';
export { Running, type StdinOptions } from './running.js';
export { Selection } from './selection.js';
export { Server } from './server.js';
export { JoinSubscription, LeaveSubscription, Subscription } from './subscription.js';
export { type SubscribeOptions, Topic } from './topic.js';
export { dial, type DialOptions, type DialTarget } from './dial.js';
