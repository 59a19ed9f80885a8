"""What calls give on a file that spare programs a copy, or look for its size: calls.py read|write FILE SEND

Prints them as JSON: "ok", or the name of the errno. SEND is a file that takes a message.
"""
import ctypes, errno, fcntl, json, mmap, os, sys, tempfile

how, path, send = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_ssize_t
SIZE = ctypes.c_int64
file = os.open(path, os.O_RDONLY if how == 'read' else os.O_WRONLY)
ends = os.pipe()
scratch = tempfile.TemporaryFile()
scratch.write(b'text\n')
scratch.seek(0)
results = {}


def call(name, made):
    try:
        made()
        results[name] = 'ok'
    except OSError as error:
        results[name] = 'EOPNOTSUPP' if error.errno == errno.EOPNOTSUPP else errno.errorcode[error.errno]


def checked(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), 'a call of libc')


def map_page(kind):
    checked(libc.mmap(None, SIZE(4096), mmap.PROT_READ, kind, file, SIZE(0)))


def seek_back(whence):
    os.lseek(file, 0, whence)
    os.lseek(file, 0, os.SEEK_SET)


def moved(count):
    if count == 0:
        raise OSError(errno.ENODATA, 'nothing was moved')


def flock():
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


call('lseek SEEK_END', lambda: seek_back(os.SEEK_END))
call('lseek SEEK_DATA', lambda: seek_back(os.SEEK_DATA))
call('lseek SEEK_HOLE', lambda: seek_back(os.SEEK_HOLE))
call('posix_fadvise', lambda: [os.posix_fadvise(file, 0, 0, advice) for advice in range(6)])
call('fsync', lambda: os.fsync(file))
call('flock', flock)
if how == 'read':
    call('readahead', lambda: checked(libc.readahead(file, SIZE(0), SIZE(4096))))
    call('mmap MAP_SHARED', lambda: map_page(mmap.MAP_SHARED))
    call('mmap MAP_PRIVATE', lambda: map_page(mmap.MAP_PRIVATE))
    call('preadv2 RWF_NOWAIT', lambda: os.preadv(file, [bytearray(1)], 0, os.RWF_NOWAIT))
    target = scratch.fileno()
    message = os.open(send, os.O_WRONLY)
    call('copy_file_range', lambda: moved(os.copy_file_range(file, target, 4096, 0)))
    call('copy_file_range within the circuit', lambda: moved(os.copy_file_range(file, message, 4096, 0)))
    call('sendfile', lambda: moved(os.sendfile(ends[1], file, 0, 4096)))
    call('splice', lambda: moved(os.splice(file, ends[1], 4096)))
else:
    source = scratch.fileno()
    os.write(ends[1], b'spliced\n')
    call('fallocate', lambda: checked(libc.fallocate(file, 0, SIZE(0), SIZE(4096))))
    call('copy_file_range', lambda: moved(os.copy_file_range(source, file, 4096, 0)))
    call('sendfile', lambda: moved(os.sendfile(file, source, 0, 4096)))
    call('splice', lambda: moved(os.splice(ends[0], file, 4096)))
print(json.dumps(results))
