/**
 * What keeps one end of a session from holding more than the other end takes: its answers in bulk wait until earlier ones are confirmed, its writes
 * until earlier ones are answered, and both while all sessions together hold too much.
 */
import type { WaitOptions } from '../../base/bytes.js';
import type { CircuitError } from '../../base/error.js';
import { SESSION_WINDOW_BYTES } from '../../base/limits.js';
import type { SharedMemory } from '../../base/memory-budget.js';
import { FLOOD_BYTES, SendWindow } from './send-window.js';
import { TransferLine } from './transfer-line.js';

export class FlowControl {
  readonly #held_bytes: () => number;
  readonly #budget: SharedMemory | undefined;
  readonly #answers: SendWindow;
  readonly #questions: SendWindow;
  /** Where writes wait for their turn. */
  readonly writes: TransferLine;

  /**
   * @param held_bytes kept for the other end until it confirms them
   * @param open_bytes of the calls that it has not answered
   * @param budget of all sessions
   */
  constructor(held_bytes: () => number, open_bytes: () => number, budget: SharedMemory | undefined) {
    this.#held_bytes = held_bytes;
    this.#budget = budget;
    this.#answers = new SendWindow(SESSION_WINDOW_BYTES, held_bytes);
    this.#questions = new SendWindow(SESSION_WINDOW_BYTES, () => held_bytes() + open_bytes());
    this.writes = new TransferLine(this.#questions);
  }

  /** So much waits for the peer's confirmation, or for that of all peers, that nothing big should be begun. */
  get congested(): boolean {
    return !this.#answers.open || this.#budget?.exhausted === true;
  }

  /** Far more than a window is held. */
  get flooded(): boolean {
    return this.#held_bytes() > FLOOD_BYTES;
  }

  /** Resolves when it is not congested. @throws (rejects) the signal's reason, or what `end` was given */
  async whenFlowing(options: WaitOptions): Promise<void> {
    if (this.congested) await this.#answers.whenOpen(options);
  }

  /** Something may have been confirmed or answered: lets in what there is room for. */
  advance(): void {
    if (this.#budget?.exhausted !== true) this.#answers.advance();
    this.#questions.advance();
  }

  end(reason: CircuitError): void {
    this.#answers.end(reason);
    this.#questions.end(reason);
  }
}
