/**
 * Python programs that sit at a terminal as a user does: what they start has a pseudo-terminal of its own, so that Ctrl-C and Ctrl-Z are keys.
 */

/** What both have in common: `blocked(pid)` waits until a process waits inside a read or write of a FUSE file. */
const COMMON = `
import os, pty, re, select, sys, time

def blocked(pid):
    while not re.search('fuse_(file|direct)_(read|write)', open('/proc/%d/stack' % pid).read()): time.sleep(0.005)

def child_of(parent):
    while True:
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                if open('/proc/%s/stat' % pid).read().rsplit(')', 1)[1].split()[1] == str(parent): return int(pid)
            except OSError: pass
        time.sleep(0.005)
`;

/** Runs a command line in bash at a terminal, presses Ctrl-C when it waits, and prints by which signal it ended. */
export const CTRL_C = `${COMMON}
pid, terminal = pty.fork()
if pid == 0: os.execvp('bash', ['bash', '-c', sys.argv[1]])
blocked(pid)
os.write(terminal, b'\\x03')
_, status = os.waitpid(pid, 0)
print('signal', os.WTERMSIG(status) if os.WIFSIGNALED(status) else 'none, status %d' % status)
`;

/**
 * Types a command into an interactive bash, presses Ctrl-Z when it waits, brings it back with fg, and runs another command elsewhere
 * when it waits again. Prints what the terminal showed from then on, up to the next prompt. A third argument is run elsewhere before Ctrl-Z.
 */
export const CTRL_Z = `${COMMON}
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(PS1='ready> ', TERM='dumb')
    os.execvp('bash', ['bash', '--norc', '--noprofile', '--noediting', '-i'])
seen = b''
def shows(text):
    global seen
    while text not in seen:
        if not select.select([terminal], [], [], 20)[0]: sys.exit('not shown: %r, only %r' % (text, seen))
        seen += os.read(terminal, 4096)
    before, seen = seen.split(text, 1)
    return before
shows(b'ready> ')
os.write(terminal, b'stty -echo\\n')
shows(b'ready> ')
os.write(terminal, sys.argv[1].encode() + b'\\n')
reader = child_of(pid)
blocked(reader)
if len(sys.argv) > 3: os.system(sys.argv[3])
os.write(terminal, b'\\x1a')
shows(b'Stopped')
shows(b'ready> ')
os.write(terminal, b'fg\\n')
shows(b'\\n')
while not 'S' == open('/proc/%d/stat' % reader).read().rsplit(')', 1)[1].split()[0]: time.sleep(0.005)
blocked(reader)
os.system(sys.argv[2])
print(shows(b'ready> ').decode().replace('\\r', ''), end='')
os.write(terminal, b'exit\\n')
os.waitpid(pid, 0)
`;
