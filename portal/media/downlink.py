"""What one receiver gets: the size of each picture, or none, by its own path and its own wish.

The receiver's estimate (REMB) and its reports of loss tell of congestion; its sound comes before
every picture. A picture that found no room is tried again, each time that fails after twice the
pause. Plain state driven with the time as an argument; the packets are in `forwarding`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.media.feedback import ReportedLoss
from portal.media.forwarding import Slot
from portal.media.sources import Source, living

INFINITE = float("inf")
START = 1_000_000.0
"""Bits a second that a path gets before anything is known of it."""
HEADROOM = 1.5
SOUND = 40_000
"""Bits a second kept free for each voice, headers included; three speak at once at most."""
VOICES_MAX = 3
PICTURE_FLOOR = 90_000
"""Bits a second under which a picture in one size is of no use to anybody."""
GENTLE_START = 120_000
LAYER_GUESSES = (150_000, 500_000, 1_500_000)
# Estimates wander a little; a congested path makes them fall by 15 % at once.
FALL = 0.97
LOSS_MUCH = 0.10
LOSS_UNBEARABLE = 0.25
LOSS_SOME = 0.05
WINDOWS_TO_BELIEVE = 2
FITTING = 0.9
"""An estimate under this share of what is sent tells of a path that is too full."""
FIRST_PACE = 1.0
SHORTEST_PAUSE, LONGEST_PAUSE = 5.0, 60.0
TRIAL = 10.0
"""Seconds after a step up in which congestion counts as its failure."""
INTERVAL = 0.5
SHORTEST_INTERVAL = 0.1


class Wish(StrEnum):
    """How a receiver looks at a picture."""

    HIGH = "high"
    LOW = "low"
    NONE = "none"


@dataclass(frozen=True)
class Demand:
    """One picture that a receiver may get: its sizes as bits a second, and the most it wants."""

    sizes: Sequence[float]
    most: int


def plan(demands: Sequence[Demand], budget: float) -> tuple[list[int | None], float | None, float]:
    """Choose a size for each demand, the important first; None where there is no room.

    Return also the budget with which the next step up would be possible, None if all have the most,
    and what is taken of the budget.
    """
    chosen: list[int | None] = [None] * len(demands)
    spent = 0.0
    missing: float | None = None
    for level in range(max((demand.most for demand in demands), default=-1) + 1):
        for index, demand in enumerate(demands):
            below = level - 1 if level else None
            if level > demand.most or chosen[index] != below:
                continue
            step = demand.sizes[level] - (demand.sizes[level - 1] if level else 0.0)
            if spent + step <= budget:
                chosen[index] = level
                spent += step
            elif missing is None:
                missing = spent + step
    return chosen, missing, spent


class Downlink:
    """Decide for one receiver, from what it reports, which sizes its slots show."""

    def __init__(self, slots: Mapping[int, Slot]) -> None:
        self._slots = slots
        self.wishes: dict[Slot, Wish] = {}
        self.paused: frozenset[Slot] = frozenset()
        """Whose picture finds no room at the moment."""
        self.limit = START
        """Bits a second that sound and pictures may take together."""
        self.sent_rate = 0.0
        self._picture_rate = 0.0
        """The part of it that is pictures: what browsers estimate with, sound does not count."""
        self._estimate = 0
        self._sent_before: dict[int, tuple[int, float]] = {}
        self._sent: tuple[int, int, float] | None = None
        self._loss = ReportedLoss()
        self._lossy_windows = 0
        self._pace = FIRST_PACE
        self._hold_until = 0.0
        self._raised_at = -INFINITE
        self._before_trial = START
        self._congested_at = -INFINITE
        self._next_tick = 0.0
        self._taken = 0.0

    # What the receiver reports

    def on_estimate(self, bitrate: int, *, now: float) -> None:
        """Take the receiver's estimate (REMB): at most half more than the pictures it gets.

        It is of the pictures alone, as `_picture_rate` is; sound goes beside it.
        """
        falling = bitrate < self._estimate * FALL
        self._estimate = bitrate
        self._share_estimate(bitrate, falling=falling, now=now)
        # An estimate that is low and does not fall may only lag behind a picture that grew.
        if bitrate < self._picture_rate * FITTING and (falling or self._loss.fraction > LOSS_SOME):
            self._congested(bitrate + self._sound(), now)

    def on_loss(self, lost: int, expected: int, *, now: float) -> None:
        """Take what the receiver lost since its last report."""
        if not self._loss.count(lost, expected, now=now):
            return
        fraction = self._loss.fraction
        self._lossy_windows = self._lossy_windows + 1 if fraction > LOSS_MUCH else 0
        unbearable = fraction > LOSS_UNBEARABLE
        if not unbearable and self._lossy_windows < WINDOWS_TO_BELIEVE:
            return
        self._lossy_windows = 0
        limit = self.sent_rate * 0.7
        if not unbearable:
            # Radio may lose as much without any congestion: the smallest pictures stay.
            smallest = sum(demand.sizes[0] for _, _, demand in self._demands(now))
            limit = max(limit, self._sound() + smallest)
        elif self._on_trial(now):
            limit = min(limit, self._before_trial)
        self._share_estimate(max(0, int(limit - self._sound())), falling=True, now=now)
        self._congested(limit, now)

    def _on_trial(self, now: float) -> bool:
        return now - self._raised_at < TRIAL

    def _congested(self, limit: float, now: float) -> None:
        if self._on_trial(now):
            self._pace = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, self._pace * 2))
        self._pace = max(SHORTEST_PAUSE, self._pace)
        # One failure counts once, in however many reports it shows.
        self._raised_at = -INFINITE
        self._congested_at = now
        self._hold_until = now + self._pace
        self.limit = limit
        self._apply(now)

    def _share_estimate(self, bitrate: int, *, falling: bool, now: float) -> None:
        """Divide what pictures may take among those shown, as caps for those that adapt to it.

        Where there are several sizes the estimate chooses one, and must never reach the sender: it
        follows from the size that is shown, and would push that down again and again.
        """
        rates: dict[Slot, float] = {}
        for slot in self._slots.values():
            if slot.kind != "video" or slot.source is None:
                continue
            before, since = self._sent_before.get(slot.ssrc, (slot.octets, now - SHORTEST_INTERVAL))
            rates[slot] = max(1.0, (slot.octets - before) / max(SHORTEST_INTERVAL, now - since))
            self._sent_before[slot.ssrc] = (slot.octets, now)
        total = sum(rates.values())
        for slot, rate in rates.items():
            if slot.source is not None and slot.source is _only(slot.source.layers, now):
                share = int(bitrate * rate / total)
                slot.source.cap.report(slot.ssrc, share, falling=falling, now=now)

    # On the clock

    def tick(self, *, now: float) -> None:
        """Measure, step up where it is time to try, and follow sizes that come and go."""
        if now < self._next_tick:
            return
        self._next_tick = now + INTERVAL
        self._measure(now)
        missing = self._apply(now)
        if now - self._congested_at > TRIAL:
            # What flows well may grow a little, as pictures do when somebody moves.
            self.limit = max(self.limit, self._sound() + self._taken * HEADROOM)
        if missing is not None and now >= self._hold_until and self._may_try(now):
            if self._raised_at > -INFINITE and not self._on_trial(now):
                # What was tried last went well.
                self._pace = max(FIRST_PACE, self._pace / 2)
            self._before_trial = self.limit
            self.limit = self._sound() + missing + 1
            self._raised_at = now
            self._hold_until = now + self._pace
            self._apply(now)

    def _may_try(self, now: float) -> bool:
        """Tell whether the path carries at ease what it carries now; after a minute try anyway.

        While all pictures are paused no estimate comes, and the last one, which may be of a moment
        in which the receiver was held up, tells nothing of the path.
        """
        if now - self._congested_at > LONGEST_PAUSE or not self._estimate:
            return True
        return self._estimate >= self._picture_rate * FITTING

    def _measure(self, now: float) -> None:
        octets = sum(slot.octets for slot in self._slots.values())
        pictures = sum(slot.octets for slot in self._slots.values() if slot.kind == "video")
        if self._sent is not None and now > self._sent[2]:
            bits = 8 / (now - self._sent[2])
            self.sent_rate += ((octets - self._sent[0]) * bits - self.sent_rate) / 2
            self._picture_rate += ((pictures - self._sent[1]) * bits - self._picture_rate) / 2
        self._sent = (octets, pictures, now)

    def wish(self, slot: Slot, wish: Wish, *, now: float) -> None:
        """Note how a picture is looked at."""
        if self.wishes.get(slot, Wish.HIGH) is not wish:
            self.wishes[slot] = wish
            self._apply(now)

    def _apply(self, now: float) -> float | None:
        """Aim every slot at its size; return what would be needed for the next step up."""
        demands = self._demands(now)
        chosen, missing, self._taken = plan(
            [demand for _, _, demand in demands], self.limit - self._sound()
        )
        paused: set[Slot] = set()
        planned: set[Slot] = set()
        for (slot, sizes, _), level in zip(demands, chosen, strict=True):
            planned.add(slot)
            if level is None:
                paused.add(slot)
                slot.aim(None)
                self._keep_small(slot, now)
                continue
            if slot.source is None and _is_only(sizes):
                sizes[0].cap.report(slot.ssrc, GENTLE_START, falling=True, now=now)
            slot.aim(sizes[level])
        for slot in self._slots.values():
            if slot.kind == "video" and slot not in planned and slot.shown is not None:
                if self.wishes.get(slot) is Wish.NONE:
                    slot.aim(None)
                elif slot.source is None:
                    # Nothing of it comes in: wait at the smallest for what may come.
                    slot.aim(slot.shown.layers[0])
        self.paused = frozenset(paused)
        return missing

    @staticmethod
    def _keep_small(slot: Slot, now: float) -> None:
        """Let a picture that nobody has room for take little of its sender's path either."""
        if slot.shown is not None:
            source = _only(slot.shown.layers, now)
            if source is not None and not source.slots:
                source.cap.report(slot.ssrc, GENTLE_START, falling=True, now=now)

    def _demands(self, now: float) -> list[tuple[Slot, Sequence[Source], Demand]]:
        """Return what could be shown, the important first: screens, then whom one looks at."""
        demands: list[tuple[Slot, Sequence[Source], Demand]] = []
        for slot in self._slots.values():
            if slot.kind != "video" or slot.shown is None:
                continue
            wish = self.wishes.get(slot, Wish.HIGH)
            sent = living(slot.shown.layers, now=now)
            if wish is Wish.NONE or not sent:
                continue
            most = 0 if wish is Wish.LOW else len(sent) - 1
            demands.append((slot, sent, Demand(_sizes(slot.shown.layers, sent), most)))
        demands.sort(key=lambda it: (not it[0].is_screen, self.wishes.get(it[0]) is Wish.LOW))
        return demands

    def _sound(self) -> float:
        """Return what is kept free for voices."""
        voices = sum(it.kind == "audio" and it.source is not None for it in self._slots.values())
        return float(SOUND * min(VOICES_MAX, voices))


def _is_only(sent: Sequence[Source]) -> bool:
    """Tell whether a picture is sent in one size that adapts to what its sender is told.

    Where only a smaller one is left of several, its sender had to give up the others.
    """
    return len(sent) == 1 and sent[0] is sent[0].layers[-1]


def _only(layers: Sequence[Source], now: float) -> Source | None:
    sent = living(layers, now=now)
    return sent[0] if _is_only(sent) else None


def _sizes(layers: Sequence[Source], sent: Sequence[Source]) -> list[float]:
    """Return bits a second for each size that is sent, never falling from one to the next."""
    if _is_only(sent):
        # Its sender takes less when told so, and this is the least.
        return [PICTURE_FLOOR]
    sizes: list[float] = []
    for layer in sent:
        guess = LAYER_GUESSES[min(layers.index(layer), len(LAYER_GUESSES) - 1)]
        sizes.append(max([layer.bitrate or guess, *sizes[-1:]]))
    return sizes
