#!/usr/bin/env bash
# Tries a package on a Debian 12 tree of its own: lintian, the manual, an upgrade with a root at work, and the hot-folder
# round in the process of the system-wide unit, under the unit's restrictions. Where systemd does not run, bubblewrap sets
# them: read-only tree, no other user's files, no devices, no capabilities, the system calls of SystemCallFilter, no memory
# that is written and run.
#   bash Config/package/trial.sh PACKAGE [OLDER_PACKAGE]    as root, with the tools of the next line and python3-seccomp
set -euo pipefail
for tool in lintian debootstrap man mandoc bwrap; do
  command -v "$tool" > /dev/null || { echo "$tool is missing; a trial without it would say nothing. Install it." >&2; exit 1; }
done
package=$(realpath "$1")
older=${2:+$(realpath "$2")}
here=$(dirname "$(realpath "$0")")
tree=${TRIAL_TREE:-$(mktemp -d)}
# The service runs there as a user of its own.
chmod 755 "$tree"
say() { printf '\n== %s\n' "$*"; }

say "lintian"
lintian --allow-root --fail-on error,warning "$package" || failed=lintian

say "a clean Debian 12"
[ -e "$tree/etc/debian_version" ] || debootstrap --variant=minbase bookworm "$tree" > /dev/null
inside() { chroot "$tree" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
mount --bind /proc "$tree/proc" && trap 'umount "$tree/proc"' EXIT
cp /etc/resolv.conf "$tree/etc/"
install_package() { cp "$1" "$tree/tmp/package.deb"; inside apt-get install -y -qq --allow-downgrades /tmp/package.deb > /dev/null; }
inside apt-get update -qq
inside apt-get install -y -qq systemd-standalone-sysusers > /dev/null
root=$tree/root/Pictures/SceneGen
engine=$(realpath -m ~/.local/share/scenehf/engine)
if [ -d "$engine" ]; then mkdir -p "$tree/root/.local/share/scenehf"; cp -r "$engine" "$tree/root/.local/share/scenehf/"; fi
face() { ls -d "$root/$1/$2"--* > /dev/null 2>&1; }
wait_for() { for _ in $(seq 600); do if eval "$1"; then return; fi; sleep 0.2; done; echo "never: $1"; exit 1; }

if [ -n "$older" ]; then
  say "the older package, killed at work"
  install_package "$older"
  inside env HOME=/root scenehf watch & service=$!
  wait_for '[ -d "$root/inbox" ] && inside scenehf status | head -n 1 | grep -q running'
  cp "$here"/../../Samples/{mug,close-up,sky.jpg,broken}* "$root/inbox/"
  wait_for 'face done mug && face review sky'
  cp "$here/../../Samples/fruit.jpg" "$root/inbox/"
  wait_for 'grep -ls RUNNING "$root"/jobs/*/job.json > /dev/null'
  pkill -KILL --parent "$service" || kill -KILL "$service"
  inside env HOME=/root scenehf status
fi

say "the package"
install_package "$package"
inside scenehf --version
inside dpkg --verify scenehf
if [ -n "$older" ]; then
  say "the same root, by the newer program"
  inside env HOME=/root scenehf watch & service=$!
  wait_for 'face done fruit && face done mug && face review sky'
  inside env HOME=/root scenehf status
  pkill -TERM --parent "$service" || kill "$service"
  wait "$service" || true
fi

say "the manual"
for page in man1/scenehf.1.gz man5/scenehf.yaml.5.gz; do
  zcat "$tree/usr/share/man/$page" > "$tree/tmp/page"
  warnings=$(LC_ALL=C.UTF-8 man --warnings --local-file -Tutf8 -Z "$tree/tmp/page" 2>&1 > /dev/null; mandoc -T lint -W warning "$tree/tmp/page" || true)
  echo "$page: ${warnings:-no warnings}"
  [ -z "$warnings" ] || failed=manual
done

say "the unit"
unit=$tree/usr/lib/systemd/system/scenehf.service
systemd-analyze security --offline=true "$unit" | tail -n 1
state=$tree/var/lib/scenehf
user=$(inside id -u scenehf) group=$(inside id -g scenehf)
mkdir -p "$state"
[ ! -d "$engine" ] || cp -r "$engine" "$state/"
chown -R "$user:$group" "$state"
filter=$(mktemp)
/usr/bin/python3 - "$filter" <<'P'
import subprocess, sys
import seccomp
def names(group):
    lines = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True).stdout.splitlines()
    for word in [line.strip() for line in lines[1:] if line.strip() and not line.strip().startswith("#")]:
        yield from names(word) if word.startswith("@") else [word]
allowed = set(names("@system-service")) - set(names("@privileged"))
rules = seccomp.SyscallFilter(defaction=seccomp.ERRNO(1))
for name in sorted(allowed | {"execve", "seccomp"}):
    if name in ("mmap", "mprotect", "pkey_mprotect"): continue
    try: rules.add_rule(seccomp.ALLOW, name)
    except Exception: pass
# MemoryDenyWriteExecute: no mapping that is both, none that becomes executable later (systemd.exec(5)).
rules.add_rule(seccomp.ALLOW, "mmap", seccomp.Arg(2, seccomp.MASKED_EQ, 4, 0))
rules.add_rule(seccomp.ALLOW, "mmap", seccomp.Arg(2, seccomp.MASKED_EQ, 6, 4))
rules.add_rule(seccomp.ALLOW, "mprotect", seccomp.Arg(2, seccomp.MASKED_EQ, 4, 0))
rules.export_bpf(open(sys.argv[1], "wb"))
P
say "the hot-folder round in the sandbox"
studio=$state/studio
notify=$state/notify
/usr/bin/python3 - "$notify" > "$filter.said" <<'P' & listener=$!
import os, socket, sys
peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); peer.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o666)
while True: print(peer.recv(4096).decode(), flush=True)
P
setpriv --reuid "$user" --regid "$group" --clear-groups bwrap --ro-bind "$tree" / --dev /dev --proc /proc --tmpfs /tmp --tmpfs /home --tmpfs /root --bind "$state" /var/lib/scenehf \
  --unshare-user --uid "$user" --gid "$group" --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup --cap-drop ALL \
  --die-with-parent --new-session --seccomp 9 9< "$filter" --clearenv \
  --setenv PATH /usr/bin:/bin --setenv HOME /var/lib/scenehf --setenv STORAGE_ROOT /var/lib/scenehf/studio \
  --setenv SCENEHF_ENGINE_DIR /var/lib/scenehf/engine --setenv SCENEHF_CONFIG /etc/scenehf/scenehf.yaml \
  --setenv NOTIFY_SOCKET /var/lib/scenehf/notify /usr/bin/scenehf watch & service=$!
wait_for 'grep -q READY=1 "$filter.said"'
cp "$here"/../../Samples/{mug,fruit,close-up,broken}* "$studio/inbox/"
wait_for '[ -d "$(echo "$studio"/done/mug--*)" ] && [ -d "$(echo "$studio"/done/fruit--*)" ] && [ -d "$(echo "$studio"/rejected/broken--*)" ]'
wait_for '[ -e "$(echo "$studio"/review/close-up--*/*.yaml | cut -d" " -f1)" ]'
edit=$(ls "$studio"/review/close-up--*/*.yaml | head -n 1)
sed -i 's/^action: .*/action: skip/' "$edit"
wait_for '[ -d "$(echo "$studio"/done/close-up--*)" ] || ! [ -e "$edit" ]'
ls "$studio/done" "$studio/review" "$studio/rejected"
kill "$service" "$listener" 2> /dev/null || true
wait "$service" || true
sort "$filter.said" | uniq -c
[ -z "${failed:-}" ] || { echo "Failed: $failed"; exit 1; }
say "all passed; the tree is $tree"
