import { expect } from 'chai';
import { Delivery } from '../../../src/wire/session/delivery.js';
import { encodeFrame, NOTE } from '../../../src/wire/session/frame.js';
import { confirmation } from '../../../src/wire/session/message-header.js';

const large = (fill: number): ReturnType<typeof encodeFrame> => encodeFrame([NOTE, 'bytes', [new Uint8Array(20_000).fill(fill)]]);

describe('the buffer of a message', () => {
  it('is used again when the message is confirmed, but not if a second copy of it may wait to be sent', () => {
    for (const twice of [false, true]) {
      const delivery = new Delivery(() => undefined);
      const sent: Uint8Array[] = [];
      const link = { send: (message: Uint8Array): void => void sent.push(message) };
      delivery.attach(link, 0);
      delivery.post(large(1));
      if (twice) {
        delivery.detach();
        delivery.attach(link, 0);
      }
      const waiting = sent.at(-1);
      const before = Buffer.from(waiting ?? []);
      delivery.take(confirmation(1, false)); // the first copy has arrived after all
      delivery.post(large(2));
      expect(before.equals(waiting ?? before), twice ? 'sent twice' : 'sent once').to.equal(twice);
    }
  });
});
