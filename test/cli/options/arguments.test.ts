import { expect } from 'chai';
import { endOptions, normalizeDashes } from '../../../src/cli/options/arguments.js';

const OPTIONS = [
  { short: '-m', long: '--var', required: true },
  { short: '-d', long: '--dial', required: true },
  { long: '--if', required: true },
  { short: '-l', long: '--long', required: false },
  { short: '--de', long: '--depth', required: false },
  { long: '--no-mount', required: false },
  { long: '--docker', required: false },
];
const normalized = (line: string): string => normalizeDashes(line.split(' '), OPTIONS).join(' ');

describe('arguments', () => {
  it('may have one dash before a long name and two before a short one, and = before a value, as the original has', () => {
    expect(normalized('start -if eth0 -var=d -no-mount')).to.equal('start --if eth0 --var=d --no-mount');
    expect(normalized('ls --d URL --l -de -depth')).to.equal('ls -d URL -l --de --depth');
    expect(normalized('ls -d=URL --d=a=b')).to.equal('ls --dial=URL --dial=a=b');
  });

  it('may turn a switch on and off behind =, as the original has', () => {
    expect(normalized('ls -l=true -depth=1 --long=T')).to.equal('ls -l --depth --long');
    expect(normalized('ls -l=false -de=0 --long=F -docker=False')).to.equal('ls');
    expect(normalized('start -docker -docker=true -docker=/run/d.sock')).to.equal('start --docker --docker --docker=/run/d.sock');
  });

  it('stay as they are otherwise: short options, values, two dashes, and all that follows a bare --', () => {
    for (const line of ['-m dir --var var -v -unknown - -- -var', '-m -if --var -de', '-lm dir -- -l=true', '-mdir ls -d']) {
      expect(normalized(line)).to.equal(line);
    }
  });

  it("that are a program's stay as they are, from its name on", () => {
    const options = [
      { short: '-d', long: '--dial', required: true },
      { long: '--scrub', required: false },
    ];
    const end = (line: string): string => endOptions(line.split(' '), options, 2).join(' ');
    expect(end('mkproc -d URL /X/a ls -l /')).to.equal('mkproc -d URL /X/a -- ls -l /');
    expect(end('mkproc /X/a -dial URL -scrub ls -d x')).to.equal('mkproc /X/a -dial URL -scrub -- ls -d x');
    expect(end('mkproc --d URL /X/a ls')).to.equal('mkproc --d URL /X/a -- ls');
    expect(end('mkproc /X/a -- ls -- -l')).to.equal('mkproc /X/a -- ls -- -l');
    expect(end('mkproc /X/a --scrub')).to.equal('mkproc /X/a --scrub');
  });
});
