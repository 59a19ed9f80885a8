# What is written in C: the addon, the two programs that must live on when the server does not, and the front of the command line.
# The programs link with nothing but libc, so that a start costs a millisecond.
{
  'target_defaults': {
    'cflags': ['-Wall', '-Wextra', '-Werror', '-O2'],
    'cflags_c': ['-std=gnu11'],
    'defines': ['_GNU_SOURCE'],
  },
  'conditions': [
    [
      'OS=="linux"',
      {
        'targets': [
          {
            'target_name': 'circuit',
            'sources': [
              'addon/module.c',
              'addon/value.c',
              'addon/poller.c',
              'addon/device.c',
              'addon/mount.c',
              'addon/fusermount.c',
              'addon/descriptor.c',
              'addon/watch.c',
              'addon/lock.c',
              'addon/datagram.c',
              'addon/batch.c',
              'addon/user.c',
              'addon/group.c',
              'addon/mounts.c',
              'addon/orphans.c',
              'addon/peer.c',
            ],
          },
          {
            'target_name': 'launcher',
            'type': 'executable',
            'sources': [
              'launcher/main.c',
              'launcher/server.c',
              'launcher/process.c',
              'launcher/start.c',
              'launcher/descendants.c',
              'launcher/path.c',
            ],
          },
          {
            'target_name': 'watchdog',
            'type': 'executable',
            'sources': [
              'watchdog/main.c',
              'watchdog/mount.c',
            ],
          },
          {
            'target_name': 'holder',
            'type': 'executable',
            'sources': [
              'holder/main.c',
              'launcher/descendants.c',
            ],
          },
          {
            'target_name': 'client',
            'type': 'executable',
            'sources': [
              'client/main.c',
              'client/find.c',
              'client/hello.c',
              'client/pump.c',
            ],
          },
        ],
      },
      # Elsewhere nothing is built: fuse-native and a launcher on Node do instead.
      { 'targets': [{ 'target_name': 'circuit', 'type': 'none' }] },
    ],
  ],
}
