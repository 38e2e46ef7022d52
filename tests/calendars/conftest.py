"""The quiet Monday is shared with the tests of appointments."""

from tests.appointments.conftest import quiet_monday

__all__ = ["quiet_monday"]
