"""The officer's pages of a decision: typed, looked over, issued, released by somebody else."""

from datetime import timedelta
from uuid import UUID

import pytest

from portal.accounts.models import Role
from portal.applications.models import ApplicationState
from portal.core import clock
from portal.decisions import queries
from portal.decisions.models import DecisionState
from tests.factories import accounts
from tests.factories import decisions as make
from tests.queries import counted_queries

TYPED = {
    "revision": "0",
    "ruling": "granted",
    "award_from": "1.1.2027",
    "award_until": "31.12.2027",
    "lines-0-person": "Oksana Kovalenko",
    "lines-0-cents": "1.033,00",
    "lines-1-person": "Mila",
    "lines-1-cents": "357",
    "lines-1-first": "3.2027",
    "lines-1-last": "12/2027",
    "blocks": "vollstaendig",
    "reasons": "Ihre Miete ist angemessen.",
    "legal_basis": "§§ 7, 19 bis 22 SGB II",
}


@pytest.fixture
def asked(session, client):
    application, officer = make.application(session, now=clock.now() - timedelta(days=3))
    case_id = application.case_id
    lead = make.lead(session, application)
    client.sign_in(officer)
    session.commit()
    return application.id, officer, lead, case_id


def begun(client, id) -> str:
    """Begin a decision, as the button of the application does; return its address."""
    return client.post_form(f"/amt/entscheidungen/antrag/{id}").location


def test_from_the_application_to_the_letter(client, session, asked):
    id, *_ = asked
    assert "Entscheidung schreiben" in client.get(f"/amt/antraege/{id}").text
    address = begun(client, id)
    page = client.get(address).text
    assert "Oksana Kovalenko" in page
    assert "Versagen, weil Mitwirkung fehlt" in page
    assert "Abhelfen" not in page

    checking = client.post_form(address, TYPED).location
    page = client.get(checking).text.replace("\u00a0", " ")
    assert "Wir bewilligen Ihnen die Leistungen." in page
    assert "Januar 2027 bis Februar 2027: 1.033,00 € im Monat" in page
    assert "März 2027 bis Dezember 2027: 1.390,00 € im Monat" in page
    assert "Rechtsbehelfsbelehrung" in page
    assert "Zwei Personen" in page  # 15,966 euros are a lot

    assert client.post_form(f"{address}/erlassen").location == f"{address}/pruefen"
    assert "wartet auf eine andere Person" in client.get(checking).text
    assert client.post_form(f"{address}/freigeben").status_code == 404


def test_the_lead_sees_everything_changes_nothing_and_releases(client, session, asked):
    id, officer, lead, _ = asked
    address = begun(client, id)
    client.post_form(address, TYPED)
    client.post_form(f"{address}/erlassen")
    client.sign_in(lead)

    assert client.get(address).location == f"{address}/pruefen"
    assert client.post_form(address, TYPED | {"revision": "1"}).status_code == 409
    assert client.post_form(f"{address}/zurueckgeben", {"why": ""}).status_code == 422
    client.post_form(f"{address}/zurueckgeben", {"why": "Bitte die Miete erklären."})
    client.sign_in(officer)
    assert "Bitte die Miete erklären." in client.get(address).text
    client.post_form(address, TYPED | {"revision": "1"})
    client.post_form(f"{address}/erlassen")
    client.sign_in(lead)
    assert "Freigeben und versenden" in client.get(f"{address}/pruefen").text
    client.post_form(f"{address}/freigeben")

    session.expire_all()
    made = queries.decision_for(session, _id(address), asker=lead)
    assert made.state is DecisionState.ISSUED
    assert made.application.state is ApplicationState.DECIDED
    page = client.get(f"/amt/entscheidungen/akte/{made.case_id}").text
    assert lead.name in page
    assert officer.name in page


def _id(address: str):
    return UUID(address.rsplit("/", 1)[1])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"lines-0-cents": "viel"}, "412,50"),
        ({"lines-0-first": "Januar"}, "12.2026"),
        ({"award_until": ""}, "ab wann und bis wann"),
        ({"award_until": "1.1.2026"}, "liegt vor dem Anfang"),
        ({"lines-0-person": ""}, "Für wen ist dieser Betrag?"),
        ({"lines-1-last": "1.2027"}, "liegt vor dem ersten"),
        ({"blocks": "gibt_es_nicht"}, "Wählen Sie"),
        ({"ruling": "refused"}, "Wählen Sie"),
    ],
)
def test_what_cannot_be_read_comes_back_as_typed(client, session, asked, change, told):
    id, *_ = asked
    address = begun(client, id)
    answer = client.post_form(address, TYPED | change)
    assert answer.status_code == 422
    assert told in answer.text
    assert "Ihre Miete ist angemessen." in answer.text


def test_a_second_tab_does_not_overwrite(client, session, asked):
    id, *_ = asked
    address = begun(client, id)
    client.post_form(address, TYPED)
    answer = client.post_form(address, TYPED | {"reasons": "Aus dem anderen Fenster."})
    assert answer.status_code == 409
    assert "Aus dem anderen Fenster." in answer.text
    assert 'name="revision" type="hidden" value="1"' in answer.text.replace("  ", " ")


def test_a_draft_without_reasons_says_what_is_missing_and_has_no_button(client, session, asked):
    id, *_ = asked
    address = begun(client, id)
    client.post_form(address, TYPED | {"reasons": "", "blocks": []})
    page = client.get(f"{address}/pruefen").text
    assert "braucht eine Begründung" in page
    assert "versenden" not in page
    assert client.post_form(f"{address}/erlassen").status_code == 422
    client.post_form(f"{address}/verwerfen")
    session.expire_all()
    assert client.get(address).status_code == 302


def test_another_team_finds_nothing(client, session, asked):
    id, *_ = asked
    address = begun(client, id)
    client.sign_in(accounts.staff_member(session, Role.BENEFIT_OFFICER))
    session.commit()
    assert client.get(f"{address}/pruefen").status_code == 404


def test_the_list_of_a_case_asks_a_constant_number_of_queries(client, session, asked):
    id, _officer, _lead, case_id = asked
    begun(client, id)
    with counted_queries() as few:
        client.get(f"/amt/entscheidungen/akte/{case_id}")
    assert len(few) < 25


class TestTextBlocks:
    def test_the_office_writes_the_next_version(self, client, session, asked):
        _id, _officer, lead, _ = asked
        client.sign_in(lead)
        page = client.get("/amt/textbausteine").text
        assert "Anschrift des Sozialgerichts" in page
        wrong = {"title": "Gericht", "text": "{{ iban }}", "rulings": "refused"}
        answer = client.post_form("/amt/textbausteine/sozialgericht", wrong)
        assert answer.status_code == 422
        assert "Diesen Platzhalter gibt es nicht: iban" in answer.text
        for text in ("{% for x in y %}", "{{ name.__class__ }}", "{{ name", "{{ 7 * 7 }}"):
            answer = client.post_form("/amt/textbausteine/sozialgericht", wrong | {"text": text})
            assert answer.status_code == 422, text
        right = wrong | {"text": "Sozialgericht Lindenau\nGerichtsplatz 1\n35390 Lindenau"}
        assert client.post_form("/amt/textbausteine/sozialgericht", right).status_code == 302
        assert "Anschrift des Sozialgerichts" not in client.get("/amt/textbausteine").text
        client.post_form("/amt/textbausteine/sozialgericht/weglegen")
        page = client.get("/amt/textbausteine/sozialgericht").text
        assert "Fassung 2" in page
        assert "Anschrift des Sozialgerichts" in client.get("/amt/textbausteine").text
