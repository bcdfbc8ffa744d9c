"""The resident dbt worker: one process, one run at a time, JSON lines both ways.

Starting dbt costs about three seconds before it does anything; this process pays them once and keeps the parsed project.
It decides nothing: src/dbt/worker.ts sends orders and reads the messages, src/dbt/runs.ts knows what they mean.

    in   {"id": 1, "op": "parse", "fingerprint": "…", "manifest_path": "…"}
         {"id": 2, "op": "build", "fingerprint": "…", "prefix": "sluice", "select": ["…"], "exclude": ["…"], "full_refresh": false,
          "fail_fast": false, "vars": {…}, "target": "prod", "threads": 8, "without_tests": false, "with_unit_tests": false | true | "own"}
         {"op": "cancel", "id": 2}                      interrupts that order, as Ctrl-C would; the order need not have begun
    out  {"type": "ready", "dbt": "1.11.16"}
         {"id": 2, "type": "started" | "node_started" | "node_finished" | "log" | "warning", …}
         {"id": 2, "type": "done", "success": true, "results": […]}
         {"id": 2, "type": "failed", "message": "…", "stage": "parse" | "server" | "run", "is_cancelled": false}

`fingerprint` names the state of the project's files: the project is parsed again when the fingerprint changes. `vars` and `target` change
the result of parsing, schemas included: such a build parses for itself, and the unchanged project stays parsed.
The end of stdin is the end of the worker: it never outlives the service.
"""

import gc
import json
import os
import queue
import re
import signal
import sys
import threading

# Loading dbt and a project makes half a million objects that all stay. Garbage collection among them takes a tenth of the time, so it is
# put off until a project is parsed.
gc.disable()

# The protocol owns the real stdout. Whatever dbt or a library prints goes to stderr, where it cannot be taken for a message.
PROTOCOL = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

PROTOCOL_LOCK = threading.Lock()


def say(message):
    """Sends one line. Events come from dbt's threads, hence the lock."""
    line = json.dumps(message, ensure_ascii=False, default=str)
    with PROTOCOL_LOCK:
        PROTOCOL.write(line + "\n")
        PROTOCOL.flush()


try:
    from dbt.cli.main import dbtRunner
    from dbt.version import installed
    from dbt_common.events.base_types import EventMsg  # noqa: F401  (fails early when dbt is half installed)
    import dbt.adapters.clickhouse  # noqa: F401

    # Also when another script runs this file.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from worker_connections import Connections, OtherServer
    from worker_packages import PackageMissing, link_packages
except ImportError as missing:
    say({"type": "unusable", "message": f"{missing} (python {sys.version.split()[0]} at {sys.executable})"})
    sys.exit(3)

PROJECT_DIR, PROFILES_DIR, TARGET_DIR = sys.argv[1:4]

COMMON = [
    "--project-dir", PROJECT_DIR,
    "--profiles-dir", PROFILES_DIR,
    "--target-path", TARGET_DIR,
    "--log-path", os.path.join(TARGET_DIR, "logs"),
    "--log-level", "none",
    "--log-level-file", "none",
    "--no-use-colors",
    # Sluice talks to no server but the warehouse. A project that leaves this on would call dbt Labs, and get a .user.yml.
    "--no-send-anonymous-usage-stats",
]


class ProjectInvalid(Exception):
    """dbt cannot read the project."""


def words_of(node):
    """The words of meta.sluice that a model uses, for itself or for a column."""
    words = set()
    for thing, place in [(node, node.name), *((column, f"{node.name}.{column.name}") for column in node.columns.values())]:
        for meta in (thing.meta, getattr(thing.config, "meta", None)):
            said = (meta or {}).get("sluice") or {}
            if not isinstance(said, dict):
                raise ProjectInvalid(f"meta.sluice of {place} is {said!r}, and must be a block of keys, such as {{ entity: person }}")
            words.update(said)
    return words


def complete(manifest):
    """Adds the references that follow from yml: a model of the package that says `reads: [word, …]` comes after each model that uses such a word.

    dbt knows references only from the text of models, and while it reads that text it knows no yml (sql/macros/declared.sql).
    """
    models = [node for node in manifest.nodes.values() if str(node.resource_type) in ("model", "snapshot", "seed")]
    words = {node.unique_id: words_of(node) for node in models}
    for reader in models:
        wanted = set(((reader.meta or {}).get("sluice") or {}).get("reads") or [])
        for node in models:
            if node is not reader and wanted & words[node.unique_id] and node.unique_id not in reader.depends_on.nodes:
                reader.depends_on.nodes.append(node.unique_id)


class Project:
    """The parsed project, parsed again when its files or the variables changed."""

    def __init__(self):
        self.state = None
        self.manifest = None

    def parsed(self, fingerprint, variables=()):
        if self.state != (fingerprint, *variables):
            gc.disable()
            gc.unfreeze()
            link_packages(PROJECT_DIR)
            result = dbtRunner().invoke(["parse", *COMMON, *variables, "--no-write-json"])
            gc.collect()
            # The garbage of a build is collected without searching the project again.
            gc.freeze()
            gc.enable()
            if not result.success:
                if isinstance(result.exception, KeyboardInterrupt):
                    raise result.exception
                raise ProjectInvalid(str(result.exception))
            self.manifest = result.result
            complete(self.manifest)
            # dbt 1.11 cannot copy a manifest that holds disabled models, and they are never built.
            self.manifest.disabled = {}
            self.state = (fingerprint, *variables)
        return self.manifest


CONNECTIONS = Connections()
PROJECT = Project()
# The project with other variables: neither a trial nor a build with changed variables may cost the next ordinary build its parsed project.
TRIALS = {}
TRIALS_KEPT = 2


def trial(variables):
    kept = TRIALS.pop(tuple(variables), None) or Project()
    while len(TRIALS) >= TRIALS_KEPT:
        del TRIALS[next(iter(TRIALS))]
    TRIALS[tuple(variables)] = kept
    return kept


def parse(order):
    manifest = PROJECT.parsed(order["fingerprint"])
    # Written to another name and renamed: another process may be reading the last one.
    aside = f"{order['manifest_path']}.{os.getpid()}"
    manifest.writable_manifest().write(aside)
    os.replace(aside, order["manifest_path"])
    say({"id": order["id"], "type": "done", "success": True, "results": []})


def build(order):
    # Of the parsed result, only these do not come from the project.
    variables = ["--vars", json.dumps(order["vars"])] if order.get("vars") else []
    if order.get("target"):
        variables += ["--target", order["target"]]
    # dbt writes compiled SQL into the manifest it is given, so each run gets a copy of its own.
    manifest = (trial(variables) if variables else PROJECT).parsed(order["fingerprint"], variables).deepcopy()
    events = Events(order["id"], manifest)
    args = ["build", *COMMON, *variables, "--no-write-json"]
    for flag in ("select", "exclude"):
        if order.get(flag):
            args += [f"--{flag}", *order[flag]]
    if order.get("threads"):
        args += ["--threads", str(order["threads"])]
    if order.get("fail_fast"):
        args += ["--fail-fast"]
    if order.get("full_refresh"):
        args += ["--full-refresh"]
    if order.get("without_tests"):
        args += ["--exclude-resource-type", "test"]
    if order.get("without_tests") or not order.get("with_unit_tests"):
        args += ["--exclude-resource-type", "unit_test"]
    elif order["with_unit_tests"] == "own":
        args += ["--exclude", "package:sluice,resource_type:unit_test"]
    CONNECTIONS.begin(order["prefix"])
    result = dbtRunner(manifest=manifest, callbacks=[events]).invoke(args)
    if CONNECTIONS.problem:
        raise OtherServer(CONNECTIONS.problem)
    if result.result is None:
        raise result.exception or RuntimeError("dbt gave neither a result nor a reason")
    else:
        # Nodes that dbt skipped have no event: only the list of results is complete.
        results = [events.result(run) for run in result.result.results]
        say({"id": order["id"], "type": "done", "success": bool(result.success), "results": results})


class Events:
    """Forwards the few of dbt's events that the service reads, and remembers each node's last statement for its error."""

    STATEMENT = re.compile(r"^dbt_clickhouse adapter: On (\S+): (.*)\.\.\.$", re.DOTALL)

    def __init__(self, order_id, manifest):
        self.order_id = order_id
        self.manifest = manifest
        self.last_statement = {}
        self.warned = set()

    def __call__(self, event):
        name = event.info.name
        if name == "AdapterEventDebug":
            statement = self.STATEMENT.match(event.info.msg)
            if statement:
                self.last_statement[statement[1]] = statement[2]
        elif name == "MainReportVersion":
            self.say("started", invocation_id=event.info.invocation_id)
        elif name in ("NodeStart", "NodeFinished"):
            # Exposures, saved queries and the like run nothing and are not nodes here. An exception at this point would end dbt's own
            # thread, and dbt would wait for it for ever.
            node = self.node(event.data.node_info.unique_id)
            if node is None:
                return
            if name == "NodeStart":
                self.say("node_started", **self.describe(node))
            else:
                run = event.data.run_result
                self.say("node_finished", **self.describe(node), status=run.status, message=run.message, seconds=run.execution_time)
        elif name == "NoNodesForSelectionCriteria":
            self.say("warning", message=event.info.msg)
        elif name == "JinjaLogWarning":
            # Macros may warn of one thing many times: each warning is passed on once.
            message = event.info.msg.replace("[WARNING]: ", "").strip()
            if message not in self.warned:
                self.warned.add(message)
                self.say("warning", message=message)
        elif event.info.level == "error":
            self.say("log", message=event.info.msg)

    def say(self, kind, **fields):
        say({"id": self.order_id, "type": kind, **fields})

    def node(self, unique_id):
        return self.manifest.nodes.get(unique_id) or self.manifest.unit_tests.get(unique_id)

    def describe(self, node):
        return {
            "unique_id": node.unique_id,
            "name": node.name,
            "resource_type": str(node.resource_type),
            "materialized": getattr(node.config, "materialized", None),
            "schema": getattr(node, "schema", None),
            "alias": getattr(node, "alias", None),
        }

    def result(self, run):
        node = run.node
        failed = run.status in ("error", "fail")
        return {
            **self.describe(node),
            "status": str(run.status),
            "message": run.message,
            "seconds": run.execution_time,
            "failures": run.failures,
            "query_id": (run.adapter_response or {}).get("query_id"),
            "compiled_path": getattr(node, "compiled_path", None),
            "compiled_line": self.compiled_line(node, run.message or "") if failed else None,
            **self.place(node),
        }

    def place(self, node):
        """Where it was written: a test that yml declares stands in the yml, below its model and column."""
        attached = self.manifest.nodes.get(getattr(node, "attached_node", None) or "")
        return {
            "package": node.package_name,
            "file": node.original_file_path,
            "tested_model": attached.name if attached else getattr(node, "model", None),
            "tested_column": getattr(node, "column_name", None),
        }

    def compiled_line(self, node, message):
        """The line of the compiled file that the database complains about, when it says where.

        ClickHouse counts lines in the statement it was sent, in which the compiled SQL is embedded; for a name it does not
        know it gives no line, but the name, which is looked up.
        """
        compiled = getattr(node, "compiled_code", None)
        if not compiled:
            return None
        at = re.search(r"\(line (\d+), col \d+\)", message)
        statement = self.last_statement.get(node.unique_id, "")
        start = statement.find(compiled.strip())
        if at and start >= 0:
            leading = len(compiled) - len(compiled.lstrip())
            return int(at[1]) - statement[:start].count("\n") + compiled[:leading].count("\n")
        unknown = re.search(r"[Uu]nknown (?:\w+ )*identifier [`']([^`']+)[`']", message)
        if unknown:
            for number, line in enumerate(compiled.split("\n"), start=1):
                if re.search(rf"(?<!\w){re.escape(unknown[1])}(?!\w)", line):
                    return number
        return None


class Cancellation:
    """Cancels one order: at once when it is running, else when its turn comes."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running = None
        self.cancelled = None

    def cancel(self, order_id):
        with self.lock:
            self.cancelled = order_id
            if self.running == order_id:
                # To the main thread, where dbt waits for its own threads.
                os.kill(os.getpid(), signal.SIGINT)

    def begin(self, order_id):
        with self.lock:
            self.running = order_id
            if self.cancelled == order_id:
                raise KeyboardInterrupt

    def end(self):
        with self.lock:
            self.running = None


ORDERS = queue.Queue()
CANCELLATION = Cancellation()


def read_orders():
    try:
        for line in sys.stdin:
            order = json.loads(line)
            if order["op"] == "cancel":
                CANCELLATION.cancel(order["id"])
            else:
                ORDERS.put(order)
    finally:
        # The service is gone, perhaps in the middle of a line. This process does not wait for its queries: the next build kills what is
        # left of this one.
        os._exit(0)


STAGES = {ProjectInvalid: "parse", PackageMissing: "parse", OtherServer: "server"}


def main():
    say({"type": "ready", "dbt": str(installed.to_version_string(skip_matcher=True))})
    threading.Thread(target=read_orders, daemon=True).start()
    while True:
        order = None
        try:
            order = ORDERS.get()
            CANCELLATION.begin(order["id"])
            {"parse": parse, "build": build}[order["op"]](order)
        except (KeyboardInterrupt, Exception) as error:  # the service must hear of it, and the worker goes on
            if order is not None:
                say({
                    "id": order["id"],
                    "type": "failed",
                    "message": str(error) or type(error).__name__,
                    "stage": STAGES.get(type(error), "run"),
                    "is_cancelled": isinstance(error, KeyboardInterrupt),
                })
        finally:
            CANCELLATION.end()


if __name__ == "__main__":
    main()
