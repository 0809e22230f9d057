"""What is asked for, and whether it can be had: told before anything costly is done."""

from dataclasses import dataclass

from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.composer.plan import refuse_key
from clearcue.licensing.quotes import quote
from clearcue.licensing.terms import Subject
from clearcue.services.finishing import AS_USUAL, Finish
from clearcue.services.licences import LicenceRequest, refuse_ungrantable, template_of
from clearcue.services.platform import Platform
from clearcue.services.recipes import Recipe, Rework
from clearcue.services.stored import Organisation
from clearcue.services.supplying import NO_SUPPLY, Supply

_NO_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: a brief, perhaps a seed, and the licence wanted (None for no licence).

    `finish` says how loud it is made, and what is delivered beyond mix and stems; `supply` is what
    a person gives to be composed with, `rework` the earlier track that is worked on, whose brief
    this is then.
    """

    brief: Brief
    seed: int | None
    licence: LicenceRequest | None
    finish: Finish = AS_USUAL
    supply: Supply = NO_SUPPLY
    rework: Rework | None = None

    @property
    def recipe(self) -> Recipe:
        """What makes its piece, with a seed."""
        return Recipe(self.brief, self.supply, self.rework)


@dataclass(frozen=True, slots=True)
class Reserved:
    """The ids of what an order will become, drawn once: whoever works on it again uses them."""

    track_id: str
    quote_id: str
    licence_id: str


def reserve(platform: Platform) -> Reserved:
    """Draw the ids of an order."""
    return Reserved(platform.ids.new(), platform.ids.new(), platform.ids.new())


def refuse_unknown(order: Order) -> None:
    """Refuse what does not exist and what no quote could grant: nothing stored is looked at.

    Raises:
        BadInputError: when the mood, usage or style is unknown, the mood has no such key, or the
            licence's scope is none.
    """
    entries = catalogue()
    refuse_key(order.brief, entries.mood(order.brief.mood))
    entries.usage(order.brief.usage)
    if order.brief.style is not None:
        entries.style(order.brief.style)
    if order.licence is not None:
        refuse_ungrantable(order.licence, order.brief.usage)


def check_order(platform: Platform, licensor: Organisation, order: Order) -> None:
    """Refuse what does not exist and what this licensor cannot grant.

    Raises:
        BadInputError: when the mood, usage or style is unknown, or the licence cannot be had.
    """
    refuse_unknown(order)
    if order.licence is not None:
        _check_licence(platform, licensor, order.brief.usage, order.licence)


def _check_licence(
    platform: Platform, licensor: Organisation, usage: str, request: LicenceRequest
) -> None:
    """Quote it for a track that is not there yet, and throw the quote away."""
    quote(
        template_of(request, usage),
        platform.prices,
        quote_id="",
        licensor=licensor.name,
        licensee=licensor.name if request.licensee is None else request.licensee,
        subject=Subject(
            track_id="", title="untitled", record_digest=_NO_DIGEST, pcm_sha256=_NO_DIGEST,
            credits=(),
        ),
        now=platform.clock.now(),
        nonce=_NO_DIGEST,
        wanted=request.wanted(),
    )  # fmt: skip
