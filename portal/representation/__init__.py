"""Acting for others: powers of attorney, guardians, household members, helpers by code."""
