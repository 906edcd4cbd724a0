"""E-mail and SMS: senders and the outbox. Texts are the caller's."""
