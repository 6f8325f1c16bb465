"""What is wrong with a configuration, said all at once."""

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with the configuration."""

    key: str
    got: str
    want: str
    hint: str

    def __str__(self) -> str:
        return f"{self.key}: got {self.got}, want {self.want}; {self.hint}"


class SettingsError(pulumi.RunError):
    """The configuration cannot be used; Pulumi shows the message without a traceback."""

    def __init__(self, stack: str, problems: list[Problem]) -> None:
        """Name every problem at once.

        Args:
            stack: the stack whose configuration was read.
            problems: what is wrong, at least one.
        """
        self.problems = problems
        found = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = [f"{found} in the configuration of stack '{stack}', nothing was changed:"]
        lines += [f"  {problem}" for problem in problems]
        lines += [
            "Set a key with `pulumi config set KEY VALUE`, drop it with `pulumi config rm KEY`."
        ]
        super().__init__("\n".join(lines))
