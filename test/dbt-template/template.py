"""A Python that has loaded dbt and read the project once; each dbt worker of a test run is a fork of it.

    template.py SOCKET PROJECT_DIR TARGET_DIR

Loading dbt takes two seconds of a processor and reading the project five: every test that opens a worker would pay both. A fork runs the
very worker.py that the product runs. What it finds done is the translation of Jinja into syntax trees and Python code, which follows from the
text alone; and, of the projects of this repository, what an earlier fork has read under another prefix, with the prefix exchanged (ParsedProjects).
Nothing is done before the first worker asks.

join.py hands over what a process is made of: arguments, environment, folder, and the three open files. It stands for the worker while that
runs: when it is killed so is the worker, and it ends as the worker ended.

The end of stdin is the end of the run that the template belongs to: it goes with its workers and the folder of the socket.
"""

import array
import gc
import hashlib
import json
import os
import pickle
import re
import runpy
import selectors
import shutil
import signal
import socket
import sys
import threading
from multiprocessing import resource_tracker

SOCKET, PROJECT_DIR, TARGET_DIR = sys.argv[1:4]
# Enough for the environment of a process, which must arrive in one piece.
LARGEST_REQUEST = 1 << 20


def main():
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(SOCKET)
    listener.listen(16)
    ended, ended_signal = socket.socketpair()
    for end in (ended, ended_signal):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ended_signal.fileno(), warn_on_full_buffer=False)
    # The terminal's Ctrl-C is for the runner, which ends this process by closing its stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    selector = selectors.DefaultSelector()
    for source in (0, listener, ended):
        selector.register(source, selectors.EVENT_READ)
    workers = {}
    is_warm = False
    while True:
        for key, _ in selector.select():
            if key.fileobj == 0:
                if not os.read(0, 4096):
                    for pid in workers:
                        os.kill(pid, signal.SIGKILL)
                    shutil.rmtree(os.path.dirname(SOCKET), ignore_errors=True)
                    return
            elif key.fileobj is ended:
                ended.recv(4096)
                bury(workers)
            else:
                joined, _ = listener.accept()
                request = receive(joined)
                if request is None:
                    joined.close()
                    continue
                if not is_warm:
                    try:
                        warm_up(request[0]["env"])
                    except ImportError:
                        # worker.py says it in its own words.
                        pass
                    is_warm = True
                pid = os.fork()
                if pid == 0:
                    selector.close()
                    for held in (listener, ended, ended_signal, *workers.values()):
                        held.close()
                    be_worker(joined, *request)
                workers[pid] = joined
                for handed in request[1]:
                    os.close(handed)


def receive(joined):
    """What join.py sends: the length of a JSON text together with three open files, then the text. None when it left before."""
    descriptors = array.array("i")
    head, ancillary, _, _ = joined.recvmsg(4, socket.CMSG_SPACE(3 * descriptors.itemsize))
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    with joined.makefile("rb") as text:
        size = int.from_bytes(head + text.read(4 - len(head)), "big")
        body = text.read(size) if size <= LARGEST_REQUEST else b""
    if len(descriptors) < 3 or len(body) < size:
        for handed in descriptors:
            os.close(handed)
        return None
    return json.loads(body), list(descriptors)


def bury(workers):
    """Tells join.py how its worker ended."""
    while workers:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        if pid not in workers:
            continue
        with workers.pop(pid) as joined:
            try:
                joined.sendall(json.dumps(os.waitstatus_to_exitcode(status)).encode())
            except OSError:
                # Its join.py was killed, and took it along.
                pass


def warm_up(environment):
    gc.disable()
    start_resource_tracker()
    remember_compiled_templates()
    # dbt's own, made for its own tests: it remembers syntax trees by their text.
    from dbt_common.tests import enable_test_caching

    enable_test_caching()
    from dbt.cli.main import dbtRunner
    from dbt_common.clients.jinja import template_cache
    import dbt.adapters.clickhouse  # noqa: F401

    own = dict(os.environ)
    os.environ.update(environment)
    # Whether the project can be read is for the workers to say. dbt's static parser starts threads, and no fork has the threads of its origin.
    parsed = dbtRunner().invoke([
        "parse", "--no-static-parser", "--no-partial-parse", "--project-dir", PROJECT_DIR, "--profiles-dir", PROJECT_DIR, "--target-path", TARGET_DIR,
        "--log-path", TARGET_DIR, "--log-level", "none", "--log-level-file", "none", "--no-write-json",
    ])
    os.environ.clear()
    os.environ.update(own)
    for macro in parsed.result.macros.values() if parsed.success else ():
        template_cache.get_node_template(macro)
    ParsedProjects().put_before(dbtRunner)
    gc.collect()
    # A fork shares memory until it is written to, and looking for garbage writes to all of it.
    gc.freeze()
    threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else threading.active_count()
    assert threads == 1, "a process with threads must not be forked: a lock that one of them holds stays locked"


def start_resource_tracker():
    """Python's own helper, which removes the named semaphores that a killed process leaves. It would print a warning for each worker."""
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    resource_tracker.ensure_running()
    os.dup2(stderr, 2)
    os.close(nowhere)
    os.close(stderr)


def remember_compiled_templates():
    """The Python code of a template follows from its text and the kind of its environment; dbt compiles each macro anew in each run."""
    from jinja2.environment import Environment

    compile_anew = Environment.compile
    known = {}

    def compile_once(self, source, name=None, filename=None, raw=False, defer_init=False):
        if raw or not isinstance(source, str):
            return compile_anew(self, source, name, filename, raw, defer_init)
        key = (type(self), tuple(self.extensions), source, name, filename, defer_init)
        if key not in known:
            known[key] = compile_anew(self, source, name, filename, raw, defer_init)
        return known[key]

    Environment.compile = compile_once


class ParsedProjects:
    """What `dbt parse` made of a project, kept in a file for the next fork: reading the project takes four seconds of a processor.

    Only projects inside this repository, which no test changes; the copies that tests change are read by each worker. What is read depends on the
    files, the arguments, and the environment variables that the files name. A prefix of testWarehouse occurs in no other text and always has the
    same length, so the prefix of the fork that has read the project is exchanged for that of the fork that asks, in the pickled bytes.
    """

    PREFIX = re.compile(r"sluice_t[0-9a-f]{8}$")
    NO_PREFIX = "sluice_t________"
    FOLDERS_ASIDE = {"target", "logs", "node_modules", ".sluice", "dbt_packages"}

    def put_before(self, runner):
        parse_anew = runner.invoke

        def invoke(runner_itself, args, **options):
            kept = self.file_of(args) if args[0] == "parse" else None
            if kept is None:
                return parse_anew(runner_itself, args, **options)
            if os.path.exists(kept):
                return self.read(kept)
            result = parse_anew(runner_itself, args, **options)
            if result.success:
                self.write(kept, result.result)
            return result

        runner.invoke = invoke

    def file_of(self, args):
        """None for a project that is not kept."""
        folder = os.path.realpath(args[args.index("--project-dir") + 1])
        if os.path.commonpath([folder, os.path.realpath(PROJECT_DIR)]) != os.path.realpath(PROJECT_DIR):
            return None
        own = {args[args.index(option) + 1] for option in ("--target-path", "--log-path")}
        texts = self.texts([PROJECT_DIR, folder, args[args.index("--profiles-dir") + 1]])
        names = sorted(set(re.findall(r"env_var\(\s*['\"](\w+)", "".join(texts.values()))) - self.connection())
        said = json.dumps([[arg for arg in args if arg not in own], sorted(texts.items()), [[name, os.environ.get(name)] for name in names]])
        if self.PREFIX.match(self.prefix()):
            said = said.replace(self.prefix(), self.NO_PREFIX)
        return os.path.join(os.path.dirname(SOCKET), "parsed-" + hashlib.sha256(said.encode()).hexdigest())

    def texts(self, folders):
        """{path: text} of all that dbt reads of these folders."""
        found = {}
        for folder in folders:
            for part in ("", "models", "sql", "macros", "tests", "seeds"):
                for place, below, names in os.walk(os.path.join(folder, part)):
                    below[:] = [] if part == "" else sorted(set(below) - self.FOLDERS_ASIDE)
                    for name in names:
                        if name.endswith((".sql", ".yml", ".csv", ".md")):
                            path = os.path.join(place, name)
                            with open(path, encoding="utf-8") as file:
                                found[path] = file.read()
        return found

    def connection(self):
        """Variables of where the server is. They change no name."""
        return {f"SLUICE_DBT_{part}" for part in ("HOST", "PORT", "USER", "PASSWORD", "SECURE")}

    def prefix(self):
        return os.environ.get("SLUICE_DATABASE_PREFIX", "")

    def read(self, path):
        from dbt.cli.main import dbtRunnerResult

        with open(path, "rb") as file:
            text = file.read()
        if self.PREFIX.match(self.prefix()):
            text = text.replace(self.NO_PREFIX.encode(), self.prefix().encode())
        return dbtRunnerResult(success=True, result=pickle.loads(text))

    def write(self, path, manifest):
        text = pickle.dumps(manifest)
        if self.PREFIX.match(self.prefix()):
            text = text.replace(self.prefix().encode(), self.NO_PREFIX.encode())
        # Another fork may be reading it, or writing the same.
        aside = f"{path}.{os.getpid()}"
        with open(aside, "wb") as file:
            file.write(text)
        os.replace(aside, path)


def be_worker(joined, request, descriptors):
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for place, handed in enumerate(descriptors):
        os.dup2(handed, place)
        os.close(handed)
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.argv = request["argv"]
    # What was there before the fork stays there.
    gc.unfreeze = lambda: None
    threading.Thread(target=follow, args=(joined,), daemon=True).start()
    runpy.run_path(sys.argv[0], run_name="__main__")
    os._exit(0)


def follow(joined):
    """Nothing is sent this way: what can be read is that join.py is gone."""
    joined.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
