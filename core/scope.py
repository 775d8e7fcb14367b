"""Scope closed by default: a table is read only as somebody, or with a stated system reason.

A scope is declared on the model (``scope = ...``); the manager refuses every evaluation until the
queryset has been cleared by :meth:`ScopedQuerySet.visible_to` or :meth:`ScopedQuerySet.for_system`.
Subqueries stay free, since a subquery is never evaluated by itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, Protocol, Self

from django.db import models
from django.db.models import Q


class Viewer(Protocol):
    """Whoever looks: an account of ``staff`` answers these questions."""

    pk: Any
    is_active: bool

    def territory(self, prefix: str) -> Q:
        """Return the condition on an entity's scope columns, each prefixed."""
        ...

    def of_bureau(self, prefix: str) -> Q:
        """Return the condition on rows that belong to a bureau, prefixed."""
        ...

    def sees_city(self) -> bool:
        """Return whether business data of the whole city is open to this viewer."""
        ...

    def does_business(self) -> bool:
        """Return whether this viewer works with business data at all."""
        ...

    def keeps_accounts(self) -> bool:
        """Return whether system tables (accounts, grants, sessions) are open to this viewer."""
        ...

    def reads_logs(self) -> bool:
        """Return whether the logs of what happened are open to this viewer."""
        ...

    def guards_accounts(self) -> bool:
        """Return whether sessions and second factors of others are open to this viewer."""
        ...

    def decides_for(self, prefix: str) -> Q:
        """Return the condition on accounts, prefixed, whose requests this viewer decides."""
        ...


class UnscopedRead(RuntimeError):
    """A scoped table was about to be evaluated without saying for whom."""


NOTHING = Q(pk__in=())


class Scope:
    """What part of a table a viewer may see; the base class shows nothing to anybody."""

    def condition(self, viewer: Viewer) -> Q:
        return NOTHING


class OfEntity(Scope):
    """Rows that belong to an entity, seen by whoever supervises the entity (readings 4)."""

    def __init__(self, path: str = "") -> None:
        self.path = f"{path}__" if path else ""

    def condition(self, viewer: Viewer) -> Q:
        return viewer.territory(self.path)


class OfBureau(Scope):
    """Rows that belong to a bureau's own work: seen by the bureau, its stations and the city."""

    def __init__(self, path: str = "") -> None:
        self.path = f"{path}__" if path else ""

    def condition(self, viewer: Viewer) -> Q:
        return viewer.of_bureau(self.path)


class OfBureauOrOwn(OfBureau):
    """Rows of a bureau's work that somebody elsewhere may have written: seen by that person too."""

    def __init__(self, field: str, path: str = "") -> None:
        super().__init__(path)
        self.field = field

    def condition(self, viewer: Viewer) -> Q:
        if not viewer.does_business():
            return NOTHING
        return _either(super().condition(viewer), Q(**{f"{self.path}{self.field}": viewer.pk}))


class OfBureauOrPublished(OfBureau):
    """Rows of a bureau's work that everybody who does business reads once they are published."""

    def __init__(self, published: Iterable[str], path: str = "") -> None:
        """``published`` are the values of ``status`` from which on a row is everybody's."""
        super().__init__(path)
        self.published = tuple(published)

    def condition(self, viewer: Viewer) -> Q:
        if not viewer.does_business():
            return NOTHING
        published = Q(**{f"{self.path}status__in": self.published})
        return _either(super().condition(viewer), published)


def _either(one: Q, other: Q) -> Q:
    """Join two conditions by "or"; Django takes an empty one, which is everything, for nothing."""
    return one | other if one and other else Q()


class OwnOrCity(Scope):
    """Rows that somebody started: seen by that person and by municipal staff."""

    def __init__(self, field: str) -> None:
        self.field = field

    def condition(self, viewer: Viewer) -> Q:
        if not viewer.does_business():
            return NOTHING
        return Q() if viewer.sees_city() else Q(**{self.field: viewer.pk})


class OwnOrDecided(Scope):
    """Requests: seen by whoever filed them, and by whoever decides on the filer's."""

    def __init__(self, field: str) -> None:
        self.field = field

    def condition(self, viewer: Viewer) -> Q:
        if not viewer.is_active:
            return NOTHING
        return Q(**{self.field: viewer.pk}) | viewer.decides_for(f"{self.field}__")


class Business(Scope):
    """Rows about the work as a whole, of no place: seen by everybody who does business."""

    def condition(self, viewer: Viewer) -> Q:
        return Q() if viewer.does_business() else NOTHING


class SystemTable(Scope):
    """Accounts and what belongs to them: the system's and the security administrator's alone."""

    def condition(self, viewer: Viewer) -> Q:
        return Q() if viewer.keeps_accounts() else NOTHING


class AuditLog(Scope):
    """What happened: read by the auditor alone."""

    def condition(self, viewer: Viewer) -> Q:
        return Q() if viewer.reads_logs() else NOTHING


class SystemOnly(Scope):
    """Secrets: no viewer sees a row, only the system itself reads them."""


class Reference(Scope):
    """Tables without personal or business data, open to every account that is logged in.

    A model with this scope may use an ordinary manager.
    """

    def condition(self, viewer: Viewer) -> Q:
        return Q()


class ScopedQuerySet(models.QuerySet[Any]):
    """A queryset that refuses to be evaluated until it knows its viewer."""

    _cleared = False

    def visible_to(self, viewer: Viewer) -> Self:
        """Return the rows this viewer may see, ready to be evaluated."""
        scope: Scope = self.model.scope
        return self._clear(self.filter(scope.condition(viewer)))

    def for_system(self, reason: str) -> Self:
        """Return all rows, for work that no viewer asks for; the reason is for the reader."""
        if not reason:
            raise UnscopedRead("for_system() needs a reason.")
        return self._clear(self.all())

    def _clear(self, queryset: Self) -> Self:
        queryset._cleared = True
        return queryset

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._cleared = self._cleared
        return clone

    def _demand(self) -> None:
        if not self._cleared:
            raise UnscopedRead(
                f"{self.model.__name__}.objects was evaluated without a viewer: "
                "call visible_to(viewer) or for_system(reason) first."
            )

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._demand()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        self._demand()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        if self._result_cache is None:
            self._demand()
        return super().count()

    def exists(self) -> bool:
        if self._result_cache is None:
            self._demand()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict:
        self._demand()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._demand()
        return super().update(**kwargs)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        self._demand()
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(self, *args: Any, **kwargs: Any) -> list:
        self._demand()
        return super().bulk_create(*args, **kwargs)

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        self._demand()
        return super().bulk_update(*args, **kwargs)

    def explain(self, *args: Any, **kwargs: Any) -> str:
        self._demand()
        return super().explain(*args, **kwargs)

    def aiterator(self, *args: Any, **kwargs: Any) -> AsyncIterator:
        self._demand()
        return super().aiterator(*args, **kwargs)

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        self._demand()
        return super().raw(*args, **kwargs)

    # What is put together from several querysets is cleared only if each of them is: a cleared one
    # would otherwise carry the rows of an open one past the guard.
    def _combinator_query(self, combinator: str, *other_qs: Any, all: bool = False) -> Self:
        combined = super()._combinator_query(combinator, *other_qs, all=all)  # type: ignore[misc]
        return self._cleared_like(combined, other_qs)

    def __and__(self, other: Any) -> Self:
        return self._cleared_like(super().__and__(other), (other,))

    def __or__(self, other: Any) -> Self:
        return self._cleared_like(super().__or__(other), (other,))

    def __xor__(self, other: Any) -> Self:
        return self._cleared_like(super().__xor__(other), (other,))

    def _cleared_like(self, combined: Self, others: Iterable[Any]) -> Self:
        result = combined.all()
        parts = (self, *others)
        result._cleared = all(getattr(part, "_cleared", False) for part in parts)
        return result


class ScopedModel(models.Model):
    """A table with business data: Django's own machinery uses ``plain``, our reads ``objects``."""

    scope: Scope = Scope()

    plain = models.Manager()
    objects = models.Manager.from_queryset(ScopedQuerySet)()

    class Meta:
        abstract = True
