"""The demo office: people and things in every state, sign-in-as menu, mailbox, gallery."""
