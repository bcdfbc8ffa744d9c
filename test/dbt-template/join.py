"""Stands in for Python in the tests: hands a dbt worker over to template.py, and ends as it ends. Any other program gets the real Python.

    join.py SOCKET PYTHON ARGUMENTS…

The shell script that calls it is what SLUICE_PYTHON names; setup.ts writes it.
"""

import array
import json
import os
import signal
import socket
import sys


def main(path, python, *argv):
    if not argv or os.path.basename(argv[0]) != "worker.py":
        os.execv(python, [python, *argv])
    request = json.dumps({"argv": argv, "cwd": os.getcwd(), "env": dict(os.environ)}).encode()
    with socket.socket(socket.AF_UNIX) as template:
        template.connect(path)
        size = len(request).to_bytes(4, "big")
        template.sendmsg([size], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
        template.sendall(request)
        status = template.recv(16)
    if not status:
        sys.exit("the template of the dbt workers is gone")
    code = json.loads(status)
    if code < 0:
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    main(*sys.argv[1:])
