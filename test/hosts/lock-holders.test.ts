/**
 * A thousand grants of one lock to twenty clients on four hosts, in C and in Perl, which let go in every way that there is: there are never two holders.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import { needs } from '../lib/machine.js';

const SOURCE = fileURLToPath(new URL('../../../test/hosts/lock-client.c', import.meta.url));
const HOSTS = 4;
const CLIENTS = 5;
const TURNS = 50;
/** As the program in C, but in one process; every fifth turn asks again and again. */
const PERL = `
use Fcntl qw(:flock :DEFAULT);
my ($lock, $log, $turns) = @ARGV;
sysopen(my $out, $log, O_WRONLY | O_APPEND) or die "$log: $!";
for my $turn (1 .. $turns) {
  open(my $file, '+<', $lock) or die "$lock: $!";
  if ($turn % 5) { flock($file, LOCK_EX) or die "flock: $!" }
  else { select(undef, undef, undef, 0.005) until flock($file, LOCK_EX | LOCK_NB) }
  sysread($file, my $token, 32) or die "token: $!";
  syswrite($out, "begin $token");
  select(undef, undef, undef, 0.0005);
  syswrite($out, "end $token");
  close($file);
}
`;

describe('a lock of twenty clients on four hosts', function () {
  this.timeout(180_000);
  let bed: Bed;
  let circuit: Circuit | undefined;

  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl', 'gcc', 'perl');
    bed = await Bed.create({ hosts: HOSTS });
    execFileSync('cc', ['-O2', '-Wall', '-Werror', '-D_GNU_SOURCE', '-o', join(bed.directory, 'lock-client'), SOURCE]);
    circuit = await Circuit.start(bed);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(circuit?.log);
  });
  after(() => bed.remove());

  it('never has two holders, and tokens that rise', async () => {
    await bed.host(1).run('mkdir /circuit/self/l; echo mklock > /circuit/self/l/ctl');
    await bed.until('all see it', async () => {
      const seen = await Promise.all(bed.hosts.map((host) => host.sh('stat /circuit/host/web-1/l/lock')));
      return seen.every(({ code }) => code === 0);
    });
    const log = join(bed.directory, 'grants');
    writeFileSync(log, '');
    const args = ['/circuit/host/web-1/l/lock', log, String(TURNS)];
    const commands = [...Array<readonly string[]>(CLIENTS - 1).fill([join(bed.directory, 'lock-client')]), ['perl', '-e', PERL]];
    const clients = bed.hosts.flatMap((host) => commands.map((command) => host.spawn([...command, ...args])));
    for (const client of clients) expect(await client.exited, client.stderr).to.deep.equal([0, null]);
    await bed.until('all have let go', async () => (await bed.host(1).sh('grep NumHolders.*0 /circuit/self/l/peek')).code === 0);
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    const tokens = lines.filter((line) => line.startsWith('begin ')).map((line) => Number(line.slice('begin '.length)));
    expect(tokens).to.have.length(HOSTS * CLIENTS * TURNS);
    expect(lines).to.deep.equal(tokens.flatMap((token) => [`begin ${token}`, `end ${token}`]));
    expect(tokens).to.deep.equal(tokens.toSorted((a, b) => a - b));
    expect(new Set(tokens).size).to.equal(tokens.length);
  });
});
