import { expect } from 'chai';
import { failure, findingsText, ok, statusOf, warning } from '../../../src/cli/doctor/finding.js';

describe('findings', () => {
  it('are printed a line each, with what to do, in columns', () => {
    const findings = [ok('node', 'version 20.20.2'), warning('fusectl', 'it is not mounted', 'mount it')];
    expect(findingsText(findings)).to.equal('ok       node     version 20.20.2\nwarning  fusectl  it is not mounted: mount it\n');
  });

  it('stay one line whatever a name from outside holds', () => {
    expect(findingsText([failure('key', 'a\nfile\u001b[2J', 'look')])).to.equal(String.raw`failure  key  a\012file\033[2J: look` + '\n');
  });

  it('are a failure of the program only if one of them is', () => {
    expect(statusOf([ok('a', 'a')])).to.equal(0);
    expect(statusOf([ok('a', 'a'), warning('b', 'b', 'b')])).to.equal(0);
    expect(statusOf([failure('c', 'c', 'c'), warning('b', 'b', 'b')])).to.equal(1);
  });
});
