"""The connections of the resident dbt worker (worker.py): where they lead, and whose their statements are."""

import copy
import os
import threading

import clickhouse_connect
import dbt.adapters.clickhouse.connections as clickhouse
from dbt_common.exceptions import DbtRuntimeError
from dbt_common.invocation import get_invocation_id


class OtherServer(Exception):
    """The profile connects to another server than the one that the service reads."""


class Connections:
    """Every connection of dbt: it must connect to the server of the service, and each statement of a build carries the id of its build.

    The id is in the `log_comment`, which ClickHouse shows beside a running query: the comment in front of a statement belongs to the
    project. A `log_comment` of the profile stays, behind ours.
    """

    def __init__(self):
        self.open = clickhouse.get_db_client
        self.prefix = ""
        self.checked = set()
        self.problem = None
        self.lock = threading.Lock()
        clickhouse.get_db_client = self

    def begin(self, prefix):
        self.prefix = prefix
        self.problem = None

    def __call__(self, credentials):
        own = copy.copy(credentials)
        settings = dict(credentials.custom_settings or {})
        comment = f"sluice-build service {self.prefix} {get_invocation_id()}"
        settings["log_comment"] = f"{comment} {settings['log_comment']}" if settings.get("log_comment") else comment
        own.custom_settings = settings
        with self.lock:
            if self.problem is None and (credentials.host, credentials.port) not in self.checked:
                self.problem = other_server(credentials)
                self.checked.add((credentials.host, credentials.port))
                if self.problem:
                    self.checked.clear()
            if self.problem:
                raise DbtRuntimeError(self.problem)
        client = self.open(own)
        # The adapter fills in what the profile leaves open, and checks it later.
        credentials.driver, credentials.port = own.driver, own.port
        return client


def other_server(credentials):
    """None when host and port lead to the server of the service, also by another name; else a sentence."""
    read = env_server()
    port = credentials.port or (8443 if credentials.secure else 8123)
    if (host_of(credentials.host), port) == (host_of(read["host"]), read["port"]):
        return None
    try:
        there = server_id(host=credentials.host, port=port, username=credentials.user, password=credentials.password, secure=credentials.secure)
        if credentials.driver != "native" and there == server_id(**read):
            return None
    except Exception:  # whatever happens there: it is not known to be the same server
        pass
    return (
        f"The profile of dbt leads to {credentials.host}:{port}, and Sluice reads {read['host']}:{read['port']}: "
        "it would not find the tables that are built there."
    )


def env_server():
    return {
        "host": os.environ["SLUICE_DBT_HOST"],
        "port": int(os.environ["SLUICE_DBT_PORT"]),
        "username": os.environ["SLUICE_DBT_USER"],
        "password": os.environ["SLUICE_DBT_PASSWORD"],
        "secure": os.environ["SLUICE_DBT_SECURE"] == "true",
    }


def host_of(name):
    return "localhost" if name in ("127.0.0.1", "::1") else name.lower()


def server_id(**address):
    client = clickhouse_connect.get_client(**address, connect_timeout=10, send_receive_timeout=10)
    try:
        return client.command("select serverUUID()")
    finally:
        client.close()
