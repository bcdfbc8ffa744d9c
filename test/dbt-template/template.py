"""A Python that has loaded dbt and read the project once; each dbt worker of a test run is a fork of it.

    template.py SOCKET PROJECT_DIR TARGET_DIR

Loading dbt takes two seconds of a processor and reading the project five: every test that opens a worker would pay both. A fork runs the
very worker.py that the product runs, and reads its project itself, under its own prefix: what it finds done is the translation of Jinja
into syntax trees and Python code, which follows from the text alone. Nothing is done before the first worker asks.

join.py hands over what a process is made of: arguments, environment, folder, and the three open files. It stands for the worker while that
runs: when it is killed so is the worker, and it ends as the worker ended.

The end of stdin is the end of the run that the template belongs to: it goes with its workers and the folder of the socket.
"""

import array
import gc
import json
import os
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
