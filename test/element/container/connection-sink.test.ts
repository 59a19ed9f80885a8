import { expect } from 'chai';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { ConnectionSink } from '../../../src/element/container/connection-sink.js';
import { deferred } from '../../../src/base/deferred.js';

describe("the connection to a container's stdin", () => {
  it('tells that it takes more also to who asks only when it does', async () => {
    const connection = new PassThrough({ highWaterMark: 10 });
    const writable = deferred();
    const sink = new ConnectionSink(connection, () => writable.resolve());
    expect(sink.write(Buffer.alloc(100), 0)).to.equal(100);
    expect(sink.write(Buffer.alloc(100), 0), 'it is full').to.equal(0);
    const drained = once(connection, 'drain');
    connection.resume();
    await drained;
    sink.want(true);
    await writable.promise;
  });
});
