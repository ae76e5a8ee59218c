"""Pictures to drop, and a folder heard through inotify: what the bench of the intake and its peer share."""
import ctypes, os, select, struct, time, zlib

CREATED, MOVED_IN = 0x100, 0x80


def png(number, width=64, height=48):
    """A small picture on white with one rectangle; every number is another picture."""
    colour = bytes([40 + number % 150, 40 + number // 150 % 150, 40 + number // 22500 % 150])
    edge = b"\0" + b"\xff" * 3 * width
    inner = b"\0" + b"\xff" * 48 + colour * (width - 32) + b"\xff" * 48

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = edge * 12 + inner * (height - 24) + edge * 12
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
