"""A site at a node of Flower's simulation: answers messages with what a participant does."""

from __future__ import annotations

from fedkd.runtime.deploy.participant import Participant
from fedkd.runtime.flower.parcel import Parcel


def choose(participant: Participant, asked: Parcel) -> Parcel:
    """Say which network the site has, after a search if it has none."""
    spec = participant.chosen or participant.choose(asked.about["lists"][participant.member.name])
    participant.begin(spec)
    about = {"site": participant.member.name, "spec": spec, "samples": participant.member.samples}
    return Parcel({**about, "holds": _holds(participant)})


def take_part(participant: Participant, asked: Parcel) -> Parcel:
    """Take in what came down, train, and say what goes up; after the last round only take in."""
    participant.begin(asked.about["spec"])
    # A site that is asked again after an interruption has taken it in already, and says the same again.
    if participant.absorbed < asked.about["round"]:
        participant.absorb(asked.parts, asked.about["round"])
    if asked.about["last"]:
        return Parcel({"holds": _holds(participant)}, (), participant.figures)
    said = participant.speak()
    return Parcel({"holds": _holds(participant)}, said.parts, said.figures)


def _holds(participant: Participant) -> dict[str, int]:
    return {kind.value: digest for kind, digest in participant.holds().items()}
