"""What all operators, sensors and transfers have in common, whatever they speak to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from airflow_provider_genesys import arguments

if TYPE_CHECKING:
    from airflow_provider_genesys.arguments import ArgumentRule

Template: TypeAlias = str
"""Text with a template in it, for an argument that is no text: Airflow makes of it what it stands for, if the Dag has
``render_template_as_native_obj=True``."""
Rendered: TypeAlias = Any
"""What a template field is: first what was given as argument, such as a task's ``.output``; then what Airflow makes of
that before the task runs, which ``read_arguments`` checks."""


class CheckedArgumentsMixin:
    """The part of an operator or sensor that checks its arguments; it comes before Airflow's class among the bases.

    Files are never taken for templates by their ending: definitions and events may hold braces of their own.
    """

    argument_rules: ClassVar[Mapping[str, ArgumentRule]] = {}
    """What each argument may be, but for those that are handed on and checked there, as a publish's settings are."""

    template_ext: Sequence[str] = ()
    ui_color = "#ff4f1f"
    ui_fgcolor = "#ffffff"

    def read_arguments(self) -> None:
        """Put in the place of each argument what it stands for; called when templates are rendered, before all else.

        :raises GenesysConfigError: one is not what it may be.
        """
        for name, rule in self.argument_rules.items():
            setattr(self, name, arguments.read(name, getattr(self, name), rule))

    def render_template(self, content: Any, *args: Any, **kwargs: Any) -> Any:
        """Render a template; one in a path of ``pathlib`` as well, which Airflow leaves as it is."""
        # Airflow renders its own paths with their options; on Airflow 2 these are of pathlib too.
        is_left = isinstance(content, PurePath) and not hasattr(content, "storage_options")
        return super().render_template(str(content) if is_left else content, *args, **kwargs)  # type: ignore[misc]
