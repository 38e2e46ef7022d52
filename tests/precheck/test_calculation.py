"""The estimate against numbers that were computed elsewhere, and against what must always hold."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.precheck import amounts, income
from portal.precheck.calculation import Estimate
from portal.precheck.household import Person, Place
from portal.precheck.needs import Need
from tests.precheck.households import TODAY, child, me, of, partner

RULES = amounts.on(TODAY).allowances
KINDERGELD = amounts.on(TODAY).child_benefit.amount


def free(gross: str | Decimal, *, has_child: bool = False, is_young: bool = False) -> Decimal:
    lines = income.allowance(Decimal(gross), RULES, has_child=has_child, is_young=is_young)
    return sum((line.amount for line in lines), Decimal(0))


def parts(found: Estimate, number: int = 0) -> dict[Need, Decimal]:
    return {line.need: line.amount for line in found.needs[number].lines}


# Allowances (§ 11b)


@pytest.mark.parametrize(
    ("gross", "has_child", "allowed"),
    [
        ("0", False, "0"),
        ("100", False, "100"),
        ("520", False, "184"),
        ("1000", False, "328"),
        ("1200", False, "348"),
        ("1500", False, "348"),
        ("1500", True, "378"),
        ("9000", True, "378"),
    ],
)
def test_allowance_for_a_wage(gross: str, has_child: bool, allowed: str) -> None:
    assert free(gross, has_child=has_child) == Decimal(allowed)


def test_pupils_and_trainees_below_25_keep_a_mini_job() -> None:
    assert free("520", is_young=True) == 603
    assert free("1000", is_young=True) == 603 + 144  # the first slice is in the base
    trainee = of(me(19, gross=Decimal(603), net=Decimal(603), in_training=True))
    assert trainee.least.income == 0
    older = of(me(25, gross=Decimal(603), net=Decimal(603), in_training=True))
    assert older.least.income == Decimal(603) - free("603") > 0


@given(st.integers(0, 300_000), st.integers(0, 300_000), st.booleans(), st.booleans())
def test_a_higher_wage_never_has_a_lower_allowance(
    one: int, other: int, has_child: bool, is_young: bool
) -> None:
    low, high = sorted(Decimal(cents) / 100 for cents in (one, other))
    less = free(low, has_child=has_child, is_young=is_young)
    more = free(high, has_child=has_child, is_young=is_young)
    assert less <= more
    assert more - less <= max(high - low, 603 if low <= 0 else 0)


# Numbers that another calculator gave for 2026 (checked by hand there)


def test_single_with_rent() -> None:
    found = of(me(), rent="400", heating="70")
    assert found.least.claim == found.most.claim == Decimal("1033.00")


def test_couple_with_two_children_and_one_wage() -> None:
    """The net wage is what gives the countable income 1,581.84 printed for 1,800 euros gross."""
    earner = me(gross=Decimal(1800), net=Decimal("1441.84"))
    children = (child(5, child_benefit=KINDERGELD), child(10, child_benefit=KINDERGELD))
    found = of(earner, partner(), *children, rent="750", heating="120")
    assert found.least.need == Decimal(2679)
    assert found.least.income == Decimal("1581.84")
    assert found.least.claim == Decimal("1097.16")


def test_single_parent_with_a_small_child() -> None:
    """The net wage is what gives 998.07 for 900 euros gross, with 227 euros of advance."""
    earner = me(gross=Decimal(900), net=Decimal("810.07"))
    small = child(4, child_benefit=KINDERGELD, maintenance=Decimal(227))
    found = of(earner, small, rent="520", heating="80")
    assert found.least.need == Decimal("1747.68")
    assert found.least.income == Decimal("998.07")
    assert found.least.claim == Decimal("749.61")


# Needs (§§ 20, 21, 72)


@pytest.mark.parametrize(
    ("age", "level", "standard"),
    [(0, 6, 357), (5, 6, 357), (6, 5, 390), (13, 5, 390), (14, 4, 471), (17, 4, 471), (18, 3, 451),
     (24, 3, 451)],
)  # fmt: skip
def test_a_child_has_the_level_of_its_age(age: int, level: int, standard: int) -> None:
    found = of(me(), child(age))
    assert found.needs[1].level == level
    assert found.needs[1].total == standard + 25


def test_couples_have_the_second_level_and_with_a_minor_partner_the_first() -> None:
    assert [one.level for one in of(me(18), partner(70)).needs] == [2, 2]
    assert [one.level for one in of(me(19), partner(17)).needs] == [1, 4]


@pytest.mark.parametrize(
    ("ages", "percent"),
    [
        ([4], 36), ([6], 36), ([7], 12), ([12, 15], 36), ([12, 16], 24), ([7, 8, 9], 36),
        ([7, 8, 9, 10], 48), ([4, 17], 36), ([17], 12), ([1, 2, 3, 4, 5, 6], 60),
    ],
)  # fmt: skip
def test_single_parents_need_more(ages: list[int], percent: int) -> None:
    found = of(me(), *(child(age) for age in ages))
    assert parts(found)[Need.SINGLE_PARENT] == Decimal(563) * percent / 100


def test_nobody_is_a_single_parent_with_a_partner_or_with_grown_children_only() -> None:
    assert Need.SINGLE_PARENT not in parts(of(me(), partner(), child(4)))
    assert Need.SINGLE_PARENT not in parts(of(me(), child(18)))


def test_further_needs_and_their_cap() -> None:
    found = of(
        me(is_pregnant=True, in_participation=True), *(child(age) for age in (1, 2, 3, 4, 5)),
        heats_own_water=True,
    )  # fmt: skip
    mine = parts(found)
    assert mine[Need.PREGNANT] == Decimal("95.71")
    assert mine[Need.PARTICIPATION] == Decimal("197.05")
    assert mine[Need.SINGLE_PARENT] == Decimal("337.80")
    assert sum(mine.values()) == 563 + 563 + mine[Need.HOT_WATER]  # one standard need at most
    assert mine[Need.HOT_WATER] == Decimal("12.95")
    assert parts(found, 1)[Need.HOT_WATER] == Decimal("2.86")


# Housing (§ 22)


def test_in_the_first_year_rent_counts_up_to_one_and_a_half_times_the_limit() -> None:
    assert of(me(), rent="750").housing.least == 750
    found = of(me(), rent="750.01", heating="90")
    assert (found.housing.least, found.housing.most) == (840, Decimal("840.01"))
    assert found.most.claim - found.least.claim == Decimal("0.01")


def test_after_the_first_year_the_local_limit_counts_for_certain() -> None:
    found = of(me(), rent="600", is_past_grace=True)
    assert (found.least.claim, found.most.claim) == (563 + 500, 563 + 600)


def test_more_persons_have_a_higher_limit() -> None:
    found = of(me(), partner(), *(child(age) for age in (1, 2, 3, 4)))
    assert found.housing.limit == 1000


# Income (§ 11)


def test_thirty_euros_of_a_pension_are_free_for_insurances() -> None:
    assert of(me(benefits=Decimal(400))).least.income == 370
    working = me(benefits=Decimal(400), gross=Decimal(100), net=Decimal(100))
    assert of(working).least.income == 400  # the base has covered them


def test_ten_euros_are_free() -> None:
    assert of(me(benefits=Decimal(10))).least.income == 0


def test_nobody_lives_on_the_money_of_a_child() -> None:
    rich = child(10, maintenance=Decimal(3000), child_benefit=KINDERGELD)
    found = of(me(), rich, rent="400")
    share, need = Decimal(200), found.needs[1].total
    assert found.least.income == need + share + KINDERGELD
    assert found.least.claim > 0


def test_a_grown_child_has_its_own_flat_amount() -> None:
    found = of(me(), child(19, child_benefit=KINDERGELD, in_training=True))
    assert found.least.income == KINDERGELD - 30


# Assets (§ 12)


@pytest.mark.parametrize(
    ("age", "allowed"),
    [(3, 5000), (29, 5000), (30, 10000), (39, 10000), (40, 12500), (49, 12500), (50, 20000)],
)
def test_who_is_older_may_own_more(age: int, allowed: int) -> None:
    place = Place.SELF if age >= 15 else Place.CHILD
    people = [Person(place, Person.birthday_of(age, on=TODAY))]
    found = of(*people) if place is Place.SELF else of(me(30), *people)
    assert found.assets.allowances[-1] == allowed


def test_unused_parts_count_for_the_others() -> None:
    found = of(me(35), child(3), child(5), assets="20000")
    assert (found.assets.allowed, found.assets.excess) == (20000, 0)
    assert of(me(35), assets="12000").assets.excess == 2000


def test_the_higher_step_begins_on_the_first_of_the_birthday_month() -> None:
    born = Person(Place.SELF, date(1996, 12, 31))
    assert of(born, on=date(2026, 11, 30)).assets.allowed == 5000
    assert of(born, on=date(2026, 12, 1)).assets.allowed == 10000
    assert born.age(date(2026, 12, 30)) == 29


# Dates


def test_amounts_change_on_their_day() -> None:
    tables = [amounts.TABLES / f"{name}.yaml" for name in ("child_supplements", "child_benefits")]
    supplement = amounts.read(tables[0], amounts.ChildSupplement)
    benefit = amounts.read(tables[1], amounts.ChildBenefit)
    assert amounts.in_force(supplement, date(2024, 12, 31)).amount == 20
    assert amounts.in_force(supplement, date(2025, 1, 1)).amount == 25
    assert amounts.in_force(benefit, date(2025, 12, 31)).amount == 255
    assert amounts.in_force(benefit, date(2026, 1, 1)).amount == 259


def test_rent_had_no_ceiling_before_july_2026_and_assets_had_other_rules() -> None:
    rules = amounts.read(amounts.TABLES / "housing_rules.yaml", amounts.HousingRules)
    assert amounts.in_force(rules, date(2026, 6, 30)).grace_factor is None
    assert amounts.in_force(rules, date(2026, 7, 1)).grace_factor == Decimal("1.5")
    with pytest.raises(amounts.NoAmounts):
        amounts.on(date(2026, 6, 30))
    assert amounts.on(date(2026, 7, 1)).assets.steps


def test_amounts_say_when_newer_ones_may_hold() -> None:
    assert not amounts.on(date(2026, 12, 31)).are_outdated
    assert amounts.on(date(2027, 1, 1)).are_outdated


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_standard_needs_stayed_the_same(year: int) -> None:
    table = amounts.read(amounts.TABLES / "standard_needs.yaml", amounts.StandardNeeds)
    held = amounts.in_force(table, date(year, 1, 1))
    assert held.valid_from == date(year, 1, 1)
    assert list(held.levels.values()) == [563, 506, 451, 471, 390, 357]


# What must always hold

EUROS = st.integers(0, 400_000).map(lambda cents: Decimal(cents) / 100)


@st.composite
def people(draw: st.DrawFn) -> tuple[Person, ...]:
    def one(place: Place, lowest: int, highest: int) -> Person:
        gross = draw(EUROS)
        return Person(
            place,
            Person.birthday_of(draw(st.integers(lowest, highest)), on=TODAY),
            gross=gross,
            net=gross * draw(st.integers(0, 100)) / 100,
            benefits=draw(EUROS),
            child_benefit=draw(st.sampled_from([Decimal(0), KINDERGELD])),
            maintenance=draw(EUROS),
            in_training=draw(st.booleans()),
            is_pregnant=draw(st.booleans()),
            in_participation=draw(st.booleans()),
        )

    found = [one(Place.SELF, 15, 99)]
    found += [one(Place.PARTNER, 15, 99)] * draw(st.integers(0, 1))
    return (*found, *(one(Place.CHILD, 0, 24) for _ in range(draw(st.integers(0, 4)))))


@given(people(), EUROS, EUROS, EUROS, st.booleans())
def test_more_rent_never_gives_less(
    people: tuple[Person, ...], rent: Decimal, more: Decimal, heating: Decimal, past: bool
) -> None:
    fixed = {"heating": heating, "is_past_grace": past}
    less = of(*people, rent=rent, **fixed)  # type: ignore[arg-type]
    higher = of(*people, rent=rent + more, **fixed)  # type: ignore[arg-type]
    assert 0 <= less.least.claim <= less.most.claim
    assert less.least.claim <= higher.least.claim
    assert less.most.claim <= higher.most.claim
    assert less.most.claim <= less.most.need


@given(people(), EUROS)
def test_who_earns_more_keeps_more(people: tuple[Person, ...], raise_of: Decimal) -> None:
    """What one has in the end, wage and benefit together, never falls by a higher net wage."""
    first, *others = people
    net = min(first.net, first.gross)
    before = Person(first.place, first.born, gross=Decimal(9000), net=net)
    after = Person(first.place, first.born, gross=Decimal(9000), net=net + raise_of)
    one, other = of(before, *others), of(after, *others)
    assert one.least.claim + before.net <= other.least.claim + after.net


def test_a_household_belongs_to_one_person() -> None:
    with pytest.raises(ValueError, match="somebody"):
        of(partner())
