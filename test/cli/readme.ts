/**
 * Every line of the original's README that shows a command, in its order, and what our users know it to do. `test/cli/readme.test.ts` types them as
 * they stand; only addresses and IDs are put in for those of the README, and `go get …` is left out, since ours is installed with npm.
 */
import { expect } from 'chai';

/** What a line said. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** Of the server on the host where a line is typed, and of the other one. */
export interface Ids {
  readonly own: string;
  readonly other: string;
}

export interface Line {
  /** As it stands there. */
  readonly typed: string;
  /** What it does, as the title of its test. */
  readonly does: string;
  /** The command of an element; the line waits until the table of commands has it. */
  readonly element?: string;
  /** What is to come into the anchor before, typed by somebody else. */
  readonly before?: string;
  /** Its exit status; 0 if absent. */
  readonly status?: number;
  readonly expect: (said: Said, ids: Ids) => unknown;
}

const SERVER = '/X88550014d4c82e4d';
const silent = ({ stdout, stderr }: Said): void => void expect({ stdout, stderr }).to.deep.equal({ stdout: '', stderr: '' });
const json = ({ stdout }: Said): unknown => JSON.parse(stdout);
const bothServers = ({ stdout }: Said, { own, other }: Ids): void => {
  expect(stdout).to.equal(
    [
      `/${own}
`,
      `/${other}
`,
    ]
      .sort()
      .join(''),
  );
};

const MKDKR =
  `circuit mkdkr ${SERVER}/docky << EOF\n{\n\t"Image": "ubuntu",\n\t"Memory": 1000000000,\n\t"CpuShares": 3,\n` +
  `\t"Lxc": ["lxc.cgroup.cpuset.cpus = 0,1"],\n\t"Volume": ["/webapp", "/src/webapp:/opt/webapp:ro"],\n\t"Dir": "/",\n\t"Entry": "",\n` +
  `\t"Env": ["PATH=/usr/bin"],\n\t"Path": "/bin/ls",\n\t"Args": ["/"],\n}\nEOF`;

/** Servers are started by these; the test says on which host. */
export const STARTS = {
  byMulticast: 'circuit start -if eth0 -discover 228.8.8.8:7711',
  first: 'circuit start -a 10.0.0.1:11022',
  second: 'circuit start -a 10.0.0.2:11088 -j circuit://10.0.0.1:11022/78517/Q56e7a2a0d47a7b5d',
  withKey: 'circuit start -a 10.0.0.1 -hmac .hmac',
  withDocker: 'circuit start -if eth0 -discover 228.8.8.8:7711 -docker',
} as const;

/** Typed on a host of a circuit of two that was started by multicast, in one session: what was exported stays so. */
export const LINES: readonly Line[] = [
  { typed: 'circuit ls -discover 228.8.8.8:7711 /...', does: 'finds a server by multicast', expect: bothServers },
  {
    typed: 'export CIRCUIT_DISCOVER=228.8.8.8:7711\ncircuit ls /...',
    does: 'finds a server by the group in the environment',
    expect: bothServers,
  },
  {
    typed: 'circuit ls -d circuit://10.0.0.1:11022/78517/Q56e7a2a0d47a7b5d /',
    does: 'goes through the server with a URL',
    expect: bothServers,
  },
  {
    typed: 'echo circuit://10.0.0.1:11022/78517/Q56e7a2a0d47a7b5d > ~/.circuit\nexport CIRCUIT="~/.circuit"\ncircuit ls /',
    does: 'goes through the server whose URL is in a file',
    expect: bothServers,
  },
  {
    typed: 'circuit help',
    does: 'shows the commands',
    expect: ({ stdout }: Said): void => {
      for (const name of ['start', 'ls', 'mkproc', 'mkchan', 'send', 'recv', 'waitall', 'keygen'])
        expect(stdout).to.match(new RegExp(`^ {2}${name} `, 'm'));
    },
  },
  { typed: 'circuit ls /', does: 'lists the servers', expect: bothServers },
  { typed: 'circuit ls /...', does: 'lists all, and there are only the servers', expect: bothServers },
  {
    typed: `circuit mkproc ${SERVER}/pippi << EOF\n{\n\t"Path": "/bin/ls", \n\t"Args":["/"]\n}\nEOF`,
    does: 'runs a process',
    expect: silent,
  },
  {
    typed: `circuit peek ${SERVER}/pippi`,
    does: 'shows what has become of the process',
    expect: (said) => expect(json(said)).to.deep.include({ Exit: null }).and.to.have.nested.property('Cmd.Path', '/bin/ls'),
  },
  { typed: `cat /dev/null | circuit stdin ${SERVER}/pippi`, does: 'closes its standard input', expect: silent },
  { typed: `circuit stdout ${SERVER}/pippi`, does: 'shows its output', expect: ({ stdout }) => expect(stdout).to.match(/^bin$/m) },
  { typed: `circuit scrub ${SERVER}/pippi`, does: 'lets go of the process', expect: silent },
  {
    typed: MKDKR,
    does: 'asks for a container, which a server without Docker refuses; the comma behind the last field is no fault',
    status: 1,
    element: 'mkdkr',
    expect: ({ stderr }: Said) => expect(stderr).to.match(/this server was started without Docker/),
  },
  { typed: `circuit mkchan ${SERVER}/this/is/charlie 3`, does: 'makes a channel', expect: silent },
  {
    typed: `circuit peek ${SERVER}/this/is/charlie`,
    does: 'shows the state of the channel',
    expect: ({ stdout }) =>
      expect(stdout).to.match(/^\{\n\t"Cap": 3,\n\t"Closed": false,\n\t"Aborted": false,\n\t"NumSend": 0,\n\t"NumRecv": 0,?\n/),
  },
  { typed: `circuit send ${SERVER}/this/is/charlie < some_file`, does: 'sends a file into the channel', expect: silent },
  {
    typed: `circuit recv ${SERVER}/this/is/charlie`,
    does: 'receives what was sent',
    expect: ({ stdout }) => expect(stdout).to.equal('some text\n'),
  },
  { typed: `circuit mkdns ${SERVER}/mydns 127.0.0.1:7711`, does: 'makes a name server at an address', element: 'mkdns', expect: silent },
  {
    typed: `circuit peek ${SERVER}/mydns`,
    does: 'shows its address',
    element: 'mkdns',
    expect: (said) => expect(json(said)).to.deep.include({ Address: '127.0.0.1:7711', Records: {} }),
  },
  {
    typed: `circuit set ${SERVER}/mydns "miek.nl. 3600 IN MX 10 mx.miek.nl."`,
    does: 'adds a record',
    element: 'mkdns',
    expect: silent,
  },
  {
    typed: `circuit peek ${SERVER}/mydns`,
    does: 'shows the records of a name',
    element: 'mkdns',
    before: `circuit set ${SERVER}/mydns "miek.nl. 3600 IN MX 20 mx2.miek.nl."`,
    expect: (said) =>
      expect(json(said)).to.deep.include({
        Records: { 'miek.nl.': ['miek.nl.\t3600\tIN\tMX\t10 mx.miek.nl.', 'miek.nl.\t3600\tIN\tMX\t20 mx2.miek.nl.'] },
      }),
  },
  { typed: `circuit unset ${SERVER}/mydns miek.nl.`, does: 'removes the records of a name', element: 'mkdns', expect: silent },
  {
    typed: `circuit mkdns ${SERVER}/mydns`,
    does: 'makes a name server at a free port',
    element: 'mkdns',
    before: `circuit scrub ${SERVER}/mydns`,
    expect: silent,
  },
  { typed: `circuit mk@join ${SERVER}/watch/join`, does: 'subscribes to servers that join', element: 'mk@join', expect: silent },
  { typed: `circuit mk@leave ${SERVER}/watch/leave`, does: 'subscribes to servers that leave', element: 'mk@leave', expect: silent },
  {
    typed: `circuit recv ${SERVER}/watch/join`,
    does: 'receives the path of a server that has joined',
    element: 'mk@join',
    expect: ({ stdout }, { own, other }) => expect([`/${own}`, `/${other}`]).to.include(stdout.trim()),
  },
  {
    typed: `circuit peek ${SERVER}/watch/join`,
    does: 'shows what has not been received yet',
    element: 'mk@join',
    expect: (said) => expect(json(said)).to.deep.include({ Pending: 1, Closed: false }),
  },
];

/** Typed where servers were started with `-docker`. */
export const WITH_DOCKER: readonly Line[] = [
  { typed: MKDKR, does: 'runs a container', expect: silent },
  { typed: `cat /dev/null | circuit stdin ${SERVER}/docky`, does: 'closes its standard input', expect: silent },
  {
    typed: `circuit stdout ${SERVER}/docky`,
    does: 'lists / of its image and its volumes',
    expect: ({ stdout }) => expect(stdout.split('\n')).to.include.members(['bin', 'dev', 'opt', 'webapp']),
  },
  { typed: `circuit stderr ${SERVER}/docky`, does: 'shows its errors, which there are none of', expect: silent },
  {
    typed: `circuit wait ${SERVER}/docky`,
    does: 'tells how it has ended',
    expect: (said) => expect(json(said)).to.have.nested.include({ 'State.Status': 'exited', 'State.ExitCode': 0 }),
  },
  {
    typed: `circuit peek ${SERVER}/docky`,
    does: 'shows what docker inspect shows',
    expect: (said) =>
      expect(json(said)).to.have.nested.include({
        'Config.Image': 'ubuntu',
        'HostConfig.Memory': 1_000_000_000,
        'HostConfig.CpuShares': 3,
        'HostConfig.CpusetCpus': '0,1',
        'HostConfig.Binds[0]': '/src/webapp:/opt/webapp:ro',
      }),
  },
  { typed: `circuit scrub ${SERVER}/docky`, does: 'lets go of the container', expect: silent },
];

/** Typed where servers were started with a key in `.hmac`. */
export const WITH_KEY: Line = {
  typed: 'circuit ls -hmac .hmac /...',
  does: 'uses the key in a file',
  expect: ({ stdout }, { own }) => expect(stdout).to.equal(`/${own}\n`),
};

export const KEYGEN: Line = {
  typed: 'circuit keygen',
  does: 'makes a key',
  expect: ({ stdout }) => expect(stdout).to.match(/^[A-Za-z\d+/]{43}=\n$/),
};
