/**
 * The faults of the circuit's first program, in Go, that were seen live; and for each which tests show that this one does not have it.
 */
export interface Fault {
  readonly number: number;
  /** What used to happen. */
  readonly was: string;
  /** File below `test/`, and titles of tests in it as they stand in the source; a script is a test as a whole. */
  readonly tests: Readonly<Record<string, readonly string[]>>;
}

const OURS = 'original-faults.test.ts';

export const FAULTS: readonly Fault[] = [
  {
    number: 1,
    was: 'a receiver that was killed swallows the next message, a sender that was killed sends an empty one',
    tests: {
      [OURS]: ['lets no killed receiver swallow a message', 'sends nothing for a killed sender that waited'],
      'element/channel/channel.test.ts': ['loses no message to a receiver that has left', 'sends nothing for a sender that has left'],
      'hosts/lossless.test.ts': ['are not swallowed by a receiver whose host loses its power while it waits'],
      'remote/remote-tree.test.ts': ['is offered nothing while the connection is down: neither a message nor room goes to who waits there'],
      'cli/commands.test.ts': [
        'leave no ghost behind when they are killed: neither a receiver nor a sender that waited keeps anything from others',
      ],
    },
  },
  {
    number: 2,
    was: 'what a sender had sent when it was killed is received as a complete message',
    tests: {
      'element/channel/channel.test.ts': ['ends with an error at the receiver when its sender gives up'],
      'api/channel.test.ts': ['tells the receiver that the sender gave up in the middle'],
      'cli/commands.test.ts': ['tell the receiver when a sender is killed in the middle, when its connection is given up'],
    },
  },
  {
    number: 3,
    was: 'output comes when 32 KB of it are there, or at the end',
    tests: { 'element/process/output.test.ts': ['comes while it runs, and ends with it'], 'scripts/log-follow.sh': [] },
  },
  {
    number: 4,
    was: 'a process has not ended until its stdin is closed',
    tests: {
      [OURS]: ['scrubs a process whose stdin is open'],
      'element/process/stdin.test.ts': ['is not waited for by a process that does not read it'],
      'scripts/stdin-ignored.sh': [],
    },
  },
  {
    number: 5,
    was: 'two readers of stdout share its bytes, and nothing can be read again',
    tests: { [OURS]: ['gives every reader of stdout all of it, again and again'], 'scripts/idle-reader.sh': [] },
  },
  {
    number: 6,
    was: 'ls fails whole for one dead server, prints wrong paths, and creates what it is asked for',
    tests: {
      [OURS]: ['makes nothing by looking for it', 'lists the paths below an anchor as they are'],
      'hosts/eight.test.ts': ['end calls into one that is killed with EHOSTDOWN, while ls goes on', 'can be walked from each, as one tree'],
      'mount/silent.test.ts': ['is listed, and holds up nobody else'],
    },
  },
  {
    number: 7,
    was: 'dead servers come back',
    tests: {
      'hosts/eight.test.ts': ['let nobody come back as a ghost', 'see one that starts again as a new one, without what it had'],
      'simulation/membership.test.ts': ['is replaced by another one at its address without confusion'],
    },
  },
  {
    number: 8,
    was: 'random bytes on its port, or a capacity of 2,000,000,000, end the server; bad arguments show a stack',
    tests: {
      [OURS]: ['lives on after random bytes on its port, a capacity that is too large and a record that is none'],
      'wire/session/bad-input.test.ts': ['closes on random bytes, says so once, and serves others meanwhile'],
      'wire/session/frame.test.ts': ['are refused with EINVAL, and nothing else, whatever the bytes are'],
      'element/channel/channel.test.ts': ['refuses a capacity that is none, and says which are allowed'],
    },
  },
  {
    number: 9,
    was: 'one silent connection blocks all others',
    tests: {
      [OURS]: ['is joined by others while silent connections are open to it'],
      'wire/session/bad-input.test.ts': [
        'serves others while 1,000 connections say nothing, of which it keeps few',
        'gives a handshake a limited time, however slowly it trickles',
      ],
    },
  },
  {
    number: 10,
    was: 'RC4 without a MAC, keys from the clock, replays, discovery by anybody',
    tests: {
      'wire/transport/security.test.ts': [
        'is TLS 1.3 with the key, X25519 and no certificate',
        'takes nothing older than TLS 1.3, at either end',
      ],
      'wire/transport/keyring.test.ts': ['makes keys of 256 bits, each another one'],
      'cluster/discovery/announcement.test.ts': ['is broken by any change of any byte'],
      'cluster/discovery/segment.test.ts': ['is answered within 100 ms, once, not longer than it is, and not when it is replayed'],
      'hosts/keys.test.ts': [
        'keeps out who has another one, by whichever way it comes',
        'hides names and messages from who listens on the network',
      ],
    },
  },
  {
    number: 11,
    was: 'servers must be able to dial their clients',
    tests: { 'hosts/far.test.ts': ['can be mounted by a host without a server, through the one server that it reaches'] },
  },
  {
    number: 12,
    was: 'children outlive their server, SIGTERM is no farewell, a port in use is a crash, a client alone hangs',
    tests: {
      [OURS]: ['says so when its port is in use'],
      'cli/daemon/daemon.test.ts': ['leaves no descendant after ${how}, forked how it may be'],
      'element/process/launcher.test.ts': ['takes all descendants along when its server is killed'],
      'hosts/eight.test.ts': ['hear at once of one that stops in order, before its processes have ended'],
      'hosts/far.test.ts': ['say what was tried when a client finds nobody'],
      'cluster/discovery/multicast.test.ts': ['that finds nobody fails after 3 s, and says what it tried'],
    },
  },
  {
    number: 13,
    was: 'a name server answers with the first record only, by exact case, over UDP only, and not at all for names that it does not know',
    tests: {
      'element/name-server/respond.test.ts': [
        'answers with all records of that name and type, and says that it is the authority',
        'compares names without case, and repeats the question as it was spelt',
        'tells a name that does not exist from one without such records, and for how long',
      ],
      'element/name-server/name-server.test.ts': ['truncates, and gives all to dig when it comes back over TCP'],
    },
  },
  {
    number: 14,
    was: 'a stopped process is shown as running, Dir as empty, and a process that could not be made stays attached',
    tests: {
      [OURS]: ['shows the directory of a process that was given none'],
      'element/process/process.test.ts': ['shows when it is stopped, and that it goes on', 'is not made when it cannot be started'],
      'scripts/stopped.sh': [],
      'scripts/start-errors.sh': [],
    },
  },
  {
    number: 15,
    was: 'files hang: after O_TRUNC, after an error far away or the death of a peer; errors come too late; paths are not there until somebody looks; what was signaled is busy for ever',
    tests: {
      [OURS]: ['finds a path that nobody has listed', 'removes a process that a signal has ended'],
      'mount/engine/kernel/hazards.test.ts': [
        'lets a second writer, an appender and a truncating one reach a file whose first writer is blocked, and each can be killed (1)',
      ],
      'mount/files/commands.test.ts': ["makes a command's failure that of its write, and drops what stands behind it"],
      'hosts/eight.test.ts': [
        'say on one host what another one did, in the same words',
        'end calls into one that is killed with EHOSTDOWN, while ls goes on',
      ],
      'scripts/errors.sh': [],
    },
  },
];
