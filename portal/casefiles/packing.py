"""The package of a whole file: what lies in it, under which names, and what describes it.

It is structured after xdomea (Akte, Dokument, Version, Format, Primärdokument): the schemas were
not at hand, so no conformity is claimed, and the package says so itself. Everything is written
while it is packed. Originals in which the scanner has found something, or has not looked, stay out.
"""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.audit.models import Event
from portal.casefiles import deeds, filing, holds, kinds, retention
from portal.casefiles.filing import Plan
from portal.casefiles.keeping import Hold
from portal.casefiles.models import Case, Document, EvidenceRequest, HandIn, Verdict
from portal.core import sheets
from portal.core.vault import service as vault
from portal.core.zips import Package
from portal.papers import filenames

BATCH = 100
LONGEST_NAME = 60
NOTICE = (
    "Dieses Paket enthält eine digitale Akte des Jobcenters. Der Aufbau folgt dem Vorbild von"
    " xdomea (Akte, Dokument, Version, Format, Primärdokument). Eine Konformität mit xdomea wird"
    " nicht behauptet: Das Paket wurde nicht gegen das Schema geprüft."
)
README = f"""{NOTICE}

akte.xml                Die Akte mit Abschnitten, Dokumenten und ihren Dateien
anforderungen.json      Was das Jobcenter angefordert hat
eingaenge.json          Wann was auf welchem Weg eingegangen ist, eingaenge/ die Quittungen
protokoll.csv           Was mit der Akte geschah, protokoll.jsonl dasselbe für Programme
dokumente/              Ein Ordner je Dokument: Originale, sichere Kopie, Archivfassung (PDF/A),
                        Text und metadaten.json
manifest.json           Alle Dateien mit Größe und SHA-256

Originale, die der Virenscanner nicht freigegeben hat, liegen nicht im Paket. Das steht dann in den
Metadaten des Dokuments.
"""

_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_NAMES = re.compile(r"[^\w .,()+-]+")
_EXTENSIONS = {"application/pdf": ".pdf", "image/jpeg": ".jpg"}
_TRAIL = ("Wann", "Wer", "Was", "Ding", "Nummer", "Prüfsumme")


def packed(session: Session, *, case: Case, now: datetime) -> Iterator[bytes]:
    """Yield the bytes of the ZIP archive of a case."""
    package, plan = Package(now=now), filing.plan()
    in_force = holds.in_force(session, case_id=case.id)
    tree = _file_element(case, plan)
    yield from package.add("LIESMICH.txt", [README.encode()], pressed=True)
    for number, document in enumerate(_documents(session, case), 1):
        facts = _facts(document, case, plan, in_force)
        folder = f"dokumente/{number:04d}-{safe(document.title)}"
        facts["dateien"] = []
        for path, what, file_id in _files(document, folder, facts):
            yield from package.add(path, vault.stream(session, file_id))
            facts["dateien"].append({"pfad": path, "was": what, "sha256": _last_hash(package)})
        yield from package.add(f"{folder}/metadaten.json", [_json(facts)], pressed=True)
        _add_document(tree, facts)
    yield from _about_case(session, package, case)
    ET.indent(tree)
    xml = ET.tostring(tree, encoding="utf-8", xml_declaration=True)
    yield from package.add("akte.xml", [xml], pressed=True)
    yield from package.add("manifest.json", [_manifest(package, case, now)], pressed=True)
    yield from package.close()


def safe(name: str) -> str:
    """Return a name that is one step of a path on every system, and cannot leave its folder."""
    bare = _NOT_IN_NAMES.sub("_", filenames.tidy(name)).strip(" ._")
    return bare[:LONGEST_NAME].rstrip(" ._") or "Dokument"


def _documents(session: Session, case: Case) -> Iterator[Document]:
    """Return the documents of a case, oldest first, some at a time."""
    ids = session.scalars(
        select(Document.id)
        .where(Document.case_id == case.id)
        .order_by(Document.received_at, Document.id)
    ).all()
    for begin in range(0, len(ids), BATCH):
        found = session.scalars(
            select(Document)
            .where(Document.id.in_(ids[begin : begin + BATCH]))
            .options(
                selectinload(Document.originals),
                selectinload(Document.pages),
                joinedload(Document.owner),
                joinedload(Document.about),
                joinedload(Document.hand_in),
                joinedload(Document.decided_by),
            )
            .order_by(Document.received_at, Document.id)
        )
        yield from found


def _files(
    document: Document, folder: str, facts: dict[str, Any]
) -> Iterator[tuple[str, str, UUID]]:
    """Name the files of a document: path in the package, what it is, where it lies."""
    if document.from_office or document.verdict is Verdict.CLEAN:
        for one in document.originals:
            yield (
                f"{folder}/original-{one.number}-{_file_name(one.filename)}",
                "Original",
                one.file_id,
            )
    else:
        facts["originale_fehlen_weil"] = f"Virenprüfung: {document.verdict.value}"
        return
    if document.served_file_id and not document.from_office:
        extension = _EXTENSIONS.get(document.served_content_type or "", "")
        yield f"{folder}/sichere-kopie{extension}", "Sichere Kopie", document.served_file_id
    if document.archive_file_id:
        yield f"{folder}/archiv.pdf", "Archivfassung (PDF/A)", document.archive_file_id
    if document.text_file_id:
        yield f"{folder}/text.txt", "Text der Seiten", document.text_file_id


def _file_name(name: str) -> str:
    stem, extension = filenames.split(filenames.tidy(name))
    return safe(stem) + _NOT_IN_NAMES.sub("", extension)[:10]


def _facts(document: Document, case: Case, plan: Plan, in_force: Iterable[Hold]) -> dict[str, Any]:
    """Return what is known of a document, as JSON values."""
    kept = retention.kept(document, case, plan, holds=list(in_force))
    return {
        "kennung": str(document.id),
        "titel": document.title,
        "art": document.kind.value,
        "art_name": kinds.german_name(document.kind),
        "abschnitt": plan.section_of(document.kind).number,
        "person": document.owner.name,
        "betrifft": document.about.name if document.about else document.owner.name,
        "monate": [_day(document.months_from), _day(document.months_until)],
        "eingegangen": document.received_at.isoformat(),
        "quittung": document.hand_in.code if document.hand_in else None,
        "vom_jobcenter": document.from_office,
        "stand": document.state.value,
        "grund": document.reason,
        "entschieden": document.decided_at.isoformat() if document.decided_at else None,
        "entschieden_von": document.decided_by.name if document.decided_by else None,
        "seiten": [
            {"nummer": page.number, "original": str(page.original_id), "drehung": page.rotation}
            for page in document.pages
        ],
        "geschwaerzt": document.is_redacted,
        "abgetrennt_von": _id(document.derived_from_id),
        "zusammengefuehrt_in": _id(document.merged_into_id),
        "anforderung": _id(document.request_id),
        "sha256": document.sha256,
        "virenpruefung": document.verdict.value,
        "aufbewahrt_bis": _day(kept.until),
        "aufbewahrung_grund": kept.reason,
    }


# What describes the case as a whole


def _about_case(session: Session, package: Package, case: Case) -> Iterator[bytes]:
    requests = [_request(one) for one in _requests(session, case)]
    yield from package.add("anforderungen.json", [_json(requests)], pressed=True)
    hand_ins = session.scalars(
        select(HandIn).where(HandIn.case_id == case.id).order_by(HandIn.at, HandIn.id)
    ).all()
    yield from package.add("eingaenge.json", [_json([_hand_in(h) for h in hand_ins])], pressed=True)
    for one in hand_ins:
        if one.receipt_file_id:
            chunks = vault.stream(session, one.receipt_file_id)
            yield from package.add(f"eingaenge/quittung-{safe(one.code)}.pdf", chunks)
    trail = (_json(_event(event), indent=None) + b"\n" for event in _trail(session, case))
    yield from package.add("protokoll.jsonl", trail, pressed=True)
    rows = (_trail_row(event) for event in _trail(session, case))
    yield from package.add("protokoll.csv", sheets.lines(_TRAIL, rows), pressed=True)


def _requests(session: Session, case: Case) -> Iterable[EvidenceRequest]:
    return session.scalars(
        select(EvidenceRequest)
        .where(EvidenceRequest.case_id == case.id)
        .order_by(EvidenceRequest.asked_at, EvidenceRequest.id)
    )


def _trail(session: Session, case: Case) -> Iterable[Event]:
    return session.scalars(
        select(Event)
        .where(Event.chain == str(case.id))
        .order_by(Event.id)
        .execution_options(yield_per=BATCH)
    )


def _request(one: EvidenceRequest) -> dict[str, Any]:
    return {
        "kennung": str(one.id),
        "art": one.kind.value,
        "titel": one.title,
        "warum": one.why,
        "rechtsgrundlage": one.legal_basis,
        "bis": _day(one.due_on),
        "stand": one.state.value,
        "angefordert": one.asked_at.isoformat(),
        "von": one.asked_by_name,
        "ersetzt": _id(one.rejected_document_id),
        "antwort": one.answer.value if one.answer else None,
        "antwort_worte": one.answer_words,
    }


def _hand_in(one: HandIn) -> dict[str, Any]:
    return {
        "quittung": one.code,
        "am": one.at.isoformat(),
        "weg": one.channel.value,
        "von": one.by_name,
        "sha256": one.manifest_sha256,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "am": event.at.isoformat(),
        "wer": [event.actor_kind, event.actor_id, event.actor_name],
        "was": event.deed,
        "ding": [event.subject_kind, event.subject_id],
        "angaben": event.facts,
        "vorige_pruefsumme": event.previous_hash,
        "pruefsumme": event.hash,
    }


def _trail_row(event: Event) -> tuple[str, ...]:
    return (
        event.at.isoformat(),
        event.actor_name,
        str(deeds.word_for(event.deed)),
        event.subject_kind,
        event.subject_id,
        event.hash,
    )


def _manifest(package: Package, case: Case, now: datetime) -> bytes:
    return _json(
        {
            "hinweis": NOTICE,
            "aktenzeichen": case.file_reference,
            "erstellt": now.isoformat(),
            "dateien": [
                {"pfad": one.path, "groesse": one.size, "sha256": one.sha256}
                for one in package.packed
            ],
        }
    )


# XML: only written here, never read, so there are no entities; signs that XML forbids are dropped


def _file_element(case: Case, plan: Plan) -> ET.Element:
    tree = ET.Element("Akte")
    tree.append(ET.Comment(f" {NOTICE} "))
    head = ET.SubElement(tree, "Identifikation")
    _put(head, "ID", str(case.id))
    _put(head, "Aktenzeichen", case.file_reference)
    sections = ET.SubElement(tree, "Aktenplan")
    for section in plan.sections:
        one = ET.SubElement(sections, "Aktenplaneinheit")
        _put(one, "Kennzeichen", section.number)
        _put(one, "Bezeichnung", section.title)
    people = ET.SubElement(tree, "Beteiligte")
    for member in case.members:
        _put(people, "Person", member.citizen.name)
    ET.SubElement(tree, "Akteninhalt")
    return tree


def _add_document(tree: ET.Element, facts: dict[str, Any]) -> None:
    content = tree.find("Akteninhalt")
    assert content is not None  # noqa: S101 (made above)
    one = ET.SubElement(content, "Dokument")
    head = ET.SubElement(one, "Identifikation")
    _put(head, "ID", facts["kennung"])
    _put(one, "Betreff", facts["titel"])
    _put(one, "Typ", facts["art_name"])
    _put(one, "Aktenplaneinheit", facts["abschnitt"])
    _put(one, "Eingangsdatum", facts["eingegangen"])
    _put(one, "Aussonderung", facts["aufbewahrt_bis"] or "")
    for file in facts["dateien"]:
        version = ET.SubElement(one, "Version")
        _put(version, "Nummer", file["was"])
        primary = ET.SubElement(ET.SubElement(version, "Format"), "Primaerdokument")
        _put(primary, "Dateiname", file["pfad"])
        _put(primary, "Hashwert", file["sha256"])


def _put(parent: ET.Element, name: str, written: str) -> None:
    ET.SubElement(parent, name).text = _NOT_XML.sub("", written)


def _last_hash(package: Package) -> str:
    return package.packed[-1].sha256


def _json(value: object, *, indent: int | None = 2) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent).encode("utf-8", "replace")


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _id(value: UUID | None) -> str | None:
    return str(value) if value else None
