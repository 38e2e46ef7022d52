"""Letters from writing to reading or posting, through the real verbs and jobs."""

import io
from datetime import date, timedelta

import pikepdf
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.audit.queries import events_about
from portal.casefiles.models import Document, DocumentKind
from portal.core.errors import Conflict
from portal.core.vault import service as vault
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications.models import MessageState
from portal.notifications.queries import latest_messages
from portal.postbox import consenting, jobs, law, queries, service
from portal.postbox.models import Letter, LetterKind, PrintReason, Way
from tests.factories import accounts, casefiles
from tests.factories import postbox as make
from tests.factories.appointments import NOW

WEEK = timedelta(days=7)


def deeds(session: Session, letter: Letter) -> list[str]:
    return [event.deed for event in events_about(session, kind="letter", id=letter.id)]


def items(session: Session, letter: Letter) -> list[WorkItem]:
    return list(session.scalars(select(WorkItem).where(WorkItem.subject_id == letter.id)))


class TestInThePortal:
    def test_a_letter_is_filed_provided_and_told_of(self, session: Session) -> None:
        citizen = make.known(session)
        given = make.consent(session, citizen, now=NOW)

        letter = make.letter(session, citizen, now=NOW)

        assert letter.way is Way.PORTAL
        assert letter.consent == given
        assert letter.provided_at == NOW
        assert letter.notified_at is None  # the mail server has not taken it yet
        document = session.get_one(Document, letter.document_id)
        assert document.kind is DocumentKind.LETTER
        assert document.from_office
        content = b"".join(vault.stream(session, document.served_file_id))
        with pikepdf.open(io.BytesIO(content)) as paper:
            assert paper.open_metadata()["pdfuaid:part"] == "1"
            assert paper.Root.Lang == "de"
        [message] = latest_messages(session, address=citizen.email)
        assert message.id == letter.notification_id
        assert f"/postfach/{letter.id}" in message.text
        assert deeds(session, letter) == ["postbox.written", "postbox.provided"]

    def test_the_notice_says_nothing_of_what_it_is_about(self, session: Session) -> None:
        citizen = make.known(session)
        make.consent(session, citizen, now=NOW)
        make.letter(session, citizen, now=NOW)
        [message] = latest_messages(session, address=citizen.email)
        everything = message.subject + message.text + message.html
        for secret in ("Anhörung", "Einkommen", "120", "§"):
            assert secret not in everything

    def test_it_counts_from_the_moment_the_notice_left(self, session: Session) -> None:
        citizen = make.known(session)
        make.consent(session, citizen, now=NOW)
        letter = make.letter(session, citizen, now=NOW)
        make.sent(session, letter, at=NOW + timedelta(hours=20))
        assert letter.notified_at == NOW + timedelta(hours=20)
        assert "postbox.notified" in deeds(session, letter)

    def test_the_first_view_is_kept_and_no_later_one(self, session: Session) -> None:
        citizen = make.known(session)
        make.consent(session, citizen, now=NOW)
        letter = make.letter(session, citizen, now=NOW)
        service.note_view(session, letter=letter, by=citizen, now=NOW)
        later = NOW + timedelta(days=1)
        service.note_view(session, letter=letter, by=citizen, now=later, is_download=True)
        assert letter.first_viewed_at == NOW
        assert letter.downloaded_at == later
        assert deeds(session, letter)[-2:] == ["postbox.viewed", "postbox.downloaded"]

    def test_unopened_for_a_week_it_is_told_again_by_short_message_then_printed(
        self, session: Session
    ) -> None:
        citizen = make.known(session, mobile="+491701234567")
        make.consent(session, citizen, now=NOW)
        letter = make.letter(session, citizen, now=NOW)
        make.sent(session, letter, at=NOW)

        jobs.follow(session, now=NOW + WEEK)

        [short] = latest_messages(session, address="+491701234567")
        assert short.id == letter.second_notification_id
        assert letter.print_asked_at is None

        jobs.follow(session, now=NOW + WEEK + timedelta(days=3))

        assert letter.print_reason is PrintReason.NOT_VIEWED
        [item] = items(session, letter)
        assert item.kind is ItemKind.LETTER_TO_PRINT
        jobs.follow(session, now=NOW + 4 * WEEK)
        assert len(latest_messages(session, address="+491701234567")) == 1

    def test_a_notice_that_does_not_arrive_sends_the_letter_to_paper(
        self, session: Session
    ) -> None:
        citizen = make.known(session)
        make.consent(session, citizen, now=NOW)
        letter = make.letter(session, citizen, now=NOW)
        message = queries.message_of(session, letter.notification_id)
        assert message is not None
        message.state, message.failure = MessageState.FAILED, "550 no such user"
        session.flush()

        jobs.follow(session, now=NOW + timedelta(days=2))

        assert letter.failure == "550 no such user"
        assert letter.print_reason is PrintReason.BOUNCED
        assert letter.notified_at is None
        assert len(items(session, letter)) == 1

    def test_a_lost_job_is_written_again_and_no_letter_twice(self, session: Session) -> None:
        citizen = make.known(session)
        make.consent(session, citizen, now=NOW)
        letter = make.letter(session, citizen, now=NOW)
        jobs.file_letter(session, now=NOW, letter_id=str(letter.id))
        kinds = session.scalars(select(Document.kind).where(Document.owner_id == citizen.id)).all()
        assert kinds == [DocumentKind.LETTER]
        assert len(latest_messages(session, address=citizen.email)) == 1


class TestOnPaper:
    def test_without_consent_it_is_printed_and_posted(self, session: Session) -> None:
        citizen = make.known(session)
        letter = make.letter(session, citizen, now=NOW)
        assert letter.way is Way.PRINT
        assert letter.print_reason is PrintReason.NO_CONSENT
        assert letter.provided_at is None
        [item] = items(session, letter)
        assert "Einwilligung" in item.reason
        officer = casefiles.officer(session)

        service.mark_printed(session, letter=letter, by=officer, now=NOW)
        service.mark_printed(session, letter=letter, by=officer, now=NOW + WEEK)
        service.mark_posted(
            session, letter=letter, posted_on=date(2026, 11, 16), by=officer, now=NOW, land="HE"
        )

        assert letter.printed_at == NOW
        assert item.closed_at == NOW
        assert deeds(session, letter)[-3:] == [
            "postbox.printed",
            "postbox.posted",
            "postbox.deadline_settled",
        ]

    def test_the_citizen_reads_a_copy_without_being_told_by_mail(self, session: Session) -> None:
        citizen = make.known(session)
        letter = make.letter(session, citizen, now=NOW)
        assert queries.letter_for(session, letter.id, asker=citizen) == letter
        assert latest_messages(session, address=citizen.email) == []

    def test_a_missing_address_is_named(self, session: Session) -> None:
        citizen = make.known(session, street=None, city=None)
        letter = make.letter(session, citizen, now=NOW)
        [item] = items(session, letter)
        assert "Anschrift fehlt" in item.reason

    def test_nothing_is_printed_before_it_is_made(self, session: Session) -> None:
        citizen = make.known(session)
        letter = make.letter(session, citizen, now=NOW, filed=False)
        with pytest.raises(Conflict, match="geschrieben"):
            service.mark_printed(session, letter=letter, by=casefiles.officer(session), now=NOW)


class TestConsent:
    def test_is_given_dated_and_taken_back(self, session: Session) -> None:
        citizen = make.known(session)
        given = make.consent(session, citizen, now=NOW)
        assert make.consent(session, citizen, now=NOW + WEEK) == given  # a second click
        consenting.withdraw(session, citizen=citizen, now=NOW + WEEK)
        assert given.withdrawn_at == NOW + WEEK
        assert queries.consent_of(session, citizen=citizen) is None
        assert make.letter(session, citizen, now=NOW + WEEK).way is Way.PRINT
        again = make.consent(session, citizen, now=NOW + 2 * WEEK)
        assert [one.id for one in queries.consents_of(session, citizen=citizen)] == [
            again.id,
            given.id,
        ]

    def test_what_was_provided_before_stays_provided(self, session: Session) -> None:
        citizen = make.known(session)
        make.consent(session, citizen, now=NOW)
        letter = make.letter(session, citizen, now=NOW)
        consenting.withdraw(session, citizen=citizen, now=NOW)
        assert queries.letter_for(session, letter.id, asker=citizen).provided_at == NOW

    def test_needs_somebody_the_office_knows_and_can_reach(self, session: Session) -> None:
        for citizen in (accounts.citizen(session), make.known(session, email=None)):
            with pytest.raises(Conflict):
                make.consent(session, citizen, now=NOW)

    def test_only_the_present_text_can_be_agreed_to(self, session: Session) -> None:
        citizen = make.known(session)
        for version in (0, law.CONSENTS[-1].version + 1):
            with pytest.raises(Conflict, match="Text"):
                consenting.give(session, citizen=citizen, version=version, now=NOW)

    def test_the_database_refuses_the_portal_without_it(self, session: Session) -> None:
        citizen = make.known(session)
        letter = make.letter(session, citizen, now=NOW)
        letter.way, letter.print_asked_at, letter.print_reason = Way.PORTAL, None, None
        with pytest.raises(IntegrityError, match="ck_letters_portal_has_consent"):
            session.flush()


def test_an_invitation_needs_no_consent(session: Session) -> None:
    citizen = make.known(session)
    assert make.letter(session, citizen, now=NOW, kind=LetterKind.INVITATION).way is Way.PORTAL
