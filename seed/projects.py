"""The projects that a seeded stack pretends to serve."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class Task(StrEnum):
    """What a project's models predict."""

    REGRESSION = "regression"
    CLASSIFICATION = "classification"


@dataclass(frozen=True)
class Project:
    """One experiment and one registered model.

    Attributes:
        name: Of both; unique on the stack.
        task: Kind of prediction.
        team: Who works on it.
        description: A sentence for the pages of both.
    """

    name: str
    task: Task
    team: str
    description: str

    @property
    def metric(self) -> str:
        """The metric that decides which trial is best."""
        return "val_rmse" if self.task is Task.REGRESSION else "val_accuracy"

    def best(self, candidates: Iterable[T], score: Callable[[T], float]) -> T:
        """The candidate with the best value of that metric; the first one of equals."""
        choose = min if self.task is Task.REGRESSION else max
        return choose(candidates, key=score)


def _regression(name: str, team: str, description: str) -> Project:
    return Project(f"seed-{name}", Task.REGRESSION, team, description)


def _classification(name: str, team: str, description: str) -> Project:
    return Project(f"seed-{name}", Task.CLASSIFICATION, team, description)


PROJECTS = (
    _regression("wine-quality", "cellar", "Quality of a wine from its chemistry."),
    _classification("churn", "growth", "Customers who will leave within the next 30 days."),
    _regression("demand-forecast", "supply", "Units sold per shop and day, two weeks ahead."),
    _classification("credit-risk", "lending", "Loans that will not be paid back."),
    _regression("delivery-time", "logistics", "Minutes from order to door."),
    _classification("ticket-routing", "support", "The team that can answer a support ticket."),
    _regression("energy-load", "facilities", "Load of a building in kW, an hour ahead."),
    _classification("fraud", "payments", "Card payments that will be charged back."),
    _regression("house-price", "valuation", "Price of a house from its listing."),
    _classification("leaf-disease", "field", "Disease on a leaf, from features of its photo."),
    _regression("tool-wear", "plant", "Hours until a milling tool must be changed."),
    _classification("spam", "mail", "Messages that nobody asked for."),
    _regression("water-level", "rivers", "Level of a river in cm, six hours ahead."),
    _classification("readmission", "clinic", "Patients who come back within 30 days."),
    _regression("battery-health", "fleet", "Capacity that is left in a battery, in percent."),
    _classification("defects", "plant", "Parts that will fail inspection."),
    _regression("ad-clicks", "growth", "Clicks per thousand impressions."),
    _classification("language-id", "support", "Language of a short text: café, naïve, 你好."),
    _regression("crop-yield", "field", "Tonnes per hectare at harvest."),
    _classification("seat-upgrade", "travel", "Passengers who will take an upgrade."),
)
"""In the order in which sizes take them."""
