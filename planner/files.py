"""Writing so that a crash, a full disk or a kill at any moment leaves earlier results as they were."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from planner.errors import FileError
from planner.owner import is_alive, own_mark

_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space or choose another folder with --out"),
    errno.EDQUOT: ("your disk quota is used up", "free some space or choose another folder with --out"),
    errno.EACCES: ("permission denied", "choose a folder you may write to with --out"),
    errno.EPERM: ("permission denied", "choose a folder you may write to with --out"),
    errno.EROFS: ("the file system is read-only", "choose another folder with --out"),
    errno.EISDIR: ("it is a folder", "name a file"),
    errno.ENOTDIR: ("a part of its path is a file", "choose another folder with --out"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter one"),
}


def cannot_write(path: Path, error: OSError) -> FileError:
    """Return the error that says why `path` cannot be written and what to do."""
    reason, hint = _REASONS.get(error.errno or 0, (error.strerror or str(error), None))
    return FileError(f"cannot write {path}: {reason}", where=str(path), hint=hint)


def write_atomic(path: Path | str, content: bytes | str) -> Path:
    """Write the whole of `content` to `path`, or leave `path` as it was and raise `FileError`.

    Text is written as UTF-8 with its line ends untouched. The bytes go to a hidden file in the same folder,
    are forced to disk and then renamed, so a reader sees the old file or the new one and never a part. What a killed
    process left of writing the same file is removed.
    """
    target = Path(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    part = target.with_name(_part_name(target.name[:100]))
    try:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            clean_stale(target.parent, target.name[:100])
            with open(part, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, target)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        _fsync_folder(target.parent)
    except OSError as error:
        raise cannot_write(target, error) from error
    return target


def require_writable(folder: Path | str) -> Path:
    """Return the folder, made if need be; `FileError` when nothing can be written there.

    Asked before long work, so that its result has a place to go.
    """
    place = Path(folder)
    probe = place / _part_name("probe")
    try:
        place.mkdir(parents=True, exist_ok=True)
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise cannot_write(place, error) from error
    return place


def _part_name(name: str) -> str:
    """A hidden name of something that is being written, with the mark of who writes it."""
    return f".{name}.{own_mark()}-{secrets.token_hex(4)}.part"


def clean_stale(folder: Path | str, name: str | None = None) -> list[Path]:
    """Remove what killed processes left half-written in a folder, all or of one name, and return it.

    Only names that this module gives are touched: those of processes of this machine that no longer run, and others
    (another machine, an earlier version) when nothing in them changed for a day. A run folder that was moved aside
    to be replaced, and whose successor never came, gets its name back.
    """
    removed = []
    begins = "" if name is None else f".{name}."
    try:
        entries = [Path(entry.path) for entry in os.scandir(folder) if entry.name.startswith(begins)]
    except OSError:
        return []
    for path in entries:
        part, aside = _PART.fullmatch(path.name), _ASIDE.fullmatch(path.name)
        found = part or aside
        if found is None or path.is_symlink() or not _is_stale(path, found["mark"]):
            continue
        with contextlib.suppress(OSError):
            if aside is not None and not path.with_name(aside["name"]).exists():
                os.rename(path, path.with_name(aside["name"]))
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
            removed.append(path)
    return removed


_MARK = r"[0-9a-f]{8}-\d+-\d+"
_PART = re.compile(rf"\..+?\.(?:(?P<mark>{_MARK})-)?[0-9a-f]{{8}}\.part|\.[0-9a-f]{{8}}\.part")
_ASIDE = re.compile(rf"(?P<name>.+)\.old-(?P<mark>{_MARK})-[0-9a-f]{{8}}")
STALE_SECONDS = 24 * 3600.0
"""After this long without a change something half-written is stale, whoever wrote it."""


def _is_stale(path: Path, mark: str | None) -> bool:
    alive = is_alive(mark) if mark else None
    if alive is not None:
        return not alive
    try:
        inside = list(path.iterdir()) if path.is_dir() else []
        newest = max(one.lstat().st_mtime for one in (path, *inside))
    except OSError:
        return False
    return time.time() - newest > STALE_SECONDS


def slug(text: str) -> str:
    """Return `text` as a safe piece of a file name: lower-case letters, digits and dashes, at most 40."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return plain[:40].strip("-") or "unnamed"


def run_name(name: str, case: str, digest: str) -> str:
    """Return the folder name of a run, `<name>-<case>-<hash8>`."""
    return f"{slug(name)}-{slug(case)}-{digest[:8]}"


class RunFolder:
    """A run's folder: hidden while it is filled, under its final name afterwards."""

    def __init__(self, path: Path) -> None:
        self.path = path


@contextmanager
def run_folder(parent: Path | str, name: str, *, force: bool = False) -> Iterator[RunFolder]:
    """Give a hidden folder to fill; when the block ends well it appears under its final name, complete.

    The final name is `name`, or `name-2`, `name-3`, ... when that exists. With `force`, an existing `name` is
    replaced (moved aside first, deleted last). On any exception nothing appears. After the block, `.path` is
    the folder that can be read.
    """
    place = Path(parent)
    part = place / _part_name(name)
    folder = RunFolder(part)
    try:
        place.mkdir(parents=True, exist_ok=True)
        part.mkdir()
    except OSError as error:
        raise cannot_write(part, error) from error
    try:
        yield folder
        try:
            _fsync_tree(part)
            folder.path = _replace(part, place / name) if force else _publish(part, place, name)
        except OSError as error:
            raise cannot_write(place / name, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)  # gone already when it was renamed
    _fsync_folder(place)


def _publish(part: Path, place: Path, name: str) -> Path:
    """Rename `part` to the first free name and return it; two runs at once get two names.

    Renaming a folder onto one that holds something fails, so nothing can be overwritten.
    """
    number = 1
    while True:
        target = place / (name if number == 1 else f"{name}-{number}")
        try:
            os.rename(part, target)
            return target
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise
            number += 1


def _replace(part: Path, target: Path) -> Path:
    """Put `part` in the place of `target`, which is deleted only after the new one stands."""
    aside = target.with_name(f"{target.name}.old-{own_mark()}-{secrets.token_hex(4)}")
    try:
        os.rename(target, aside)
    except FileNotFoundError:
        os.rename(part, target)
        return target
    try:
        os.rename(part, target)
    except BaseException:
        os.rename(aside, target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
    return target


def _fsync_tree(folder: Path) -> None:
    for root, _, names in os.walk(folder):
        for name in names:
            with open(Path(root, name), "rb") as file:
                os.fsync(file.fileno())


def _fsync_folder(folder: Path) -> None:
    """Force the folder's own entries to disk where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
