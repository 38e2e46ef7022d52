"""What the sign-in-as menu says about the people of the demo office."""

STORIES = {
    "new": "Gerade registriert, noch ohne Antrag",
    "unconfirmed": "E-Mail-Adresse noch nicht bestätigt",
    "guardian": "Betreuerin von drei Personen",
    "draft": "Antrag angefangen",
    "renewal_due": "Weiterbewilligung steht an",
    "submitted": "Antrag gesendet",
    "submitted_arrears": "Antrag gesendet, mit Mietschulden",
    "in_review": "Antrag in Prüfung",
    "decided": "Antrag entschieden",
    "withdrawn": "Antrag zurückgenommen",
    "rejected_document": "Ein Dokument bitte noch einmal",
    "documents_waiting": "Unterlagen warten auf Prüfung",
    "accepted_documents": "Unterlagen angenommen",
    "request_open": "Jobcenter wartet auf eine Unterlage",
    "request_answered": "Hat auf eine Anforderung geantwortet",
    "request_overdue": "Frist für eine Unterlage abgelaufen",
    "video_today": "Videogespräch heute",
    "video_tomorrow": "Videogespräch morgen",
    "office_visit": "Termin im Amt",
    "phone_call": "Telefontermin",
    "appointment_cancelled": "Termin abgesagt",
    "missed": "Termin versäumt",
    "outcome_missing": "Ergebnis eines Termins fehlt",
    "consultation_done": "Gespräch geführt, Vermerk in der Akte",
}

TRUST = {
    "elif.kaya": "handelt mit Vollmacht für ihre Mutter, Birgit Ziegler",
    "birgit.ziegler": "ihre Tochter, Elif Kaya, hat eine Vollmacht",
    "nadia.benali": "hilft Oksana Kovalenko eine Woche lang",
    "oksana.kovalenko": "lässt sich von Nadia Benali helfen",
    "gerhard.winkler": "hat eine Betreuerin, Ruth Sander",
    "horst.eichler": "hat eine Betreuerin und einen Einwilligungsvorbehalt",
    "hatice.sahin": "hat eine Betreuerin für die Wohnung",
}
