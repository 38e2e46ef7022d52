"""Sizes by path and wish: the plan, congestion, sound first, slow ways back, seamless switches."""

import pytest
from aiortc.rtp import RtpPacket

from portal.media.downlink import Demand, Downlink, Wish, plan
from portal.media.forwarding import Slot
from portal.media.offers import Section
from portal.media.packets import Packet
from portal.media.pictures import PictureIds, read
from portal.media.sources import Publication, Source, living
from tests.media.test_forwarding import Wire, codec, section

SIZES = (150_000, 500_000, 1_500_000)
VOICE = 32_000
"""Bits a second of the sound."""
OPUS = codec(111, name="opus")


def layered(count: int = 3) -> Publication:
    rids = ("l", "m", "h")[:count] if count > 1 else ()
    base = section(codec(96, repair_type=97))
    return Publication(
        Section(base.kind, "1", base.profile, "sendonly", base.codecs, {}, None, None, rids)
    )


class Talk:
    """One receiver with a voice and some pictures, and a clock."""

    def __init__(self, *people: Publication, screens: int = 0) -> None:
        self.wire, self.now = Wire(), 100.0
        self.people = people
        self.sound = Slot(section(OPUS, kind="audio"), self.wire, cname="slot0")
        self.voice = Source(section(OPUS, kind="audio"), OPUS)
        self.slots = [
            Slot(section(codec(100)), self.wire, cname="slot", is_screen=index < screens)
            for index, _ in enumerate(people)
        ]
        self.downlink = Downlink({slot.ssrc: slot for slot in (self.sound, *self.slots)})
        self.numbers: dict[Source, int] = {}
        self.estimate = 0.0
        self.sound.show(self.voice)
        for slot, person in zip(self.slots, people, strict=True):
            slot.show(person)

    def run(
        self,
        seconds: float,
        *,
        rates: tuple[float, ...] = SIZES,
        capacity: float = 1e9,
        estimates: bool = True,
    ) -> None:
        """Let everybody send, and the receiver report what a path of this capacity would do."""
        for _ in range(int(seconds * 10)):
            self.now += 0.1
            before = sum(slot.octets for slot in self.slots)
            self._send(self.voice, VOICE)
            for person in self.people:
                for layer, rate in zip(person.layers, rates, strict=False):
                    self._send(layer, min(rate, layer.cap.current(now=self.now) or rate))
                person.measure(now=self.now)
            # Browsers estimate with pictures alone; what sound takes is missing to them.
            sent, room = (sum(it.octets for it in self.slots) - before) * 80, capacity - VOICE
            if estimates and (round(self.now * 10) % 10 == 0 or sent > room):
                # As Chromium does: down at once when the path is overused, up with what arrives.
                grown = max(self.estimate, min(sent * 1.5, room))
                self.estimate = room * 0.85 if sent > room else grown
                self.downlink.on_estimate(int(self.estimate), now=self.now)
            self.downlink.tick(now=self.now)

    def _send(self, source: Source, rate: float) -> None:
        left = int(rate / 80)
        while left > 0:
            number = self.numbers[source] = self.numbers.get(source, 0) + 1
            wants = source.candidates or any(slot.waiting for slot in source.slots)
            payload = (b"\x10\x00" if wants else b"\x10\x01") + bytes(min(left, 1100))
            left -= 1100
            packet = Packet(
                number & 0xFFFF, int(self.now * 90000) & 0xFFFFFFFF, 0, payload, b"", b""
            )
            source.on_packet(packet, now=self.now)

    @property
    def shown(self) -> list[str | None]:
        return [slot.source.rid if slot.source else None for slot in self.slots]


@pytest.mark.parametrize(
    ("budget", "chosen", "missing"),
    [
        (100_000, [None, None], 150_000),
        (200_000, [0, None], 300_000),
        (400_000, [0, 0], 650_000),
        (700_000, [1, 0], 1_000_000),
        (2_200_000, [2, 1], 3_000_000),
        (9_000_000, [2, 2], None),
    ],
)
def test_room_goes_to_the_important_first_and_to_all_before_more_to_one(
    budget: float, chosen: list[int | None], missing: float | None
) -> None:
    assert plan([Demand(SIZES, 2), Demand(SIZES, 2)], budget)[:2] == (chosen, missing)


def test_who_is_looked_at_small_gets_the_smallest() -> None:
    assert plan([Demand(SIZES, 2), Demand(SIZES, 0)], 9e9)[0] == [2, 0]
    assert plan([], 0) == ([], None, 0.0)


def test_on_a_good_path_the_picture_grows_step_by_step() -> None:
    talk = Talk(layered(), layered())
    talk.run(0.1)
    assert talk.shown == ["l", "l"]
    talk.run(8)
    assert talk.shown == ["h", "h"]
    assert not talk.downlink.paused


def test_wishes_choose_sizes_and_none_sends_nothing() -> None:
    talk = Talk(layered(), layered())
    talk.run(8)
    first, second = talk.slots
    talk.downlink.wish(first, Wish.LOW, now=talk.now)
    talk.downlink.wish(second, Wish.NONE, now=talk.now)
    talk.run(1)
    assert talk.shown == ["l", None]
    assert not talk.downlink.paused, "what nobody wants is not paused for lack of room"

    talk.downlink.wish(second, Wish.HIGH, now=talk.now)
    talk.run(3)
    assert talk.shown == ["l", "h"]


def test_a_weaker_path_gets_smaller_sizes_and_no_sender_hears_of_it() -> None:
    talk = Talk(layered(), layered())
    talk.run(8)
    talk.run(6, capacity=900_000)
    assert set(talk.shown) <= {"l", "m"}
    for person in talk.people:
        assert all(layer.cap.current(now=talk.now) is None for layer in person.layers)


def test_a_screen_keeps_its_size_longer_than_faces() -> None:
    talk = Talk(layered(), layered(), screens=1)
    talk.run(8)
    talk.run(6, capacity=900_000)
    sizes = [("l", "m", "h").index(shown) if shown else -1 for shown in talk.shown]
    assert sizes[0] >= sizes[1]


def test_who_was_held_up_gets_pictures_again_though_no_estimate_comes_without_them() -> None:
    talk = Talk(layered(), layered())
    talk.run(8)
    # What a browser estimates that stood still: the least there is, of a path that is fine.
    talk.downlink.on_estimate(5_000, now=talk.now)
    talk.run(0.5, estimates=False)
    assert talk.downlink.paused == set(talk.slots)
    talk.run(6, estimates=False)
    assert talk.downlink.paused != set(talk.slots), "the last estimate is not waited for"
    talk.run(8)
    assert not talk.downlink.paused


def test_an_estimate_that_is_small_because_pictures_are_is_no_congestion() -> None:
    talk = Talk(layered(1))
    still = (8_000,)
    talk.run(8, rates=still, estimates=False)
    for estimate in (30_000, 24_000, 18_000):
        talk.downlink.on_estimate(estimate, now=talk.now)
        talk.run(1, rates=still, estimates=False)
    assert talk.downlink.sent_rate > 30_000, "most of it is sound"
    assert not talk.downlink.paused


def test_what_a_browser_estimates_is_for_pictures_and_sound_goes_beside_it() -> None:
    talk = Talk(layered(1))
    talk.run(8)
    [picture] = talk.people[0].layers
    for estimate in (400_000, 300_000, 100_000):
        talk.downlink.on_estimate(estimate, now=talk.now)
    assert picture.cap.current(now=talk.now) == 100_000
    assert not talk.downlink.paused, "there is room for it, as the estimate says"


@pytest.mark.parametrize("layers", [1, 3])
def test_sound_comes_first_and_pictures_come_back_slowly(layers: int) -> None:
    talk = Talk(layered(layers))
    talk.run(5)
    talk.run(4, capacity=64_000)
    assert talk.shown == [None]
    assert talk.downlink.paused == set(talk.slots)

    voice, trials, before = talk.sound.forwarded, 0, None
    for _ in range(1200):
        talk.run(0.1, capacity=64_000)
        trials += talk.slots[0].source is not None and before is None
        before = talk.slots[0].source
    assert talk.sound.forwarded - voice == 1200, "no packet of sound is held back"
    assert trials <= 6, "two minutes with fewer and fewer attempts"

    talk.run(75)
    assert talk.shown != [None]
    assert not talk.downlink.paused


def test_losses_make_pictures_smaller_and_only_unbearable_ones_pause_them() -> None:
    talk = Talk(layered())
    talk.run(8)
    for _ in range(10):
        talk.run(1)
        talk.downlink.on_loss(15, 100, now=talk.now)
    assert talk.shown == ["l"]
    for _ in range(4):
        talk.run(1)
        talk.downlink.on_loss(40, 100, now=talk.now)
    assert talk.shown == [None]


def test_a_size_that_its_sender_switched_off_is_replaced() -> None:
    talk = Talk(layered())
    talk.run(8)
    assert talk.shown == ["h"]
    talk.run(4, rates=(150_000, 500_000, 0))
    assert talk.shown == ["m"]


def test_the_first_size_to_come_back_is_not_taken_for_the_only_one() -> None:
    talk = Talk(layered())
    [person] = talk.people
    talk.run(3)
    talk.run(2, rates=(0, 0, 0))
    assert living(person.layers, now=talk.now) == []
    talk.run(1, rates=(0, 0, 1_500_000))
    assert living(person.layers, now=talk.now) == list(person.layers), "the sender was held up"
    talk.run(2, rates=(0, 0, 1_500_000))
    assert living(person.layers, now=talk.now) == [person.layers[-1]]


def test_of_several_sizes_the_only_one_sent_adapts_to_the_path() -> None:
    talk = Talk(layered())
    talk.downlink.wish(talk.slots[0], Wish.LOW, now=talk.now)
    talk.run(4, rates=(0, 0, 1_500_000))
    assert talk.shown == ["h"], "there is none that is smaller"
    for _ in range(100):
        talk.run(0.1, rates=(0, 0, 1_500_000), capacity=400_000)
        assert not talk.downlink.paused
    assert talk.people[0].layers[-1].cap.current(now=talk.now)


def test_a_sender_who_has_given_up_the_bigger_sizes_is_not_capped() -> None:
    talk = Talk(layered())
    talk.run(8)
    talk.run(4, rates=(150_000, 0, 0))
    talk.run(4, rates=(150_000, 0, 0), capacity=64_000)
    assert talk.shown == [None]
    assert talk.people[0].layers[0].cap.current(now=talk.now) is None


def test_a_switch_waits_for_a_keyframe_and_nothing_is_missing_meanwhile() -> None:
    talk = Talk(layered())
    low, _, high = talk.people[0].layers
    low.on_packet(Packet(4999, 0, 0, b"\x10\x00", b"", b""), now=talk.now)
    slot = talk.slots[0]
    slot.aim(high)
    before = len(talk.wire.packets)
    for number in range(5000, 5003):
        low.on_packet(Packet(number, 0, 0, b"\x10\x01", b"", b""), now=talk.now)
        high.on_packet(Packet(number, 0, 0, b"\x10\x01", b"", b""), now=talk.now)
    assert slot.source is low
    high.on_packet(Packet(9, 0, 0, b"\x10\x00key", b"", b""), now=talk.now)
    low.on_packet(Packet(5003, 0, 0, b"\x10\x01", b"", b""), now=talk.now)
    assert slot.source is high
    assert not low.slots
    assert not high.candidates
    sent: list[RtpPacket] = talk.wire.packets[before:]
    assert [packet.payload for packet in sent] == [b"\x10\x01"] * 3 + [b"\x10\x00key"]
    assert (sent[3].sequence_number - sent[2].sequence_number) & 0xFFFF == 1

    slot.aim(low)
    slot.show(None)
    assert not low.candidates
    assert not talk.people[0].viewers


def described(picture: int, level: int, *, short: bool = False) -> bytes:
    number = bytes([picture]) if short else (0x8000 | picture).to_bytes(2, "big")
    return b"\x90\xc0" + number + bytes([level]) + b"\x00picture"


@pytest.mark.parametrize("short", [False, True])
def test_picture_numbers_run_on_over_switches(*, short: bool) -> None:
    width = 0x7F if short else 0x7FFF
    ids = PictureIds()
    ids.run_on(described(100, 7, short=short), described(20, 200, short=short))
    changed = read(ids.rewrite(described(20, 200, short=short)))
    assert changed is not None
    assert (changed.picture, changed.level) == (101, 8)
    ids.run_on(described(width, 255, short=short), described(5, 5, short=short))
    changed = read(ids.rewrite(described(6, 6, short=short)))
    assert changed is not None
    assert changed.picture == (width + 81 + 2) & width
    assert ids.rewrite(described(6, 6, short=short)).endswith(b"\x00picture")


@pytest.mark.parametrize("payload", [b"", b"\x10\x00", b"\x90\xc0\x80", b"\x80\x40", b"\x90"])
def test_a_payload_without_numbers_stays_as_it_is(payload: bytes) -> None:
    ids = PictureIds()
    ids.run_on(described(1, 1), described(9, 9))
    assert ids.rewrite(payload) == payload
