/**
 * The public API of Circuit: dial one of a circuit's servers, walk the tree of anchors, make and use elements.
 *
 * ```ts
 * import { dial } from 'circuit';
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
export * from '../client/index.js';
export { dial, type DialOptions, type DialTarget } from './dial.js';
