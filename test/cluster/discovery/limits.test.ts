import { expect } from 'chai';
import { DISCOVERY_OTHER_KEYS_MAX } from '../../../src/base/limits.js';
import { OtherKeys } from '../../../src/cluster/discovery/other-keys.js';
import { RateLimiter } from '../../../src/cluster/discovery/rate-limiter.js';
import { idOf } from './fixture.js';

describe('a rate limiter', () => {
  it('lets so many through in any window, not in each of a row of them', () => {
    const pace = new RateLimiter(2, 100);
    const let_through = [0, 90, 95, 99, 100, 110, 190, 191].filter((now_ms) => pace.take(now_ms));
    expect(let_through).to.deep.equal([0, 90, 100, 190]);
  });
});

describe('another key', () => {
  it('is named once, with the file to copy, and what was sent cannot reach the terminal', () => {
    const others = new OtherKeys();
    const line = others.heard('0123456789abcdef', '10.0.0.\u001b[2J', 'fedcba9876543210', '/var/lib/circuit/key');
    expect(line).to.match(/10\.0\.0\.\\033\[2J .*the key 0123456789abcdef; ours .*fedcba9876543210: .*copy \/var\/lib\/circuit\/key /);
    expect(others.heard('0123456789abcdef', '10.0.0.3', 'fedcba9876543210', '/key')).to.equal(undefined);
  });

  it('may be none, theirs or ours', () => {
    expect(new OtherKeys().heard('none', '10.0.0.2', 'fedcba9876543210', '/key')).to.match(/without a key.*a copy of \/key/);
    expect(new OtherKeys().heard('0123456789abcdef', '10.0.0.2', 'none', undefined)).to.match(/without --insecure and with its key file/);
  });

  it('is not named any more after the first 16', () => {
    const others = new OtherKeys();
    const lines = Array.from({ length: 100 }, (_, number) => others.heard(idOf(number).slice(1), '10.0.0.2', 'none', '/key'));
    expect(lines.filter((line) => line !== undefined)).to.have.length(DISCOVERY_OTHER_KEYS_MAX);
  });
});
