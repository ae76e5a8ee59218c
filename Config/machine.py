"""A Linux kernel of its own for what this one has not or should not serve: User Mode Linux (Debian's user-mode-linux),
which sees the files of this machine and has only its own processes and its own network. Called by Config/mounts.py."""
import os, shutil, subprocess, sys, tempfile

# The kernel would look for its modules in this machine's folder. What is served and mounted lies in its memory alone.
first_process = """#!/bin/sh
exec > %(folder)s/said 2>&1 < /dev/null
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TMPDIR=/mnt SCENEHF_MACHINE=1
mount -t proc none /proc
mount -t sysfs none /sys
for folder in /mnt /run /dev/shm /var/lib/nfs; do mkdir -p $folder; mount -t tmpfs none $folder; done
ip link set lo up
mkdir -p /mnt/kernel/lib
ln -s /usr/lib/uml/modules /mnt/kernel/lib/modules
printf '#!/bin/sh\nexec modprobe --dirname /mnt/kernel "$@"\n' > /mnt/kernel/modprobe
chmod +x /mnt/kernel/modprobe
echo /mnt/kernel/modprobe > /proc/sys/kernel/modprobe
/mnt/kernel/modprobe --all loop nls_utf8 nls_iso8859-1 nls_cp437
%(command)s
echo $? > %(folder)s/status
echo o > /proc/sysrq-trigger
sleep 60
"""


def is_own():
    """Whether this process runs in such a kernel."""
    return "SCENEHF_MACHINE" in os.environ


def run(script, *arguments, seconds=1800):
    """Runs a Python script there, says what it said, and returns its status."""
    kernel = shutil.which("linux.uml")
    if not kernel:
        print("skipped: user-mode-linux is not installed")
        return 0
    with tempfile.TemporaryDirectory(prefix="scenehf-machine-", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-B", "-u", os.path.abspath(script), *arguments]
        init = os.path.join(folder, "init")
        with open(init, "w") as file:
            file.write(first_process % {"folder": folder, "command": " ".join("'%s'" % word for word in command)})
        os.chmod(init, 0o755)
        try:
            subprocess.run(
                [kernel, "mem=2G", "rootfstype=hostfs", "rootflags=/", "rw", "init=" + init, "con=null", "quiet"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds)
        except subprocess.TimeoutExpired:
            print("FAILED: it did not end within %d s" % seconds)
        said = os.path.join(folder, "said")
        if os.path.exists(said):
            with open(said) as file:
                print(file.read(), end="", flush=True)
        try:
            with open(os.path.join(folder, "status")) as file:
                return int(file.read())
        except (FileNotFoundError, ValueError):
            print("FAILED: User Mode Linux did not come to its end")
            return 1
