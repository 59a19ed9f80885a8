# shells: bash dash
# Listings show files that block or consume as FIFOs, though stat calls them regular: find -type f and grep -r then pass them over.
cd $A
mkdir chan proc proc/below
echo mkchan 3 > chan/ctl
echo mkproc /bin/true > proc/ctl
ls -F chan
ls -F proc
# shellcheck disable=SC2010 # ls is what is tried here
ls -R . | grep :
find . -type d | sort
find chan -type f | sort
find chan -type p | sort
find . -name '*recv' | sort
ls -ld chan chan/ctl chan/recv chan/send | cut -c 1-10
[ -w chan/recv ] || echo recv is not for writing
[ -r chan/send ] || echo send is not for reading
cat $C/self/peek | grep -c "$(readlink $C/self)"
# shellcheck disable=SC2010
ls -l $C/host | grep -c "$(readlink $C/self)"
