"""Applications: forms as data, drafts, sending, corrections, receipts."""
