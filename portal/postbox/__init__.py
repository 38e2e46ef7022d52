"""Letters of the office with proof of their delivery, and the consent to letters in the portal."""
