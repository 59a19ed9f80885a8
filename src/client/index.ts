/**
 * The public API of Circuit: walk the tree of a circuit, make and use elements.
 */
export { CircuitError, ERRORS, type ErrorCode } from '../base/error.js';
export type { Asker, WaitOptions } from '../base/bytes.js';
export type { ElementKind } from '../base/kind.js';
export type { ServerPeek } from '../element/server.js';
export type { ProcessCommand } from '../element/process/command.js';
export type { Phase, ProcessPeek } from '../element/process/peek.js';
export type { HeldOutputs, HeldPeek } from '../stream/held.js';
export type { ContainerPeek } from '../element/container/container.js';
export type { ContainerRun } from '../element/container/run.js';
export type { ChannelPeek } from '../element/channel/channel.js';
export { Anchor, type ElementHandle } from './anchor.js';
export { Channel } from './channel.js';
export { Container } from './container.js';
export { Circuit } from './circuit.js';
export type { AnchorPath, AnchorStat, LogPart, Member } from './place.js';
export { Process } from './process.js';
export { Server } from './server.js';
