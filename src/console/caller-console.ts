/**
 * The console of one caller of the native front, whose command runs in the server.
 */
import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import type { Circuit } from '../api/circuit.js';
import { NO_BYTES } from '../base/bytes.js';
import { CallerInput } from './caller-input.js';
import { CallerOutput } from './caller-output.js';
import type { Console, ConsoleSignal } from './console.js';
import { encodeFrame, encodeNumber, FRAME, type Frame, numberIn } from './frames.js';
import type { Hello } from './hello.js';

const SIGNALS: ReadonlyMap<number, ConsoleSignal> = new Map(
  (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => [constants.signals[name], name]),
);

export class CallerConsole implements Console {
  readonly stdin: CallerInput;
  readonly stdout: CallerOutput;
  readonly stderr: CallerOutput;
  readonly env: Hello['env'];
  readonly cwd: string;
  readonly argumentsAsGiven: () => readonly Buffer[];
  readonly circuit: Circuit;
  status = 0;
  readonly #send: (frame: Buffer) => void;
  readonly #exit: (status: number) => void;
  readonly #signals = new EventEmitter();
  #isTerminalGone = false;

  /**
   * @param send to the client
   * @param exit tells it to end, with which status
   */
  constructor(hello: Hello, circuit: Circuit, send: (frame: Buffer) => void, exit: (status: number) => void) {
    const { args, cwd, env, terminals, columns, rows } = hello;
    this.stdin = new CallerInput(terminals[0], send);
    this.stdout = new CallerOutput(1, terminals[1], send);
    this.stderr = new CallerOutput(2, terminals[2], send);
    this.env = env;
    this.cwd = cwd;
    this.argumentsAsGiven = () => args;
    this.circuit = circuit;
    this.#send = send;
    this.#exit = exit;
    this.#resize(columns, rows);
  }

  exit(status: number): void {
    this.#exit(status);
  }

  suspend(): void {
    this.#send(encodeFrame(FRAME.suspend, NO_BYTES));
  }

  on(signal: ConsoleSignal, heard: () => void): void {
    this.#signals.on(signal, heard);
  }

  off(signal: ConsoleSignal, heard: () => void): void {
    this.#signals.off(signal, heard);
  }

  watchTerminal(): () => boolean {
    return () => this.#isTerminalGone;
  }

  /** What the client has sent. @throws CircuitError EINVAL for a frame that says nothing */
  take(frame: Frame): void {
    const { type, fd, payload } = frame;
    if (type === FRAME.data) this.stdin.arrived(payload);
    else if (type === FRAME.unread) this.stdin.failed(numberIn(frame));
    else if (type === FRAME.wrote) (fd === 2 ? this.stderr : this.stdout).wrote(numberIn(frame));
    else if (type === FRAME.signal) this.#hear(numberIn(frame));
    else if (type === FRAME.continued) this.#signals.emit('SIGCONT');
    else if (type === FRAME.resize && payload.length === 8) this.#resize(payload.readUInt32LE(0), payload.readUInt32LE(4));
  }

  /** Resolves when all that was printed has been written, or cannot be. */
  async drained(): Promise<void> {
    await Promise.all([this.stdout.drained(), this.stderr.drained()]);
  }

  /** The client is gone: what waits for it fails, and the command is told as when a terminal hangs up. */
  gone(): void {
    this.#isTerminalGone = true;
    this.#signals.emit('SIGHUP');
    this.stdin.destroy();
    this.stdout.gone();
    this.stderr.gone();
  }

  #hear(number: number): void {
    this.#send(encodeNumber(FRAME.heard, number));
    const name = SIGNALS.get(number);
    if (name === undefined) return;
    if (name === 'SIGHUP') this.#isTerminalGone = true;
    if (!this.#signals.emit(name)) this.#exit(128 + number);
  }

  #resize(columns: number, rows: number): void {
    this.stdout.resize(columns, rows);
    this.stderr.resize(columns, rows);
  }
}
