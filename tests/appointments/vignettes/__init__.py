"""A hundred short stories, each with the answer a lawyer would give and the rule that gives it.

Written from the paragraphs, not from the code: §§ 15, 32, 59, 65a SGB II, § 309 SGB III, § 37 SGB X
(reference, domain, "Appointments and cuts", "Decisions and delivery"). Each story names the rule
that decides it with the day from which this version counts; whoever changes a rule, or adds one,
reads here what becomes of people.
"""
