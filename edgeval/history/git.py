"""What git says: the commit that is checked out, and a history kept in a branch of its own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edgeval.errors import StoreError, ToolError, UsageError

LIMIT_S = 60  # a hook or a lock that nobody gives back
TRIES = 20  # of several processes that append at once, each try one wins
IDENTITY = {
    "GIT_AUTHOR_NAME": "edgeval", "GIT_AUTHOR_EMAIL": "edgeval@localhost",
    "GIT_COMMITTER_NAME": "edgeval", "GIT_COMMITTER_EMAIL": "edgeval@localhost",
}  # fmt: skip


@dataclass(frozen=True)
class Commit:
    """The commit that is checked out; all None outside git."""

    sha: str | None = None
    branch: str | None = None
    dirty: bool | None = None


def current_commit(folder: Path, environment: Mapping[str, str] = os.environ) -> Commit:
    """The commit of `folder`; without git the one that the CI names (GITHUB_SHA, CI_COMMIT_SHA)."""
    sha = _said(folder, "rev-parse", "HEAD")
    if sha is None:
        named = environment.get("GITHUB_SHA") or environment.get("CI_COMMIT_SHA")
        return Commit(named, environment.get("GITHUB_REF_NAME") or environment.get("CI_COMMIT_REF_NAME"))
    branch = _said(folder, "symbolic-ref", "--short", "-q", "HEAD") or environment.get("GITHUB_REF_NAME")
    changed = _said(folder, "status", "--porcelain", "--untracked-files=no")
    return Commit(sha, branch, None if changed is None else bool(changed))


def _said(folder: Path, *arguments: str) -> str | None:
    """What a git command prints; None where it fails or there is no git."""
    try:
        done = _git(folder, *arguments)
    except ToolError:
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def _git(
    folder: Path, *arguments: str, given: bytes | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", *arguments], cwd=folder, input=given, capture_output=True, timeout=LIMIT_S,
            env={**os.environ, **(environment or {})}, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"git {arguments[0]} failed: {error}") from error


def read_branch(folder: Path, branch: str, name: str) -> bytes:
    """A file of a branch, local or else origin's; empty where neither has it. UsageError for no name of a branch."""
    tip = _tip(folder, branch)
    if tip is None:
        return b""
    done = _git(folder, "show", f"{tip}:{name}")
    return done.stdout if done.returncode == 0 else b""


def append_to_branch(folder: Path, branch: str, name: str, line: bytes) -> None:
    """Commit `line` at the end of a file of a branch, which need not exist; nothing is checked out.

    The branch moves only if it is where it was read, so several processes lose nothing. Raises StoreError where it
    keeps moving, ToolError where git fails.
    """
    put_in_branch(folder, branch, name, lambda before: before + line)


def put_in_branch(folder: Path, branch: str, name: str, content: Callable[[bytes], bytes]) -> None:
    """Commit what `content` makes of a file of a branch; the same promises."""
    for _ in range(TRIES):
        tip = _tip(folder, branch)
        before = b"" if tip is None else read_branch(folder, branch, name)
        made = _commit(folder, tip, name, content(before))
        local = _said(folder, "rev-parse", "-q", "--verify", f"refs/heads/{branch}")
        if local in (None, tip) and _move(folder, branch, made, local):
            return
    raise StoreError(f"the branch {branch} moved {TRIES} times while its history was written; try again")


def _tip(folder: Path, branch: str) -> str | None:
    if _git(folder, "check-ref-format", "--branch", branch).returncode:
        raise UsageError(f"'{branch}' is no name of a git branch; name one as in branch:edgeval-history")
    if _said(folder, "rev-parse", "--git-dir") is None:
        raise UsageError(f"{folder.resolve()} is not in a git repository, so it has no branch {branch}")
    for reference in (f"refs/heads/{branch}", f"refs/remotes/origin/{branch}"):
        sha = _said(folder, "rev-parse", "-q", "--verify", reference)
        if sha:
            return sha
    return None


def _commit(folder: Path, parent: str | None, name: str, content: bytes) -> str:
    """A commit with the parent's files and this content of `name`; no branch names it yet."""
    with tempfile.TemporaryDirectory() as place:
        index = {"GIT_INDEX_FILE": str(Path(place) / "index"), **IDENTITY}
        if parent is not None:
            _must(folder, "read-tree", parent, environment=index)
        blob = _must(folder, "hash-object", "-w", "--stdin", given=content)
        _must(folder, "update-index", "--add", "--cacheinfo", f"100644,{blob},{name}", environment=index)
        tree = _must(folder, "write-tree", environment=index)
        parents = [] if parent is None else ["-p", parent]
        return _must(
            folder, "commit-tree", tree, *parents, "-m", "edgeval: one more comparison", environment=index
        )


def _must(
    folder: Path, *arguments: str, given: bytes | None = None, environment: Mapping[str, str] | None = None
) -> str:
    done = _git(folder, *arguments, given=given, environment=environment)
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise ToolError(f"git {arguments[0]} failed: {said}")
    return done.stdout.decode().strip()


def _move(folder: Path, branch: str, made: str, before: str | None) -> bool:
    """Whether the branch could be moved from where it was; another process's lock is a no."""
    return _git(folder, "update-ref", f"refs/heads/{branch}", made, before or "0" * 40).returncode == 0
