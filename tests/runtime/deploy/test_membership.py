"""Who belongs to the federation: by epoch, instance and lease."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fedkd.errors import FencedError, NotAMemberError, RefusedError, WireError
from fedkd.runtime.deploy.membership import Membership

LEASE_S = 10.0


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Hand()


@pytest.fixture
def members(clock):
    return Membership(("a", "b"), LEASE_S, clock)


def passes(members, site, epoch, instance):
    try:
        members.check(site, epoch, instance)
    except WireError:
        return False
    return True


def test_nobody_is_there_at_first(members):
    assert members.epochs() == {"a": 0, "b": 0}
    for site in "ab":
        assert not members.is_live(site)
        assert not members.is_expected(site)
        for epoch in (0, 1):
            with pytest.raises(NotAMemberError, match=f"'{site}' has not joined in epoch {epoch}"):
                members.check(site, epoch, "one")


def test_who_has_joined_is_there(members):
    members.join("a", 3, "one")

    members.check("a", 3, "one")
    assert members.is_live("a")
    assert members.is_expected("a")
    assert members.epochs() == {"a": 3, "b": 0}
    # The other site is another matter.
    assert not members.is_live("b")
    with pytest.raises(NotAMemberError):
        members.check("b", 3, "one")


def test_an_epoch_that_is_past_cannot_join(members, clock):
    members.join("a", 3, "one")
    clock.now_s += 100 * LEASE_S

    for epoch, instance in ((2, "two"), (2, "one"), (0, "one")):
        with pytest.raises(FencedError, match=f"epoch {epoch} of 'a' is past, epoch 3 has begun"):
            members.join("a", epoch, instance)
    members.check("a", 3, "one")


def test_of_two_processes_of_one_epoch_the_first_wins_while_it_is_there(members, clock):
    members.join("a", 1, "one")
    clock.now_s += LEASE_S

    with pytest.raises(FencedError, match="another process of 'a' holds epoch 1"):
        members.join("a", 1, "two")
    with pytest.raises(FencedError, match="is fenced, epoch 1 has begun"):
        members.check("a", 1, "two")
    members.check("a", 1, "one")


def test_once_its_lease_is_over_the_second_takes_its_place(members, clock):
    members.join("a", 1, "one")
    clock.now_s += LEASE_S + 0.001

    assert not members.is_live("a")
    members.join("a", 1, "two")

    members.check("a", 1, "two")
    with pytest.raises(FencedError, match="this session of 'a' is fenced"):
        members.check("a", 1, "one")
    with pytest.raises(FencedError, match="another process"):
        members.join("a", 1, "one")


def test_a_lease_that_is_over_is_no_end_while_nobody_takes_its_place(members, clock):
    members.join("a", 1, "one")
    clock.now_s += 5 * LEASE_S
    assert not members.is_expected("a")

    members.check("a", 1, "one")

    assert members.is_live("a")


def test_the_same_process_joins_as_often_as_it_likes(members, clock):
    members.join("a", 1, "one")
    clock.now_s += LEASE_S
    members.join("a", 1, "one")
    clock.now_s += LEASE_S

    assert members.is_live("a")
    members.check("a", 1, "one")


def test_every_call_renews_the_lease_and_a_refused_one_does_not(members, clock):
    members.join("a", 2, "one")
    for _ in range(3):
        clock.now_s += LEASE_S
        members.check("a", 2, "one")
    clock.now_s += 0.6 * LEASE_S
    for epoch, instance in ((1, "one"), (2, "two"), (3, "one")):
        assert not passes(members, "a", epoch, instance)
        with pytest.raises(WireError):
            members.join("a", min(epoch, 2), "two")
    clock.now_s += 0.6 * LEASE_S

    assert not members.is_live("a")


def test_a_higher_epoch_fences_at_once(members):
    members.join("a", 1, "one")

    members.join("a", 2, "two")

    members.check("a", 2, "two")
    with pytest.raises(FencedError, match="epoch 2 has begun"):
        members.check("a", 1, "one")
    with pytest.raises(FencedError, match="epoch 1 of 'a' is past"):
        members.join("a", 1, "one")


def test_an_epoch_that_nobody_joined_is_none(members):
    members.join("a", 1, "one")

    with pytest.raises(NotAMemberError, match="'a' has not joined in epoch 2"):
        members.check("a", 2, "one")


def test_a_fence_ends_sessions_below_it(members, clock):
    members.join("a", 1, "one")

    assert members.fence("a", 4) == 4

    with pytest.raises(FencedError):
        members.check("a", 1, "one")
    for epoch in (1, 3):
        with pytest.raises(FencedError, match=f"epoch {epoch} of 'a' is past, epoch 4"):
            members.join("a", epoch, "two")
    # Nobody waits for who was fenced.
    assert not members.is_live("a")
    assert not members.is_expected("a")
    with pytest.raises(NotAMemberError):
        members.check("a", 4, "two")
    members.join("a", 4, "two")
    members.check("a", 4, "two")
    assert members.epochs() == {"a": 4, "b": 0}


def test_a_fence_at_or_below_the_epoch_does_nothing(members):
    members.join("a", 4, "one")

    assert [members.fence("a", epoch) for epoch in (0, 3, 4)] == [4, 4, 4]

    members.check("a", 4, "one")
    assert members.is_live("a")


def test_who_left_is_not_waited_for_and_may_come_back(members):
    members.join("a", 2, "one")

    members.leave("a")

    assert not members.is_live("a")
    assert not members.is_expected("a")
    with pytest.raises(NotAMemberError, match="'a' has not joined in epoch 2"):
        members.check("a", 2, "one")
    with pytest.raises(FencedError, match="epoch 1 of 'a' is past"):
        members.join("a", 1, "one")
    # Nobody holds the epoch, so another process may.
    members.join("a", 2, "two")
    members.check("a", 2, "two")


def test_strangers_are_refused(members):
    for call in (
        lambda: members.join("c", 1, "one"),
        lambda: members.check("c", 1, "one"),
        lambda: members.fence("c", 1),
        lambda: members.is_live("c"),
        lambda: members.is_expected("c"),
    ):
        with pytest.raises(RefusedError, match="there is no site 'c' in this federation"):
            call()
    assert members.epochs() == {"a": 0, "b": 0}


@pytest.mark.parametrize(("instance", "letters"), [("", 0), ("x" * 65, 65)])
def test_a_process_without_a_proper_name_cannot_join(instance, letters, members):
    with pytest.raises(RefusedError, match=f"'a' joins with an instance of {letters} letters"):
        members.join("a", 1, instance)

    assert members.epochs() == {"a": 0, "b": 0}
    members.join("a", 1, "x" * 64)


@pytest.mark.parametrize("before", ["nothing", "fence", "leave", "restore"])
def test_a_process_without_a_name_passes_never(before, members):
    epoch = 0 if before == "nothing" else 5
    if before == "fence":
        members.fence("a", 5)
    if before == "leave":
        members.join("a", 5, "one")
        members.leave("a")
    if before == "restore":
        members.restore({"a": 5})

    with pytest.raises(NotAMemberError):
        members.check("a", epoch, "")


def test_epochs_outlive_the_process_and_sessions_have_a_lease_to_come_back(members, clock):
    members.join("a", 3, "one")
    after = Membership(("a", "b"), LEASE_S, clock)

    after.restore(members.epochs())

    assert after.epochs() == {"a": 3, "b": 0}
    # Rounds wait for both, though neither is here.
    for site in "ab":
        assert after.is_expected(site)
        assert not after.is_live(site)
    with pytest.raises(NotAMemberError, match="join"):
        after.check("a", 3, "one")
    with pytest.raises(FencedError, match="epoch 2 of 'a' is past"):
        after.join("a", 2, "two")
    clock.now_s += LEASE_S
    assert after.is_expected("a")
    after.join("a", 3, "one")
    after.check("a", 3, "one")
    clock.now_s += LEASE_S
    assert after.is_expected("a")
    assert not after.is_expected("b")


def test_epochs_of_sites_that_are_unknown_now_are_dropped(members):
    members.restore({"b": 2, "z": 9})

    assert members.epochs() == {"a": 0, "b": 2}


SITES, EPOCHS, INSTANCES = ("a", "b"), range(4), ("one", "two", "three")
sites, epochs, instances = st.sampled_from(SITES), st.sampled_from(EPOCHS), st.sampled_from(INSTANCES)


class Sessions(RuleBasedStateMachine):
    """Processes join, call, leave and are fenced in any order, beside a plain list of who holds each site."""

    @initialize()
    def begin(self):
        self.clock = Hand()
        self.members = Membership(SITES, LEASE_S, self.clock)
        # Who holds a site, and until when: (epoch, instance, seen).
        self.holder = dict.fromkeys(SITES, (0, None, None))

    @rule(site=sites, epoch=epochs, instance=instances)
    def join(self, site, epoch, instance):
        now, (held, holder, seen) = self.clock(), self.holder[site]
        there = holder is not None and now - seen <= LEASE_S
        refused = epoch < held or (epoch == held and there and holder != instance)
        if refused:
            with pytest.raises(FencedError):
                self.members.join(site, epoch, instance)
        else:
            self.members.join(site, epoch, instance)
            self.holder[site] = (epoch, instance, now)

    @rule(site=sites, epoch=epochs, instance=instances)
    def call(self, site, epoch, instance):
        held, holder, _ = self.holder[site]
        if (epoch, instance) == (held, holder):
            self.members.check(site, epoch, instance)
            self.holder[site] = (held, holder, self.clock())
        elif epoch < held or (epoch == held and holder is not None):
            with pytest.raises(FencedError):
                self.members.check(site, epoch, instance)
        else:
            with pytest.raises(NotAMemberError):
                self.members.check(site, epoch, instance)

    @rule(site=sites, epoch=epochs)
    def fence(self, site, epoch):
        held = self.holder[site][0]
        assert self.members.fence(site, epoch) == max(epoch, held)
        if epoch > held:
            self.holder[site] = (epoch, None, None)

    @rule(site=sites)
    def leave(self, site):
        held, holder, _ = self.holder[site]
        if holder is not None:
            self.members.leave(site)
            self.holder[site] = (held, None, None)

    @rule(wait_s=st.sampled_from([1.0, 9.5, 10.5]))
    def wait(self, wait_s):
        self.clock.now_s += wait_s

    @rule()
    def restart(self):
        kept = self.members.epochs()
        self.members = Membership(SITES, LEASE_S, self.clock)
        self.members.restore(kept)
        self.holder = {site: (held, None, None) for site, (held, _, _) in self.holder.items()}

    @invariant()
    def at_most_one_session_of_a_site_passes(self):
        for site in SITES:
            held, holder, seen = self.holder[site]
            # Asked of a copy, since a call that passes renews the lease.
            members = Membership(SITES, LEASE_S, self.clock)
            members._members = dict(self.members._members)
            passing = [(e, i) for e in EPOCHS for i in INSTANCES if passes(members, site, e, i)]
            assert passing == ([] if holder is None else [(held, holder)])
            assert self.members.epochs()[site] == held
            assert self.members.is_live(site) == (holder is not None and self.clock() - seen <= LEASE_S)


TestSessions = Sessions.TestCase
TestSessions.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
