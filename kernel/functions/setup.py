"""What a runner is told before its first call. Runners import this module too."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """What one runner may use. Sizes are bytes."""

    memory: int = 512 * 1024 * 1024
    file_size: int = 512 * 1024 * 1024
    open_files: int = 256
    processes: int = 256
    """Processes and threads beyond those that its user has already."""


@dataclass(frozen=True)
class Setup:
    """The code that a runner runs, and how it is confined."""

    name: str
    handler: str
    """The attribute of the module that is called."""
    path: str | None
    """The file that `source` was read from, or none where `module` is imported."""
    source: str | None
    module: str | None
    search: list[str]
    """Folders from which the function may import, besides the interpreter's own."""
    readable: list[str]
    """Files and folders that the function may read, where the kernel can confine it (Landlock)."""
    writable: list[str]
    limits: Limits = field(default_factory=Limits)
    user: tuple[int, int] | None = None
    """The user and group to become, where the worker is root."""
    is_readable_by_user: bool = True
    """Whether that user may read the interpreter's library and the function's folder."""
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    """The function's own variables. They come this way because the environment that a process
    starts with can be read by every other process of its user."""
    parent: int | None = None
    """The worker's process, where the runner may die with the thread that started it."""
