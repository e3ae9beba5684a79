"""One run: the databases it may use, and the size that was asked for."""

from dataclasses import dataclass, field

from . import databases
from .generate import build
from .population import Population, draw


@dataclass
class Bench:
    """What a task is given: templates, names of databases of this run, and the size."""

    customers: int
    lines: int
    interactions: int
    seed: int
    prefix: str
    plain_template: str
    suite_template: str
    made: list[str] = field(default_factory=list)

    @property
    def database(self) -> str:
        """The big database, with the suite; built by the first task that asks."""
        name = f"{self.prefix}big"
        if name not in self.made:
            population = draw(self.customers, self.lines, self.seed)
            self.fill(name, self.suite_template, population, self.interactions)
        return name

    def fill(
        self, name: str, template: str, population: Population, interactions: int
    ) -> None:
        """A fresh clone of the template, filled with the population."""
        print(f"Building {name}: {population.rate.size:,} customers", flush=True)
        databases.clone(template, name)
        self.made.append(name)
        with databases.environment(name) as env:
            build(env, population, interactions)

    def clean(self) -> None:
        for name in self.made:
            databases.drop(name)


class NotThere(Exception):
    """The suite installed here lacks what the task measures; says what."""


def require(env, *models: str) -> None:
    """:raises NotThere: when a model is not installed"""
    missing = [name for name in models if name not in env]
    if missing:
        raise NotThere(f"not installed: {', '.join(missing)}")
