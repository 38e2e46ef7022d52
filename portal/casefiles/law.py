"""By what law the office asks for a paper, what follows from silence, and what it can fetch itself.

Which sentence belongs to which paragraph: §§ 60, 65, 66, 67 SGB I; §§ 56 to 58 SGB II; § 21 and
§ 67a SGB X (reference: domain, section on the duty to cooperate).
"""

from flask_babel import LazyString, lazy_gettext

from portal.casefiles.models import DocumentKind, EvidenceRequest

DUTY = "§ 60 Absatz 1 SGB I"
EVIDENCE = "§ 60 Absatz 1 Satz 1 Nummer 3 SGB I"
CHANGES = "§ 60 Absatz 1 Satz 1 Nummer 2 SGB I"
EMPLOYER = "§ 57 SGB II"
INCAPACITY = "§ 56 SGB II"

BASES: dict[str, LazyString] = {
    DUTY: lazy_gettext("§ 60 Absatz 1 SGB I: Angaben und Nachweise"),
    EVIDENCE: lazy_gettext("§ 60 Absatz 1 Satz 1 Nummer 3 SGB I: Beweismittel vorlegen"),
    CHANGES: lazy_gettext("§ 60 Absatz 1 Satz 1 Nummer 2 SGB I: Änderungen mitteilen"),
    EMPLOYER: lazy_gettext("§ 57 SGB II: Auskunft des Arbeitgebers"),
    INCAPACITY: lazy_gettext("§ 56 SGB II: Arbeitsunfähigkeit bescheinigen"),
}

# § 66 (1) SGB I names the duties of §§ 60 to 62 and 65, no others.
LEADS_TO_WITHHOLDING = frozenset({DUTY, EVIDENCE, CHANGES})

_USUAL: dict[DocumentKind, str] = {
    DocumentKind.SICK_NOTE: INCAPACITY,
    DocumentKind.OTHER: DUTY,
}

# Papers that another authority has made: it may tell the office directly (§ 67a (2) SGB X), and
# § 65 (1) number 3 SGB I frees people from fetching what the office gets more easily.
FROM_WHOM: dict[DocumentKind, LazyString] = {
    DocumentKind.CHILD_BENEFIT_NOTICE: lazy_gettext("bei der Familienkasse"),
    DocumentKind.BENEFIT_NOTICE: lazy_gettext("bei der Stelle, die den Bescheid gemacht hat"),
    DocumentKind.RESIDENCE_PERMIT: lazy_gettext("bei der Ausländerbehörde"),
    DocumentKind.BIRTH_CERTIFICATE: lazy_gettext("beim Standesamt"),
    DocumentKind.DISABILITY_CARD: lazy_gettext("beim Versorgungsamt"),
}


def usual_basis(kind: DocumentKind) -> str:
    """Return the paragraph by which a paper of this kind is usually asked for."""
    return _USUAL.get(kind, EVIDENCE)


def may_lead_to_withholding(asked: EvidenceRequest) -> bool:
    """Tell whether the law knows a withholding for not answering this request (§ 66 SGB I).

    Only with a reasonable period, and only after a written notice of that very consequence: the
    request in the portal is not this notice, and says so.
    """
    return asked.due_on is not None and asked.legal_basis in LEADS_TO_WITHHOLDING
