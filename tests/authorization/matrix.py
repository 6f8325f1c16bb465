"""Who may what: one line for each route of the server.

A line reads

    METHOD path NEEDS arguments

The path is that of the REST API; a twin below /ajax-api/, which the UI uses, must behave the same.
`$name` is a thing of the owner's (`stage.Things`; `$new_...` another one for each request), `$me`
who asks. Arguments are a query (`?...`), JSON, or a body as it is. NEEDS says whose answer is good:

    PUBLIC     everybody's
    SIGNED-IN  that of every user
    LISTED     that of every user, and in it is what the owner has only for those who may read it
    READ       that of whom the owner gave READ or more
    EDIT       that of whom the owner gave EDIT or MANAGE
    MANAGE     that of whom the owner gave MANAGE
    OWNER      that of the owner: it is about himself, or about what he may do
    ADMIN      that of an admin
    NOBODY     nobody's: the server has it off, or never had it

and a `*` after it that this server does not offer it: whoever may is told so. All others are
answered 401 if nobody has signed in, and 403 if a user has.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from tests.authorization import matrix_off, matrix_others, matrix_tracking

EVERYBODY = ("anonymous", "stranger", "reader", "editor", "manager", "owner", "admin")
_FROM = {
    "PUBLIC": "anonymous",
    "SIGNED-IN": "stranger",
    "LISTED": "stranger",
    "READ": "reader",
    "EDIT": "editor",
    "MANAGE": "manager",
    "OWNER": "owner",
    "ADMIN": "admin",
}


@dataclass(frozen=True)
class Line:
    """One line of the matrix.

    Attributes:
        method: of the request.
        path: of the request, below /api/, /ajax-api/ or neither.
        needs: whose answer is good.
        offered: whether the server does what is asked for.
        arguments: a query, JSON, or a body; headers of a span.
    """

    method: str
    path: str
    needs: str
    offered: bool
    arguments: str

    def __str__(self) -> str:
        """The line without its arguments."""
        return f"{self.method} {self.path} {self.needs}"

    @property
    def who_may(self) -> Sequence[str]:
        """Users whose answer is good."""
        return () if self.needs == "NOBODY" else EVERYBODY[EVERYBODY.index(_FROM[self.needs]) :]

    def askers(self, *, of_a_twin: bool) -> list[str]:
        """Users to ask as, those first who may not: what is deleted is gone for those who may.

        Args:
            of_a_twin: only those who must be refused there too, and a stranger.
        """
        refused = [user for user in EVERYBODY if user not in self.who_may]
        asking = {"anonymous", "stranger", *refused[-1:]}
        if not of_a_twin:
            asking |= {*self.who_may[:1], "owner"}
            # MLflow asks an admin for nothing, so one line is as good as another.
            asking |= {"reader", "admin"} if self.needs in ("LISTED", "NOBODY") else set()
        return [user for user in (*refused, *self.who_may) if user in asking]


def lines() -> Iterator[Line]:
    """Read the matrix."""
    for module in (matrix_tracking, matrix_others, matrix_off):
        for table in (value for name, value in vars(module).items() if name.isupper()):
            for text in table.strip().splitlines():
                method, path, needs, arguments = re.fullmatch(
                    r"(\S+) +(\S+) +(\S+) *(.*)", text
                ).groups()  # pyright: ignore[reportOptionalMemberAccess]
                yield Line(method, path.lstrip("/"), needs.rstrip("*"), "*" not in needs, arguments)


@dataclass(frozen=True)
class Route:
    """One route of the app.

    Attributes:
        method: of its requests.
        path: its path, with `{name}` or `{name:path}` for what a request fills in.
    """

    method: str
    path: str

    @cached_property
    def literal_characters(self) -> int:
        """How specific it is."""
        return len(re.sub("{.*?}", "", self.path))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What the paths that it could serve look like; another route may be more specific."""
        parts = re.split("({.*?})", self.path)
        filled = [".+" if part.endswith(":path}") else "[^/]+" for part in parts]
        return re.compile(
            "".join(
                fill if part[:1] == "{" else re.escape(part)
                for part, fill in zip(parts, filled, strict=True)
            )
        )


@cache
def twins(line: Line, routes: tuple[Route, ...]) -> dict[str, Route]:
    """Return the paths at which the server has what a line is about, and the route of each."""
    found: dict[str, Route] = {}
    for prefix in ("api/", "ajax-api/", ""):
        sample = "/" + prefix + re.sub(r"\$\w+", "a/b", line.path)
        serving = [
            route
            for route in routes
            if route.method == line.method
            # What is filled in may hold a slash or not.
            and (
                route.pattern.fullmatch(sample)
                or route.pattern.fullmatch(sample.replace("a/b", "a"))
            )
        ]
        if serving:
            found[prefix + line.path] = max(serving, key=lambda route: route.literal_characters)
    return found
