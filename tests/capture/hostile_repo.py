"""A repository that names a program wherever git may read of one."""

import shlex
from pathlib import Path

from tests.capture.gitrepo import Repo


def canary(tmp_path: Path, name: str) -> str:
    """The path of a program that leaves its name in the file `sang`."""
    script = tmp_path / f"canary-{name}"
    script.write_text(f"#!/bin/sh\necho {name} >> {shlex.quote(str(tmp_path / 'sang'))}\ncat\n")
    script.chmod(0o755)
    return str(script)


def make_hostile(repo: Repo, tmp_path: Path) -> None:
    """Whatever git can be told to run, told in the repository's own configuration."""
    settings = {
        "core.fsmonitor": canary(tmp_path, "fsmonitor"),
        "core.pager": canary(tmp_path, "pager"),
        "core.editor": canary(tmp_path, "editor"),
        "core.sshCommand": canary(tmp_path, "ssh"),
        "core.gitProxy": canary(tmp_path, "proxy"),
        "core.askPass": canary(tmp_path, "askpass"),
        "core.alternateRefsCommand": canary(tmp_path, "refs"),
        "core.attributesFile": str(tmp_path / "attributes"),
        "credential.helper": canary(tmp_path, "credential"),
        "diff.external": canary(tmp_path, "external"),
        "diff.evil.command": canary(tmp_path, "driver"),
        "diff.evil.textconv": canary(tmp_path, "textconv"),
        "diff.evil.cachetextconv": "true",
        "filter.evil.clean": canary(tmp_path, "clean"),
        "filter.evil.smudge": canary(tmp_path, "smudge"),
        "filter.process.process": canary(tmp_path, "process"),
        "filter.process.required": "true",
        "pager.ls-files": canary(tmp_path, "pager-ls-files"),
        "alias.ls-files": "!" + canary(tmp_path, "alias"),
        "alias.rev-parse": "!" + canary(tmp_path, "alias"),
        "submodule.sub.update": "!" + canary(tmp_path, "update"),
        "gpg.program": canary(tmp_path, "gpg"),
        "gpg.ssh.program": canary(tmp_path, "gpg-ssh"),
        "commit.gpgSign": "true",
        "log.showSignature": "true",
        "interactive.diffFilter": canary(tmp_path, "diff-filter"),
        "merge.evil.driver": canary(tmp_path, "merge"),
        "uploadpack.packObjectsHook": canary(tmp_path, "pack-objects"),
        "remote.origin.uploadpack": canary(tmp_path, "uploadpack"),
        "remote.origin.receivepack": canary(tmp_path, "receivepack"),
        "sequence.editor": canary(tmp_path, "sequence"),
        "trailer.evil.command": canary(tmp_path, "trailer"),
        "web.browser": canary(tmp_path, "browser"),
        "extensions.worktreeConfig": "true",
        "core.worktree": str(tmp_path / "elsewhere"),
        "core.splitIndex": "true",
        "extensions.partialClone": "origin",
        "core.repositoryFormatVersion": "1",
        "remote.origin.url": f"ext::{canary(tmp_path, 'ext')}",
        "remote.origin.promisor": "true",
        "remote.origin.vcs": "evil",
        "protocol.ext.allow": "always",
        "protocol.allow": "always",
    }
    hooks = tmp_path / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "fsmonitor-watchman", "post-checkout", "pre-commit", "reference-transaction"):
        bird = canary(tmp_path, f"hook-{name}")
        for folder in (hooks, repo.top / ".git" / "hooks"):
            if folder.is_dir() and not (folder / name).exists():
                (folder / name).symlink_to(bird)
    settings["core.hooksPath"] = str(hooks)
    included = tmp_path / f"included-{repo.top.name}"
    for key, value in settings.items():
        repo.git("config", "--file", str(included), key, value)
    with (repo.top / ".git" / "config").open("a") as file:
        file.write(f"[include]\n\tpath = {included}\n")
        file.write(included.read_text())
        file.write(f'[includeIf "gitdir:**"]\n\tpath = {included}\n')
    (repo.top / ".git" / "config.worktree").write_text(included.read_text())
    (tmp_path / "attributes").write_text("* filter=evil diff=evil merge=evil\n")
