"""Ways of one worker to the database that can be cut: nothing comes through, and nobody is told. Used by studio.py."""
import os, select, socket, subprocess, threading, time


def carry(client, target, is_cut=lambda: False):
    """Carries bytes between a connection and a socket's address until either side ends."""
    family = socket.AF_UNIX if isinstance(target, str) else socket.AF_INET
    try:
        with client, socket.socket(family) as server:
            while is_cut():
                time.sleep(0.05)
            server.connect(target)
            while True:
                for source in select.select([client, server], [], [], 1)[0]:
                    content = source.recv(65536)
                    while is_cut():
                        time.sleep(0.05)
                    if not content:
                        return
                    (server if source is client else client).sendall(content)
    except OSError:
        return


def forward(listener, target, is_cut=lambda: False):
    """Takes connections for ever, each on a thread of its own."""
    def accept():
        while True:
            client, _ = listener.accept()
            threading.Thread(target=carry, args=(client, target, is_cut), daemon=True).start()

    listener.listen(50)
    threading.Thread(target=accept, daemon=True).start()


class Line:
    """A socket between the worker and the server that holds back what it carries."""
    kind = "a socket that holds everything back"

    def __init__(self, database, vendor, folder):
        self.is_cut = False
        os.mkdir(folder)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(folder, ".s.PGSQL.5432"))
        forward(self.listener, database.socket, lambda: self.is_cut)
        self.prefix, self.settings = [], {"DATABASE_URL": database.address(folder)}

    def cut(self):
        self.is_cut = True

    def mend(self):
        self.is_cut = False

    def end(self):
        self.listener.close()


class Network:
    """A network namespace of the worker's own with two cables, to the database and to the service; that to the database
    is pulled out. Needs root."""
    kind = "a network namespace whose cable is pulled out"

    def __init__(self, database, vendor, folder):
        number = os.getpid() % 250 + 1
        self.name, self.cables = "scenehf-%d" % os.getpid(), []
        self.prefix = ["ip", "netns", "exec", self.name]
        run("netns", "add", self.name)
        try:
            self.settings = {
                "DATABASE_URL": "postgresql://scenehf@%s:%d/studio" % self.cable(0, number, database.socket),
                "GEMINI_BASE_URL": "http://%s:%d/ok/gemini" % self.cable(1, number, vendor.socket)}
        except BaseException:
            self.end()
            raise

    def cable(self, kind, number, target):
        """Lays a cable at whose outer end the target answers; that end's address and port."""
        outer, inner = "shf%d-%d" % (kind, number), "shf%d-%di" % (kind, number)
        near, far = "10.%d.%d.1" % (211 + kind, number), "10.%d.%d.2" % (211 + kind, number)
        run("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", self.name)
        self.cables.append(outer)
        run("address", "add", near + "/24", "dev", outer)
        run("link", "set", outer, "up")
        run("-n", self.name, "address", "add", far + "/24", "dev", inner)
        run("-n", self.name, "link", "set", inner, "up")
        listener = socket.socket()
        listener.bind((near, 0))
        forward(listener, target)
        return listener.getsockname()

    def cut(self):
        run("link", "set", self.cables[0], "down")

    def mend(self):
        run("link", "set", self.cables[0], "up")

    def end(self):
        for cable in self.cables:
            subprocess.run(["ip", "link", "delete", cable], capture_output=True)
        subprocess.run(["ip", "netns", "delete", self.name], capture_output=True)


def run(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def partition(database, vendor, folder):
    """A network of its own where this machine allows it, else the line."""
    try:
        return Network(database, vendor, folder)
    except (OSError, subprocess.CalledProcessError):
        return Line(database, vendor, folder)
