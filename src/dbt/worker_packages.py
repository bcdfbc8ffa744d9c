"""The packages of a project that are local folders, for the resident dbt worker (worker.py)."""

import os

import yaml


class PackageMissing(Exception):
    """A package that packages.yml names by a folder is not among those that dbt reads."""


def link_packages(project_dir):
    """Links the local folders that packages.yml names, as `dbt deps` would, so that it need not be run for them; no network, and safe to do twice.

    Packages from elsewhere are left to `dbt deps`: dbt says so when they are missing. Raises PackageMissing where a link cannot be made.
    """
    settings = read_yaml(os.path.join(project_dir, "dbt_project.yml"))
    install_path = settings.get("packages-install-path") or "dbt_packages"
    if "{{" in install_path:
        # A template, which only dbt can fill in: we would take its text for a name. `dbt deps` links such a folder.
        return
    folder = os.path.join(project_dir, install_path)
    for name in ("packages.yml", "dependencies.yml"):
        for package in read_yaml(os.path.join(project_dir, name)).get("packages") or []:
            local = package.get("local") if isinstance(package, dict) else None
            if not isinstance(local, str) or "{{" in local:
                continue
            target = os.path.realpath(os.path.join(project_dir, local))
            described = read_yaml(os.path.join(target, "dbt_project.yml"))
            if described.get("name"):
                try:
                    link_package(os.path.join(folder, described["name"]), target, described)
                except OSError as problem:
                    # A project that is mounted read-only, as in a container, may have the links already.
                    if not os.path.isfile(os.path.join(folder, described["name"], "dbt_project.yml")):
                        raise PackageMissing(
                            f"The package {described['name']} is not in {folder}, and cannot be linked there ({problem.strerror}). "
                            "Run `sluice ci --parse-only` once where the project may be written to: it makes the links, and they hold wherever project and "
                            "package lie side by side as they do there."
                        ) from problem


def read_yaml(path):
    """{} for a file that is not there or is none: dbt says what is wrong with it."""
    try:
        with open(path, encoding="utf-8") as file:
            read = yaml.safe_load(file)
            return read if isinstance(read, dict) else {}
    except (OSError, yaml.YAMLError):
        return {}


# What dbt reads of a package whose dbt_project.yml names no other folders.
PACKAGE_PATHS = {"model-paths": "models", "macro-paths": "macros", "test-paths": "tests", "seed-paths": "seeds", "snapshot-paths": "snapshots"}


def link_package(folder, target, described):
    """A folder of links to what dbt reads. A link to the whole folder would lead in circles when the project is inside the package's folder."""
    if os.path.realpath(folder) == target:
        return
    paths = {path.split("/")[0] for name, usual in PACKAGE_PATHS.items() for path in described.get(name) or [usual]}
    if os.path.islink(folder):
        # `dbt deps` has linked the whole of another folder, such as an earlier version: writing below that link would write into that
        # folder.
        os.unlink(folder)
    os.makedirs(folder, exist_ok=True)
    for name in ("dbt_project.yml", *sorted(paths)):
        if os.path.exists(os.path.join(target, name)):
            link(os.path.join(folder, name), os.path.join(target, name))


def link(path, target):
    """A link relative to the project: it stays valid when both are mounted elsewhere, as in a container."""
    if os.path.realpath(path) == os.path.realpath(target):
        return
    if os.path.exists(path) and not os.path.islink(path):
        # A copy, which `dbt deps` makes where it cannot link: only the next `dbt deps` replaces it, as a whole.
        return
    aside = f"{path}.{os.getpid()}"
    if os.path.lexists(aside):
        # A leftover of a process that was killed here; in a container process numbers repeat soon.
        os.unlink(aside)
    os.symlink(os.path.relpath(target, os.path.realpath(os.path.dirname(path))), aside)
    os.replace(aside, path)
