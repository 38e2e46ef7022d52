"""What can go wrong when somebody signs in with a provider.

    PortalError
    ├── Unavailable
    │   └── ProviderUnavailable   down, slow, or not the provider it should be
    ├── NotAllowed
    │   └── SignInRefused         the answer does not prove who somebody is
    │       ├── LevelTooLow       it does, but not surely enough
    │       └── SignInCancelled   the person or the provider has stopped
    └── Expired
        └── StartExpired          no such sign-in was started here, or it took too long

`reason` is for the log and the audit trail: a few English words, nothing of the person, no token.
"""

from flask_babel import gettext

from portal.core.errors import Expired, NotAllowed, Unavailable


class ProviderUnavailable(Unavailable):
    """The provider is down, slow, or does not describe itself as it must."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            gettext(
                "Die Anmeldung dort geht gerade nicht. "
                "Bitte melden Sie sich mit E-Mail und Passwort an."
            )
        )
        self.reason = reason


class SignInRefused(NotAllowed):
    """The provider's answer does not prove who somebody is."""

    def __init__(self, reason: str, message: str | None = None) -> None:
        super().__init__(
            message or gettext("Die Anmeldung hat nicht geklappt. Bitte beginnen Sie noch einmal.")
        )
        self.reason = reason


class LevelTooLow(SignInRefused):
    """The person signed in, but less surely than this step needs."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            reason,
            gettext(
                "Für diesen Schritt ist eine stärkere Anmeldung nötig, zum Beispiel mit dem "
                "Online-Ausweis. Ihren Antrag können Sie auch ohne sie stellen."
            ),
        )


class SignInCancelled(SignInRefused):
    """The person has stopped, or the provider has without an error of its own."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, gettext("Sie haben die Anmeldung abgebrochen."))


class StartExpired(Expired):
    """No such sign-in was started in this browser, it was answered already, or it took too long."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            gettext(
                "Diese Anmeldung wurde schon benutzt oder hat zu lange gedauert. "
                "Bitte beginnen Sie noch einmal."
            )
        )
        self.reason = reason
