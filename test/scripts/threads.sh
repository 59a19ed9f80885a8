# needs: callers
# A program that writes in one thread and closes in another, as Node does, is one process: text without a final newline is executed at its close,
# and not at that of a child that has inherited the descriptor.
mkdir $A/one $A/two
cat > write.mjs <<'END'
import { writeFile } from 'node:fs/promises';
await writeFile(process.argv[2], 'mkchan 3');
END
for _ in 1 2 3 4 5; do
  node write.mjs $A/one/ctl
  cat $A/one/error
  echo scrub > $A/one/ctl
done
python3 - $A/two/ctl <<'END'
import os, sys
ctl = os.open(sys.argv[1], os.O_WRONLY)
os.set_inheritable(ctl, True)
os.write(ctl, b'mkchan')
os.system('true')
os.write(ctl, b' 3')
os.close(ctl)
END
cat $A/two/error
head -n 2 $A/two/peek
