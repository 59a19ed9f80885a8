import { expect } from 'chai';
import { ReadTurns } from '../../src/remote/read-turns.js';
import type { IncomingCall } from '../../src/wire/session/session-handler.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A call whose answer leaves when the test says so. */
class Call implements IncomingCall {
  readonly controller = new AbortController();
  readonly signal = this.controller.signal;
  readonly crowded = false;
  #act: () => void = () => undefined;

  onAnswered(act: () => void): void {
    this.#act = act;
  }

  answered(): void {
    this.#act();
  }
}

describe('the reads of one handle', () => {
  it('begin one after another, each when the answer of the one before has left', async () => {
    const turns = new ReadTurns();
    const calls = [new Call(), new Call(), new Call()] as const;
    const begun: number[] = [];
    let give: (bytes: string) => void = () => undefined;
    const first = turns.take(1, calls[0], () => new Promise<string>((resolve) => (give = resolve)));
    const others = [1, 2].map((number) =>
      turns.take(1, calls[number as 1 | 2], () => {
        begun.push(number);
        return `bytes ${number}`; // they are there at once
      }),
    );
    give('bytes 0');
    expect(await first).to.equal('bytes 0');
    await turn();
    expect(begun, 'the first has been answered, and its answer has not left').to.deep.equal([]);
    calls[0].answered();
    expect(await others[0]).to.equal('bytes 1');
    expect(begun).to.deep.equal([1]);
    calls[1].answered();
    expect(await others[1]).to.equal('bytes 2');
  });

  it('do not wait for those of another handle, nor for one that was answered at once', () => {
    const turns = new ReadTurns();
    void turns.take(1, new Call(), () => new Promise(() => undefined));
    expect(turns.take(2, new Call(), () => 'at once')).to.equal('at once');
    expect(turns.take(2, new Call(), () => 'again')).to.equal('again');
  });

  it('let go of one that is cancelled before its turn', async () => {
    const turns = new ReadTurns();
    const [first, second, third] = [new Call(), new Call(), new Call()];
    let give: () => void = () => undefined;
    void turns.take(1, first, () => new Promise<void>((resolve) => (give = resolve)));
    const cancelled = Promise.resolve(turns.take(1, second, () => 'never')).catch((error: unknown) => error);
    const last = turns.take(1, third, () => 'last');
    const reason = new Error('enough');
    second.controller.abort(reason);
    expect(await cancelled).to.equal(reason);
    give();
    await turn();
    first.answered();
    expect(await last).to.equal('last');
  });
});
