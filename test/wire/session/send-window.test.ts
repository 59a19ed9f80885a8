import { expect } from 'chai';
import { SendWindow } from '../../../src/wire/session/send-window.js';

describe('a window of what is under way', () => {
  it('lets in no more than may fill it, also if much is confirmed before those have begun', async () => {
    let used_bytes = 1001;
    const window = new SendWindow(1000, () => used_bytes);
    const begun: number[] = [];
    const enter = (size_bytes: number): Promise<void> =>
      window.enter(size_bytes, () => {
        begun.push(size_bytes);
        used_bytes += size_bytes;
      });
    const all = [400, 600, 300, 300, 300].map((size_bytes) => enter(size_bytes));
    expect(window.open).to.equal(false);
    used_bytes = 0;
    for (let message = 0; message < 10; message++) window.advance();
    await Promise.all(all.slice(0, 2));
    expect(begun).to.deep.equal([400, 600]);
    used_bytes = 500;
    window.advance();
    expect(window.open).to.equal(false);
    await Promise.all(all.slice(2, 4));
    expect(begun).to.deep.equal([400, 600, 300, 300]);
    used_bytes = 0;
    window.advance();
    await Promise.all(all);
    expect(window.open).to.equal(true);
  });
});
