"""Pictures to drop, and a folder heard through inotify: what the bench of the intake and its peer share."""
import ctypes, os, select, socket, struct, time, zlib

CREATED, MOVED_IN = 0x100, 0x80


def free_port():
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def png(number, width=64, height=48, margin=12, ground=b"\xff\xff\xff"):
    """A small picture with one rectangle; every number is another picture, and a small margin leaves more object than a
    layer may have."""
    colour = bytes([40 + number % 150, 40 + number // 150 % 150, 40 + number // 22500 % 150])
    edge = b"\0" + ground * width
    side = ground * (4 * margin // 3)
    inner = b"\0" + side + colour * (width - 2 * (4 * margin // 3)) + side

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = edge * margin + inner * (height - 2 * margin) + edge * margin
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Listener:
    """Tells when a name appears in a folder; the kernel's own event, so no polling blurs the time."""

    def __init__(self, folder):
        libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if libc.inotify_add_watch(self.descriptor, os.fsencode(folder), CREATED | MOVED_IN) < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch", folder)

    def wait(self, seconds=60):
        """The number of names that appeared, once there is one, and the time just after."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            raise TimeoutError("nothing appeared in %d s" % seconds)
        now = time.perf_counter()
        block, count = os.read(self.descriptor, 1 << 16), 0
        while block:
            length = struct.unpack_from("iIII", block)[3]
            block, count = block[16 + length:], count + 1
        return count, now

    def close(self):
        os.close(self.descriptor)


def durable(path, content):
    """Writes through a temporary name: file and folder are synced."""
    temporary = path + ".tmp"
    with open(temporary, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.rename(temporary, path)
    sync_folder(os.path.dirname(path))


def sync_folder(path):
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(descriptor)
    os.close(descriptor)
